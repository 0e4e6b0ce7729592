"""Boxes of people who walk as told: what a perfect, trembling or failing detector would say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from passerby.vision.detections import Detections, Kind

SIZE = (800, 600)
PER_S = 10


def boxes(feet, *, height=80.0, kind=Kind.PERSON, score=0.9):
    """Return detections whose foot points are these, shape (N, 2)."""
    feet = np.asarray(feet, np.float32).reshape(-1, 2)
    wide, count = height * 0.4, len(feet)
    corners = np.stack((feet[:, 0] - wide / 2, feet[:, 1] - height, feet[:, 0] + wide / 2, feet[:, 1]), axis=1).astype(
        np.float32
    )
    return Detections(corners, np.full(count, score, np.float32), np.full(count, kind, np.int8))


def walk(motion, where: Callable[[float], list], seconds: float, **how) -> Iterator:
    """Yield the views of people whose feet are at `where(time)`."""
    for number in range(round(seconds * PER_S)):
        yield from motion.observe(number / PER_S, boxes(where(number / PER_S), **how))
    yield from motion.finish()
