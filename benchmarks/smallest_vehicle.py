"""From which size on the counting network finds vehicles: views of traffic, shrunk step by step.

python -m benchmarks.smallest_vehicle

Vehicles that the network finds in the original are looked for in the same view, shrunk into the middle of a grey
picture of the same size. Nobody labelled them: what the network never finds is not counted as missed.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np

from benchmarks import results
from benchmarks.traffic import HIGHWAY, STREET
from benchmarks.traffic_bounds import Variant, frames, shrunk
from passerby.measure.flow import IN_DOUBT
from passerby.media.layout import Shape
from passerby.vision.detector import detect_or_fail
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import counting_detectors

FACTORS = (1.5, 2, 3, 4, 6)
CLASSES = (0, 0.02, 0.03, 0.045, 0.07, 0.1, 1)
SCORE = 0.5
VIEWS = 8
SAME = 0.5


def measure() -> list[results.Row]:
    """Return a row for each class of widths, relative to the picture's longer side: how many are found again."""
    known: list[tuple[float, bool]] = []
    for file in (STREET, HIGHWAY):
        pictures = list(frames(file, Variant("as it is")))
        first = pictures[0]
        shape = Shape(first.width, first.height, first.layout, first.colour, Fraction(25), first.time_base)
        detector = counting_detectors(shape, Effort.BALANCED)[-1]
        side = max(first.width, first.height)
        middle = np.array([first.width, first.height] * 2) / 2
        for frame in pictures[:: len(pictures) // VIEWS]:
            true = detect_or_fail(detector, frame).of(IN_DOUBT, SCORE).boxes_px
            for factor in FACTORS:
                found = detect_or_fail(detector, shrunk(frame, Variant("", far=factor))).of(IN_DOUBT, SCORE).boxes_px
                known += [
                    (float(box[2] - box[0]) / side, any(_overlap(box, each) > SAME for each in found))
                    for box in (true - middle) / factor + middle
                ]
    rows = []
    for low, high in pairwise(CLASSES):
        again = [hit for width, hit in known if low <= width < high]
        share = float(np.mean(again)) if again else None
        rows.append({"from": low, "to": high, "vehicles": len(again), "found": share})
    return rows


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Return the intersection over union of two boxes."""
    size = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(size, 0)))
    return common / float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - common)


if __name__ == "__main__":
    results.save("smallest_vehicle", measure())
