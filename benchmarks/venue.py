"""Simulates a venue end to end: 40 stands empty at once, 40 cameras watch, and their signals are checked.

python -m benchmarks.venue [--people 5000 60000] [--simulated 20]

JuPedSim 1.4 (collision-free speed model, steps of 0.05 s) moves people; see benchmarks/stand.py for how a camera sees
them. Everything after the boxes is passerby's own code: site file and places files, motion, crossings, occupancy,
density, windows, areas, the spool, the store and its queries. 5,000 people: 40 stands of 125, a gate of 2.4 m each, all
simulated and measured. 60,000 people: 40 stands of 1,500, a gate of 10 m each; the first `--simulated` of them are
simulated and measured in full, and the other cameras repeat their readings. Each stand is measured on two evenings,
with different misses: for the second, the doors' counting errors are known from the night in between. Ticket gates
report how many people came in. Stands run in parallel, one process each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np

from benchmarks import results, stand
from benchmarks.watched import EVENINGS_S, WINDOW_S, Series, Watched, watch, write_places
from passerby.gateway.cameras import Cameras as SiteCameras
from passerby.gateway.site_signals import SiteSignals
from passerby.measure.reading import LOWER_BOUND, Quantity, Reading
from passerby.settings.load import load_site
from passerby.settings.site.site import SiteSettings
from passerby.signals.selection import Selection
from passerby.signals.signal import PlaceSignal, utc
from passerby.signals.window import WindowLength
from passerby.store import open_store

CAMERAS = 40
GATES_M = {5_000: 2.4, 60_000: 10.0}
SIMULATED = {5_000: 40, 60_000: 20}
JAM_PER_M2 = 1.5
CAMERA = """
  - name: camera-{0}
    address: simulation:{0}
    purpose: See how a venue empties.
    legal_basis: consent
    places: {0}.yaml
"""
AREAS = """
signals:
  counters:
    - place: tickets
  areas:
    - {{name: seen, zones: {zones}}}
    - {{name: inside, doors: {doors}, empty_at: "04:00"}}
