"""Measures the processor time per frame from boxes to readings, for crowds of several sizes.

python -m benchmarks.measuring
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from itertools import product

import numpy as np

from benchmarks import results
from passerby.measure.ground import Ground
from passerby.measure.place import Line, Zone
from passerby.measure.plan import LinePlan, ScenePlan, ZonePlan
from passerby.measure.scene import Scene
from passerby.vision.detections import Detections

SIZE = (3840, 2160)
CROWDS = (20, 200, 2000)
FRAMES = 120
FPS = 10.0


def plan(*, voronoi: bool = False) -> ScenePlan:
    """Return four zones and four lines on a square of 76.8 m by 43.2 m, 50 px a metre."""
    corners = np.array([[0.0, 0.0], [SIZE[0], 0.0], [SIZE[0], SIZE[1]], [0.0, SIZE[1]]])
    ground = Ground.from_points(corners, corners / 50)
    zones = [((x, 2.0), (x + 17, 2.0), (x + 17, 41.0), (x, 41.0)) for x in (1.0, 20.0, 39.0, 58.0)]
    lines = [((x, 1.0), (x, 42.0)) for x in (10.0, 29.0, 48.0, 67.0)]
    return ScenePlan(
        tuple(LinePlan(Line(f"line {n}", *ends)) for n, ends in enumerate(lines)),
        tuple(ZonePlan(Zone(f"zone {n}", corners)) for n, corners in enumerate(zones)),
        ground,
        walkable=Zone("floor", ((0, 0), (76.8, 0), (76.8, 43.2), (0, 43.2))) if voronoi else None,
    )


def walking(people: int, seed: int = 1) -> Iterator[Detections]:
    """Yield the trembling boxes of people who walk straight on and come back on the other side."""
    random = np.random.default_rng(seed)
    at = random.uniform(0, 1, (people, 2)) * SIZE
    velocity = random.normal(0, 60, (people, 2))
    scores, kinds = random.uniform(0.4, 0.95, people).astype(np.float32), np.zeros(people, np.int8)
    for _ in range(FRAMES):
        at = (at + velocity / FPS) % SIZE
        box = np.stack((at[:, 0] - 20, at[:, 1] - 85, at[:, 0] + 20, at[:, 1]), axis=1) + random.normal(
            0, 1, (people, 4)
        )
        yield Detections(box.astype(np.float32), scores, kinds)


def measure() -> Iterator[results.Row]:
    """Yield a row for each size of crowd, without and with a floor for the Voronoi density."""
    for people, voronoi in product(CROWDS, (False, True)):
        scene, spent, readings = Scene(plan(voronoi=voronoi), SIZE), [], 0
        for number, found in enumerate(walking(people)):
            begun = time.process_time()
            readings += len(scene.observe(number / FPS, found))
            spent.append(1000 * (time.process_time() - begun))
        settled = sorted(spent[FRAMES // 3 :])
        yield {
            "people": people,
            "voronoi": voronoi,
            "mean_ms": statistics.fmean(settled),
            "median_ms": statistics.median(settled),
            "worst_ms": settled[-1],
            "readings": readings,
        }


if __name__ == "__main__":
    results.save("measuring", list(measure()), places="4 lines and 4 zones, all measures, 10 frames/s")
