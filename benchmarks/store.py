"""Measures the cost of storing signals: ingest from 500 cameras, and the queries of a dashboard.

python -m benchmarks.store [--minutes 5] [--hours 24]

Ingest: 500 cameras with 10 signals a second each go through the recorder: spool with a sync to disk each second, then
SQLite with its roll-ups every five seconds. It runs at full speed; CPU seconds per second of signals are the share of
one core. Queries: 50 places with 10 quantities, a day by the minute, each query repeated 20 times.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks import results
from passerby.measure.reading import Quantity, Reading
from passerby.signals.selection import Selection
from passerby.signals.signal import PlaceSignal, utc
from passerby.signals.window import WindowLength, Windows
from passerby.store import open_store
from passerby.store.recorder import SignalRecorder
from passerby.store.row import Row
from passerby.store.store import Store

CAMERAS, PLACES = 500, 50
DRAIN_S = 5
TIMES = 20
START_S = 1_795_305_600  # 2026-11-22
QUANTITIES = [
    *(Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY, Quantity.DENSITY, Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT),
    *(Quantity.FLOW, Quantity.MEAN_SPEED, Quantity.NET_OCCUPANCY, Quantity.QUEUE_LENGTH, Quantity.CROWD_PRESSURE),
]
Result = results.Row


def second_of(windows: Windows, camera: int, second: int, chance: Random) -> list[PlaceSignal]:
    """Return the signals of one camera that are over after one second."""
    at_s = float(START_S + second + 1)
    return windows.add(
        Reading(f"place {camera}", quantity, round(chance.random() * 10, 2), at_s, 1.0, 1.0, "tracks")
        for quantity in QUANTITIES
    )


def ingest(folder: Path, minutes: int) -> Iterator[Result]:
    """Yield what making and keeping the signals of all cameras costs."""
    recorder = SignalRecorder(str(folder / "signals.db"), folder / "spool", clock=lambda: START_S)
    cameras = [Windows("site", WindowLength.SECOND) for _ in range(CAMERAS)]
    chance = Random(5)  # noqa: S311 - numbers, not keys
    made_s, kept_s, told, seconds = 0.0, [], 0, minutes * 60
    began_s = time.perf_counter()
    for second in range(seconds):
        before_s = time.process_time()
        signals = [
            each for camera, windows in enumerate(cameras) for each in second_of(windows, camera, second, chance)
        ]
        made_s += time.process_time() - before_s
        before_s = time.process_time()
        recorder.write(signals)
        told += len(signals)
        if second % DRAIN_S == DRAIN_S - 1 and recorder.drain().database:
            raise SystemExit(recorder.state.database)
        kept_s.append(time.process_time() - before_s)
    wall_s = time.perf_counter() - began_s
    recorder.close()
    third = seconds // 3
    yield _figure("ingest: storing, share of one core", 100 * sum(kept_s) / seconds, "%", target=30)
    yield _figure(
        "ingest: storing, share of one core, last third of the run", 100 * sum(kept_s[-third:]) / third, "%", target=30
    )
    yield _figure("ingest: making signals from readings, share of one core", 100 * made_s / seconds, "%")
    yield _figure("ingest: signals per second at full speed", told / wall_s, "1/s")
    yield _figure("ingest: peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")
    yield _figure("ingest: database size per signal", (folder / "signals.db").stat().st_size / told, "B")


def fill(store: Store, hours: int) -> None:
    """Write a day of all places by the minute."""
    chance = Random(6)  # noqa: S311 - as above
    for hour in range(hours):
        rows = []
        for place, quantity, minute in product(range(PLACES), QUANTITIES, range(60)):
            start_s, value = START_S + hour * 3600 + minute * 60, round(chance.random() * 10, 2)
            rows.append(Row("site", f"place {place}", quantity, "", 60, start_s, value, 58_800_000, "tracks"))
        store.write_rows(rows)


def queries(address: str, hours: int) -> Iterator[Result]:
    """Yield how long the questions of a dashboard take."""
    with open_store(address, create=True) as store:
        fill(store, hours)
    one = frozenset({"place 7"})
    occupancy = frozenset({Quantity.OCCUPANCY})
    asked: list[tuple[str, WindowLength, frozenset[str], frozenset[Quantity], float | None]] = [
        ("one place, 1 quantity, by the minute", WindowLength.MINUTE, one, occupancy, 50),
        ("one place, 10 quantities, by the minute", WindowLength.MINUTE, one, frozenset(), 50),
        ("50 places, 1 quantity, by the minute", WindowLength.MINUTE, frozenset(), occupancy, 200),
        ("50 places, 1 quantity, by 15 min", WindowLength.QUARTER_HOUR, frozenset(), occupancy, 200),
        ("50 places, 10 quantities, by 15 min", WindowLength.QUARTER_HOUR, frozenset(), frozenset(), 200),
    ]
    with open_store(address) as store:
        for name, length, places, quantities, target in asked:
            start = utc(START_S)
            wanted = Selection(length, start, start + timedelta(hours=hours), places=places, quantities=quantities)
            times_ms = _timed(lambda wanted=wanted: store.charts(wanted))  # type: ignore[misc]
            points = sum(len(chart.values) for chart in store.charts(wanted))
            yield _figure(f"{hours} h of {name} ({points:,} points), median", statistics.median(times_ms), "ms", target)
            yield _figure(f"{hours} h of {name}, slowest of {TIMES}", max(times_ms), "ms", target)


def _timed(ask: Callable[[], object]) -> list[float]:
    times_ms = []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        ask()
        times_ms.append((time.perf_counter() - began_s) * 1000)
    return times_ms


def _figure(what: str, value: float, unit: str, target: float | None = None) -> Result:
    return {"what": what, "value": value, "unit": unit, "target": target}


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--minutes", type=int, default=5)
    words.add_argument("--hours", type=int, default=24)
    given = words.parse_args()
    with TemporaryDirectory() as folder:
        rows = [*ingest(Path(folder), given.minutes), *queries(str(Path(folder) / "day.db"), given.hours)]
    facts = {"cameras": CAMERAS, "quantities": len(QUANTITIES), "seconds": given.minutes * 60}
    results.save("store", rows, **facts)


if __name__ == "__main__":
    main()