"""
Take = Callable[[str, Sequence[Reading]], None]


class Cameras:
    """The cameras of a machine: they say what was measured in other processes."""

    def __init__(self) -> None:
        self.say: Take = lambda _camera, _readings: None

    @contextmanager
    def listen_to_foot_maps(self, _: object) -> Iterator[None]:
        yield

    @contextmanager
    def listen_to_readings(self, take: Take) -> Iterator[None]:
        """Say readings to `take` while entered."""
        self.say = take
        yield


def site_of(folder: Path, gate_m: float) -> SiteSettings:
    """Write a site of 40 cameras with their places, and read it."""
    for camera in range(CAMERAS):
        write_places(folder / f"{camera}.yaml", camera, gate_m)
    zones = json.dumps([f"stand {camera}" for camera in range(CAMERAS)])
    doors = json.dumps(["tickets", *(f"gate {camera}" for camera in range(CAMERAS))])
    cameras = "".join(CAMERA.format(camera) for camera in range(CAMERAS))
    path = folder / "site.yaml"
    path.write_text(f"site: venue\nstate_folder: state\ncameras:{cameras}{AREAS.format(zones=zones, doors=doors)}")
    (folder / "state").mkdir()
    return load_site(path)


def tell(site: SiteSettings, stands: list[Watched], people: int) -> None:
    """Let a site take what its cameras measured, second by second, into its store."""
    cameras, now_s = Cameras(), [float(EVENINGS_S[0])]
    with SiteSignals(site, cast(SiteCameras, cameras), clock=lambda: now_s[0]) as signals:
        for evening, start_s in enumerate(EVENINGS_S):
            now_s[0] = float(start_s)
            came = {"crossings_in": people}
            message = {"source": "ticket_gate", "end": utc(start_s - 60).isoformat(), "span_s": 7200, "values": came}
            signals.count("tickets", json.dumps(message))
            by_second: defaultdict[float, dict[int, list[Reading]]] = defaultdict(lambda: defaultdict(list))
            for number, each in enumerate(stands):
                for reading in each.readings[evening]:
                    by_second[reading.time_s][number].append(reading)
            for time_s in sorted(by_second):
                now_s[0] = time_s
                for camera in range(CAMERAS):
                    number = camera % len(stands)
                    cameras.say(f"camera-{camera}", [_of(each, number, camera) for each in by_second[time_s][number]])


def _of(reading: Reading, number: int, camera: int) -> Reading:
    """Return the reading of a stand as that of another that is like it."""
    if number == camera:
        return reading
    place = f"{reading.place.split()[0]} {camera}"
    return Reading(
        *(place, reading.quantity, reading.value, reading.time_s),
        *(reading.span_s, reading.observed_s, reading.estimator, reading.kind),
    )


def whole(people: int, simulated: int) -> Iterator[results.Row]:
    """Yield how far what is told of a venue is from what was so."""
    with TemporaryDirectory() as folder:
        site = site_of(Path(folder), GATES_M[people])
        places = [Path(folder) / f"{number}.yaml" for number in range(simulated)]
        began_s = time.perf_counter()
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
            each = people // CAMERAS
            stands = list(pool.map(watch, places, repeat(each), repeat(GATES_M[people]), range(simulated)))
        tell(site, stands, people)
        passed_s = time.perf_counter() - began_s
        told = [read(Path(folder) / "state" / "signals.db", start_s) for start_s in EVENINGS_S]
    for figures in (compared(told, stands), cost(stands, people, passed_s)):
        for what, value, true, unit in figures:
            yield {"people": people, "simulated": simulated, "what": what, "told": value, "true": true, "unit": unit}


def read(database: Path, start_s: int) -> list[PlaceSignal]:
    """Return the signals of ten seconds of one evening."""
    with open_store(str(database)) as store:
        return list(store.read(Selection(WindowLength.TEN_SECONDS, utc(start_s), utc(start_s + 3600))))


Figure = tuple[str, float, float | None, str]


def compared(told: list[list[PlaceSignal]], stands: list[Watched]) -> Iterator[Figure]:
    """Yield figures of the first evening, and of the second those that the night between corrected."""
    windows = max(len(each.truth.out) for each in stands)

    def true(name: str) -> Series:
        """Return the sum over all cameras, by window."""
        every = [getattr(stands[camera % len(stands)].truth, name) for camera in range(CAMERAS)]
        return np.sum([np.pad(each, (0, windows - len(each))) for each in every], axis=0)

    def sums(evening: int, place: str, quantity: Quantity) -> Series:
        made = np.zeros(windows)
        for signal in told[evening]:
            window = int(signal.window_start.timestamp() - EVENINGS_S[evening]) // WINDOW_S
            if signal.quantity is quantity and signal.place.startswith(place) and window < windows:
                made[window] += signal.value
        return made

    out, went = sums(0, "gate ", Quantity.CROSSINGS_OUT), true("out")
    yield "people out", out.sum(), went.sum(), "persons"
    yield "egress time, 95 % of the people", _when(out, 0.95), _when(went, 0.95), "s"
    yield "egress time, 99.5 % of the people", _when(out, 0.995), _when(went, 0.995), "s"
    busy = went > 0.5 * went.max()
    yield "flow over all gates while busy", out[busy].mean() / WINDOW_S, went[busy].mean() / WINDOW_S, "1/s"
    yield "people out in ten seconds: mean error, and true mean", np.abs(out - went).mean(), went.mean(), "persons"
    inside = true("inside")
    for evening, name in enumerate(("first evening", "second evening, doors corrected at night")):
        net = sums(evening, "inside", Quantity.NET_OCCUPANCY)
        yield (
            f"net occupancy from the doors, {name}: mean error, and true mean",
            np.abs(net - inside).mean(),
            inside.mean(),
            "persons",
        )
        yield f"net occupancy from the doors, {name}: at the end", net[-1], inside[-1], "persons"
    seen, there = sums(0, "seen", Quantity.SITE_OCCUPANCY), true("occupancy")
    yield "occupancy seen: mean error, and true mean", np.abs(seen - there).mean(), there.mean(), "persons"
    yield "occupancy seen: maximum", seen.max(), there.max(), "persons"
    density, dense = sums(0, "front ", Quantity.DENSITY) / CAMERAS, true("density") / CAMERAS
    yield "density in front of a gate: mean error, and true mean", np.abs(density - dense).mean(), dense.mean(), "1/m2"
    yield "density in front of a gate: maximum", density.max(), dense.max(), "1/m2"
    yield from honest(told[0], stands)


def honest(told: list[PlaceSignal], stands: list[Watched]) -> Iterator[Figure]:
    """Yield how often a density is told of as a lower bound: in a jam, where it is far too low, and elsewhere."""
    bound: dict[bool, list[bool]] = {True: [], False: []}
    for signal in told:
        if signal.quantity is Quantity.DENSITY and signal.place.startswith("front "):
            true = stands[int(signal.place.split()[1]) % len(stands)].truth.density
            window = int(signal.window_start.timestamp() - EVENINGS_S[0]) // WINDOW_S
            if window < len(true):
                bound[bool(true[window] > JAM_PER_M2)].append(signal.estimator == LOWER_BOUND)
    for jam, name in ((True, f"above {JAM_PER_M2} per m2"), (False, f"up to {JAM_PER_M2} per m2")):
        if bound[jam]:
            yield (
                f"moments with a true density {name} that are reported as a lower bound",
                100 * float(np.mean(bound[jam])),
                None,
                "%",
            )


def cost(stands: list[Watched], people: int, passed_s: float) -> Iterator[Figure]:
    """Yield what it cost."""
    spent_ms = np.concatenate([each.measuring_ms for each in stands])
    walks = len(EVENINGS_S) * len(stands) * people / CAMERAS
    yield "people in view, mean", float(np.mean([each.people for each in stands])), None, "persons"
    yield "measuring: mean per frame", float(spent_ms.mean()), None, "ms"
    yield "measuring: slowest frame", float(spent_ms.max()), None, "ms"
    yield "measuring: processor time for 1,000 people from start to exit", spent_ms.sum() / walks, None, "s"
    yield (
        "peak memory of a stand's process, simulation and truth included",
        max(each.memory_mb for each in stands),
        None,
        "MB",
    )
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield "peak memory of the site's process, all readings included", own_mb, None, "MB"
    yield "simulation: processor time", sum(each.simulation_s for each in stands), None, "s"
    yield "whole run: wall time", passed_s, None, "s"


def _when(out: Series, share: float) -> float:
    """Return when a share of all who were counted had left, s, within a window by proportion."""
    total = np.concatenate(([0.0], np.cumsum(out)))
    return float(np.interp(share * total[-1], total, np.arange(len(total)) * WINDOW_S))


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--people", type=int, nargs="+", default=sorted(GATES_M), choices=sorted(GATES_M))
    words.add_argument("--simulated", type=int, choices=range(1, CAMERAS + 1), metavar="STANDS")
    given = words.parse_args()
    rows = [row for people in sorted(given.people) for row in whole(people, given.simulated or SIMULATED[people])]
    results.save("venue", rows, cameras=CAMERAS, frames_per_s=stand.FRAMES_PER_S)


if __name__ == "__main__":
    main()
