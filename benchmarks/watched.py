"""One stand of the simulated venue: people walk out, a camera watches on two evenings, passerby measures.

Everything after the boxes is passerby's own code: the places file, motion, crossings, occupancy, density.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import stand
from passerby.measure.place import Zone
from passerby.measure.reading import Reading
from passerby.measure.scene import Scene
from passerby.settings.places import read_places
from passerby.vision.detections import Detections

EVENINGS_S = (1_795_284_000, 1_795_370_400)  # 18:00 UTC of one day and of the next
WINDOW_S = 10
LINE_Y_M = -2.0
HALL = ((0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0))
FRONT = ((10.0, 1.0), (30.0, 1.0), (30.0, 9.0), (10.0, 9.0))
AFTER_FRAMES = 2 * WINDOW_S * stand.FRAMES_PER_S
NOBODY = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int8))
Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Truth:
    """What was so, by the window of ten seconds.

    Args:
        out: Who passed the gate in it.
        occupancy: Mean number in the stand.
        density: Mean density before the gate, 1/m².
        inside: Number up to the gate at its end.
        end_s: When the last one passed the gate.
    """

    out: Series
    occupancy: Series
    density: Series
    inside: Series
    end_s: float


@dataclass(frozen=True, slots=True)
class Watched:
    """What a camera told of a stand, the truth, and what both cost.

    Args:
        readings: Of each evening.
        truth: The same on both.
        simulation_s: Processor time of the simulation.
        measuring_ms: Of each frame with somebody in it.
        people: In view, mean of a frame.
        memory_mb: Most that this process ever had.
    """

    readings: tuple[list[Reading], ...]
    truth: Truth
    simulation_s: float
    measuring_ms: Series
    people: float
    memory_mb: float


def write_places(path: Path, camera: int, gate_m: float) -> None:
    """Write the places file of a camera as its owner would."""
    corners = [(x, y) for x, y in (*HALL, (20.0, 12.0))]
    points = [
        f"    - {{picture_px: [{px:.4f}, {py:.4f}], ground_m: [{x}, {y}]}}"
        for (px, py), (x, y) in zip(stand.pictured(np.array(corners), 0.0)[0], corners, strict=True)
    ]
    reach = gate_m / 2 + 1
    lines = [
        *(f"picture_px: [{stand.SIZE_PX[0]}, {stand.SIZE_PX[1]}]", "ground:", "  points:", *points, "lines:"),
        f"  - {{name: gate {camera}, from_m: [{20 - reach}, {LINE_Y_M}], to_m: [{20 + reach}, {LINE_Y_M}]}}",
        "zones:",
        *(
            f"  - {{name: {name} {camera}, corners_m: {[list(corner) for corner in corners]}}}"
            for name, corners in (("stand", HALL), ("front", FRONT))
        ),
    ]
    path.write_text("\n".join(lines) + "\n")


def watch(places: Path, people: int, gate_m: float, number: int) -> Watched:
    """Let a stand empty and measure it."""
    began_s = time.process_time()
    emptying = stand.emptied(people, gate_m, number)
    simulation_s = time.process_time() - began_s
    spent_ms: list[float] = []
    told, seen = [], 0
    for evening, start_s in enumerate(EVENINGS_S):
        scene, readings = Scene(read_places(places).plan(), stand.SIZE_PX), []
        for time_s, found in _looks(emptying, seed=1000 * evening + number):
            began_s = time.process_time()
            readings += scene.observe(start_s + time_s, found, found)
            if len(found.scores):
                spent_ms.append(1000 * (time.process_time() - began_s))
                seen += int((found.scores > stand.FAINT).sum())
        told.append(readings + scene.finish())
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Watched(tuple(told), _truth(emptying), simulation_s, np.array(spent_ms), seen / len(spent_ms), memory_mb)


def _looks(emptying: stand.Emptying, seed: int) -> Iterator[tuple[float, Detections]]:
    """Yield what a camera sees until a while after everybody has left."""
    yield from stand.seen(emptying, seed)
    for number in range(len(emptying.frames), len(emptying.frames) + AFTER_FRAMES):
        yield number / stand.FRAMES_PER_S, NOBODY


def _truth(emptying: stand.Emptying) -> Truth:
    each = WINDOW_S * stand.FRAMES_PER_S
    windows = -(-len(emptying.frames) // each)
    out, occupancy, density, inside = np.zeros((4, windows))
    passed = np.zeros(len(emptying.heights_m), np.bool_)
    front, end_s = Zone("front", FRONT), 0.0
    for number, (seats, places) in enumerate(emptying.frames):
        window = number // each
        before = np.zeros(len(passed), np.bool_)
        before[seats] = places[:, 1] >= LINE_Y_M
        new = ~before & ~passed
        passed |= new
        out[window] += new.sum()
        occupancy[window] += (places[:, 1] >= 0).sum() / each
        density[window] += front.holds(places).sum() / front.area / each
        inside[window] = (~passed).sum()
        end_s = number / stand.FRAMES_PER_S if new.any() else end_s
    out[-1] += inside[-1]  # those between line and exit when the last frame was taken
    inside[-1] = 0
    return Truth(out, occupancy, density, inside, end_s)
