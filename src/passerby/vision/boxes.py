"""Box arithmetic that every network's answer needs."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def keep_best(boxes: NDArray[np.float32], scores: NDArray[np.float32], *, overlap: float) -> NDArray[np.intp]:
    """Return the indices that non-maximum suppression keeps, best score first.

    Args:
        boxes: Shape (N, 4), x1 y1 x2 y2.
        scores: Shape (N,).
        overlap: Intersection over union from which the weaker of two boxes is dropped.
    """
    if not len(boxes):
        return np.empty(0, np.intp)
    corners_and_sizes = np.concatenate((boxes[:, :2], boxes[:, 2:] - boxes[:, :2]), axis=1)
    kept = cv2.dnn.NMSBoxes(corners_and_sizes.tolist(), scores.tolist(), 0.0, overlap)
    return np.asarray(kept, np.intp).reshape(-1)


def shared_areas(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the area of the intersection of every pair of boxes, shape (len(a), len(b))."""
    across, down = (
        np.minimum(a[:, None, k + 2], b[None, :, k + 2]) - np.maximum(a[:, None, k], b[None, :, k]) for k in (0, 1)
    )
    return np.asarray(np.maximum(across, 0) * np.maximum(down, 0), np.float32)


def areas(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the area of each box, shape (N,)."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), np.float32)


def canvas_size(
    width: int, height: int, *, long_side: int, multiple: int, square: bool = False, sides: int = 0
) -> tuple[int, int]:
    """Return columns and rows of the smallest canvas that holds the picture with its longer side at `long_side`.

    Both are multiples of `multiple`; the picture keeps its proportions. `sides` is the number of columns added at
    the left and again at the right.
    """
    longer = max(width, height)
    if square:
        width = height = longer
    ratio = long_side / longer
    inner = (round(width * ratio) + 2 * sides, round(height * ratio))
    columns, rows = (max(multiple, -(-side // multiple) * multiple) for side in inner)
    return columns, rows
