"""What a tool covered in one frame, in the shape that the tool really painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Boxes = list[list[int]]


@dataclass(frozen=True, slots=True)
class FrameCover:
    """Covered regions of one frame; boxes x1 y1 x2 y2, half open, px.

    Args:
        boxes: Filled rectangles.
        ellipses: Ellipses within these boxes, as scikit-image draws them (deface's way).
        whole: The whole picture is covered.
        polygons: Outlines, each a list of corners; their edge is covered.
    """

    boxes: Boxes = field(default_factory=list)
    ellipses: Boxes = field(default_factory=list)
    whole: bool = False
    polygons: list[list[tuple[int, int]]] = field(default_factory=list)

    def raster(self, height: int, width: int) -> NDArray[np.uint8]:
        """Return the mask, shape (H, W) uint8, 1 = covered."""
        if self.whole:
            return np.ones((height, width), np.uint8)
        mask = np.zeros((height, width), np.uint8)
        for x1, y1, x2, y2 in self.boxes:
            mask[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)] = 1
        for x1, y1, x2, y2 in self.ellipses:
            _fill_ellipse(mask[y1:y2, x1:x2])
        for corners in self.polygons:
            cv2.fillPoly(mask, [np.array(corners, np.int32)], (1,))
        return mask


def _fill_ellipse(region: NDArray[np.uint8]) -> None:
    """Set the pixels of the ellipse that deface blurs within a box."""
    radius_y, radius_x = region.shape[0] // 2, region.shape[1] // 2
    if not (radius_y and radius_x):
        return
    y, x = np.ogrid[: region.shape[0], : region.shape[1]]
    region[((y - radius_y) / radius_y) ** 2 + ((x - radius_x) / radius_x) ** 2 < 1] = 1


NEARLY_WHOLE = 0.9
"""Above this covered share a picture shows next to nothing: that nobody is seen in it proves nothing."""


class Covered:
    """Answers how much of a box is covered, from one mask, in constant time a box."""

    def __init__(self, mask: NDArray[np.uint8]) -> None:
        self._sums = cv2.integral(mask)
        self.height, self.width = mask.shape
        self.area = float(self._sums[-1, -1]) / mask.size

    def share(self, box: Sequence[float] | NDArray[np.float64]) -> float:
        """Return the covered share of a box clipped to the picture; 1 for one outside of it."""
        x1, x2 = (round(min(max(float(v), 0), self.width)) for v in (box[0], box[2]))
        y1, y2 = (round(min(max(float(v), 0), self.height)) for v in (box[1], box[3]))
        pixels = (x2 - x1) * (y2 - y1)
        if pixels <= 0:
            return 1.0
        sums = self._sums
        return float(sums[y2, x2] - sums[y1, x2] - sums[y2, x1] + sums[y1, x1]) / pixels
