"""Boxes that become cover: joined, rounded outwards, and those that repeat another one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from passerby.vision.boxes import areas, shared_areas

Boxes = NDArray[np.float32]

SAME_SHARE = 0.6
"""A body box with more than this share inside a larger one is the same body: style `figure` draws it once."""


def joined(parts: Sequence[tuple[Boxes, bool]]) -> tuple[Boxes, NDArray[np.bool_]]:
    """Return boxes and whether each is a body, shapes (N, 4) and (N,); a part has boxes, and whether all are bodies."""
    boxes = [np.empty((0, 4), np.float32), *(part for part, _ in parts)]
    bodies = [np.empty(0, np.bool_), *(np.full(len(part), body) for part, body in parts)]
    return np.concatenate(boxes), np.concatenate(bodies)


def repeats(boxes: Boxes) -> NDArray[np.bool_]:
    """Return which boxes mostly repeat a larger one, shape (N,): several networks found the same body."""
    if not len(boxes):
        return np.empty(0, np.bool_)
    area = areas(boxes)
    ranks = np.argsort(np.argsort(-area, kind="stable"))
    within = shared_areas(boxes, boxes) > SAME_SHARE * area[:, None]
    return np.asarray((within & (ranks[None, :] < ranks[:, None])).any(axis=1))


def outwards(boxes: Boxes) -> NDArray[np.int32]:
    """Round boxes outwards, so that every pixel they touch is covered."""
    limited = np.clip(boxes, -1e6, 1e6)
    return np.concatenate((np.floor(limited[:, :2]), np.ceil(limited[:, 2:])), axis=1).astype(np.int32)
