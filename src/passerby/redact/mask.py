"""Which part of one picture is covered: rectangles and polygons, and nothing that takes cover away."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Cover:
    """Everything of one frame that must not be seen.

    Args:
        boxes_px: Shape (N, 4) int32, x1 y1 x2 y2, half open, rounded outwards.
        bodies: Shape (N,) bool, True where the box is a whole person (style `figure` draws one there).
        polygons_px: Each of shape (M, 2) int32.
        whole: Why the whole picture is covered ("" = it is not).
    """

    boxes_px: NDArray[np.int32]
    bodies: NDArray[np.bool_]
    polygons_px: tuple[NDArray[np.int32], ...] = field(default=())
    whole: str = ""

    @classmethod
    def nothing(cls) -> Cover:
        """Return a cover without any region."""
        return cls(np.empty((0, 4), np.int32), np.empty(0, np.bool_))

    @classmethod
    def all(cls, reason: str) -> Cover:
        """Return a cover of the whole picture, with the reason to report."""
        return cls(np.empty((0, 4), np.int32), np.empty(0, np.bool_), (), reason)

    def raster(self, height: int, width: int) -> NDArray[np.uint8]:
        """Return the mask, shape (H, W) uint8, 1 = covered."""
        if self.whole:
            return np.ones((height, width), np.uint8)
        mask = np.zeros((height, width), np.uint8)
        for x1, y1, x2, y2 in self.boxes_px.tolist():
            mask[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)] = 1
        for polygon in self.polygons_px:
            cv2.fillPoly(mask, [polygon], (1,))
        return mask
