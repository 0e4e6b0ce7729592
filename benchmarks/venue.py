"""End to end on a simulated venue: 40 stands empty at once, 40 cameras watch, and their signals are held to the truth.

python -m benchmarks.venue [--people 5000 60000] [--measured 8]

JuPedSim 1.4 (collision-free speed model, steps of 0.05 s) moves people; see benchmarks/stand.py for how a camera sees
them. From the boxes on everything is passerby's own: motion, crossings, occupancy, density, windows, the store and
the reading of it. 5,000 people: 40 stands of 125, a gate of 2.4 m each, all simulated and measured. 60,000 people: 40
stands of 1,500, a gate of 10 m each; 4 stands are simulated in full, and `--measured` cameras, each with other misses,
look at them; the 40 of the venue are these, repeated.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import results, stand
from passerby.measure.place import Line, Zone
from passerby.measure.plan import LinePlan, ScenePlan, ZonePlan
from passerby.measure.reading import Quantity
from passerby.measure.scene import Scene
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength, Windows
from passerby.store import open_store
from passerby.store.store import Store

CAMERAS = 40
GATES_M = {5_000: 2.4, 60_000: 10.0}
SIMULATED = {5_000: 40, 60_000: 4}
START_S = 1_795_305_600
LINE_Y_M = -2.0
AREA = ((10.0, 1.0), (30.0, 1.0), (30.0, 9.0), (10.0, 9.0))
HALL = ((0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0))
WINDOW = WindowLength.TEN_SECONDS


@dataclass(slots=True)
class Venue:
    """What was true and what was told, by the window of ten seconds, summed over cameras."""

    told: dict[str, defaultdict[int, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    true: dict[str, defaultdict[int, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    end_told_s: float = 0.0
    end_true_s: float = 0.0
    cpu_s: float = 0.0
    frames: int = 0
    seen: int = 0
    most_ms: float = 0.0


def measured(emptying: stand.Emptying, camera: int, store: Store, venue: Venue) -> None:
    """Measure one stand through its camera into the store."""
    half = emptying.gate_m / 2
    line = Line("gate", (20 - half - 1, LINE_Y_M), (20 + half + 1, LINE_Y_M))
    plan = ScenePlan(
        (LinePlan(line),),
        (ZonePlan(Zone("stand", HALL), dwell=False), ZonePlan(Zone("before the gate", AREA), dwell=False)),
        stand.ground(),
    )
    scene = Scene(plan, stand.SIZE_PX)
    windows = Windows(f"camera {camera}", WindowLength.SECOND, origin_s=START_S)
    signals = []
    for time_s, found in stand.seen(emptying, seed=camera):
        began_s = time.process_time()
        signals += windows.add(scene.observe(time_s, found))
        spent_s = time.process_time() - began_s
        venue.cpu_s += spent_s
        venue.most_ms = max(venue.most_ms, spent_s * 1000)
        venue.frames += 1
        venue.seen += len(found.scores)
    signals += windows.add(scene.finish()) + windows.close()
    store.write(signals)


def add_truth(emptying: stand.Emptying, times: int, venue: Venue) -> None:
    """Add what was true of one stand, as often as it is in the venue."""
    passed = np.zeros(len(emptying.heights_m), np.bool_)
    area = Zone("before the gate", AREA)
    frames_each = WINDOW.seconds * stand.FRAMES_PER_S
    for number, (seats, places) in enumerate(emptying.frames):
        window = number // frames_each
        inside = np.zeros(len(passed), np.bool_)
        inside[seats] = places[:, 1] >= LINE_Y_M
        new = ~inside & ~passed
        passed |= new
        venue.true["out"][window] += times * int(new.sum())
        venue.true["occupancy"][window] += times * int((places[:, 1] >= 0).sum()) / frames_each
        venue.true["density"][window] += times * float(area.holds(places).sum()) / area.area / frames_each
        if new.any():
            venue.end_true_s = max(venue.end_true_s, number / stand.FRAMES_PER_S)
    left = int((~passed).sum())  # those between line and exit when the last frame was taken
    venue.true["out"][(len(emptying.frames) - 1) // frames_each] += times * left


def add_told(store: Store, camera: int, times: int, venue: Venue) -> None:
    """Add what the store tells of one camera, as often as it is in the venue."""
    names = {("gate", Quantity.CROSSINGS_OUT): "out", ("stand", Quantity.OCCUPANCY): "occupancy"}
    names[("before the gate", Quantity.DENSITY)] = "density"
    for length in (WINDOW, WindowLength.SECOND):
        wanted = Selection(length, utc(START_S), utc(START_S + 3600), sites=frozenset({f"camera {camera}"}))
        for signal in store.read(wanted):
            name = names.get((signal.place, signal.quantity))
            since_s = signal.window_start.timestamp() - START_S
            if name and length is WINDOW:
                # a mean of a window that was seen in part stands for the part: the rest had nobody left
                share = 1.0 if name == "out" else signal.coverage
                venue.told[name][int(since_s // WINDOW.seconds)] += times * signal.value * share
            elif name == "out" and signal.value > 0:
                venue.end_told_s = max(venue.end_told_s, since_s + 1)


def whole(people: int, cameras: int) -> Iterator[results.Row]:
    """Yield how far what was told of a venue is from what was true."""
    simulated = SIMULATED[people]
    watched = CAMERAS if simulated == CAMERAS else cameras
    venue = Venue()
    began_s = time.process_time()
    stands = [stand.emptied(people // CAMERAS, GATES_M[people], seed) for seed in range(simulated)]
    simulation_s = time.process_time() - began_s
    for each in stands:
        add_truth(each, CAMERAS // simulated, venue)
    with TemporaryDirectory() as folder, open_store(str(Path(folder) / "signals.db"), create=True) as store:
        for camera in range(watched):
            measured(stands[camera % simulated], camera, store, venue)
            add_told(store, camera, CAMERAS // watched, venue)
    yield from _compared(people, watched, venue)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures: list[tuple[str, float, str]] = [
        ("people in view, mean", venue.seen / venue.frames, "persons"),
        ("measuring, mean of a frame", 1000 * venue.cpu_s / venue.frames, "ms"),
        ("measuring, slowest frame", venue.most_ms, "ms"),
        ("measuring, CPU of 1,000 people all the way out", venue.cpu_s / (watched * people / CAMERAS) * 1000, "s"),
        ("peak memory, simulation and truth included", memory_mb, "MB"),
        ("simulation, CPU", simulation_s, "s"),
    ]
    for name, value, unit in figures:
        yield _row(people, watched, name, value, unit=unit)


def _compared(people: int, watched: int, venue: Venue) -> Iterator[results.Row]:
    windows = range(int(venue.end_true_s // WINDOW.seconds) + 1)
    told, true = ({k: np.array([v[w] for w in windows]) for k, v in each.items()} for each in (venue.told, venue.true))
    yield _row(people, watched, "people out", told["out"].sum(), true["out"].sum(), unit="persons")
    yield _row(people, watched, "egress time, last person", venue.end_told_s, venue.end_true_s, unit="s")
    ends = [_when(each["out"], 0.95) for each in (told, true)]
    yield _row(people, watched, "egress time, 95 % of the people", *ends, unit="s")
    busy = true["out"] > 0.5 * true["out"].max()
    flows = [each["out"][busy].mean() / WINDOW.seconds for each in (told, true)]
    yield _row(people, watched, "flow over all gates while busy", *flows, unit="1/s")
    for name, unit, share in (("out", "persons", 1), ("occupancy", "persons", 1), ("density", "1/m2", CAMERAS)):
        error, mean = np.abs(told[name] - true[name]).mean() / share, true[name].mean() / share
        what = f"{name} of ten seconds, mean absolute error beside the true mean"
        yield _row(people, watched, what, error, mean, unit=unit)
        peak = told[name].max() / share, true[name].max() / share
        yield _row(people, watched, f"{name} of ten seconds, largest", *peak, unit=unit)


def _when(out: np.ndarray, share: float) -> float:
    """Return when a share of all who were counted had left, s, within a window by proportion."""
    total = np.concatenate(([0.0], np.cumsum(out)))
    return float(np.interp(share * total[-1], total, np.arange(len(total)) * WINDOW.seconds))


def _row(people: int, cameras: int, what: str, *figures: float, unit: str) -> results.Row:
    told, true = (*map(float, figures), None)[:2]
    return {"people": people, "cameras_measured": cameras, "what": what, "told": told, "true": true, "unit": unit}


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--people", type=int, nargs="+", default=sorted(GATES_M), choices=sorted(GATES_M))
    words.add_argument("--measured", type=int, default=8, choices=(4, 8, 20, 40))
    given = words.parse_args()
    rows = [row for people in sorted(given.people) for row in whole(people, given.measured)]
    results.save("venue", rows, cameras=CAMERAS, frames_per_s=stand.FRAMES_PER_S)


if __name__ == "__main__":
    main()
