"""Which part of one picture is covered: rectangles and polygons, and no operation that removes cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import RedactionError

_CORNERS: Final = 3
_POLYGON_PX: Final = 1 << 28
"""Largest area that a polygon may span: far more than any picture, far less than fills memory."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Everything of one frame that must not be seen.

    Args:
        boxes_px: Shape (N, 4) int32, x1 y1 x2 y2, half open, rounded outwards; may extend beyond the border.
        bodies: Shape (N,) bool, True where the box is a whole person (style `figure` draws one there).
        polygons_px: Each of shape (M, 2) int32, M at least 3; the edge belongs to the cover.
        whole: Why the whole picture is covered ("" = it is not).

    Raises:
        RedactionError: A shape or dtype is wrong, or a box has x2 < x1 or y2 < y1.
    """

    boxes_px: NDArray[np.int32]
    bodies: NDArray[np.bool_]
    polygons_px: tuple[NDArray[np.int32], ...] = field(default=())
    whole: str = ""

    def __post_init__(self) -> None:
        """Reject invalid values: a cover that cannot be painted must cost the frame, not anyone's privacy."""
        count = len(self.boxes_px)
        if self.boxes_px.shape != (count, 4) or self.bodies.shape != (count,):
            msg = f"cover: shapes differ: boxes {self.boxes_px.shape}, bodies {self.bodies.shape}"
            raise RedactionError(msg)

        if self.boxes_px.dtype != np.int32 or self.bodies.dtype != np.bool_:
            msg = f"cover: boxes are {self.boxes_px.dtype}, bodies {self.bodies.dtype}; give int32 and bool"
            raise RedactionError(msg)

        if (self.boxes_px[:, 2:] < self.boxes_px[:, :2]).any():
            msg = "cover: a box is inside out"
            raise RedactionError(msg)

        for polygon in self.polygons_px:
            if polygon.dtype != np.int32 or polygon.shape != (max(_CORNERS, len(polygon)), 2):
                msg = f"cover: a polygon is {polygon.dtype} {polygon.shape}; give int32 (M, 2) with M >= 3"
                raise RedactionError(msg)
            if (np.ptp(polygon.astype(np.int64), axis=0) + 1).prod() > _POLYGON_PX:
                msg = "cover: a polygon spans more than any picture"
                raise RedactionError(msg)

    @classmethod
    def nothing(cls) -> Cover:
        """Return a cover without any region."""
        return cls(np.empty((0, 4), np.int32), np.empty(0, np.bool_))

    @classmethod
    def all(cls, reason: str) -> Cover:
        """Return a cover of the whole picture, with the reason to report."""
        return cls(np.empty((0, 4), np.int32), np.empty(0, np.bool_), (), reason)

    @classmethod
    def joined(cls, parts: Sequence[Cover]) -> Cover:
        """Return the union of several covers of one picture; the first reason to cover the whole picture is kept."""
        if not parts:
            return cls.nothing()
        return cls(
            np.concatenate([part.boxes_px for part in parts]),
            np.concatenate([part.bodies for part in parts]),
            tuple(polygon for part in parts for polygon in part.polygons_px),
            next((part.whole for part in parts if part.whole), ""),
        )

    def join(self, other: Cover) -> Cover:
        """Return the union with another cover of the same picture."""
        return Cover.joined([self, other])

    def clipped(self, height: int, width: int) -> Cover:
        """Return the cover with its boxes cut at the border of the picture; boxes fully outside are removed."""
        limit = np.array([width, height, width, height], np.int32)
        boxes_px = np.clip(self.boxes_px, 0, limit)
        inside = (boxes_px[:, 2:] > boxes_px[:, :2]).all(axis=1)
        return Cover(boxes_px[inside], self.bodies[inside], self.polygons_px, self.whole)

    def scaled(self, across: float, down: float) -> Cover:
        """Return the cover of the same picture at another size, boxes rounded outwards.

        Args:
            across: New width over old width.
            down: New height over old height.
        """
        factors = np.array([across, down, across, down])
        boxes = self.boxes_px * factors
        boxes_px = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1).astype(np.int32)
        polygons_px = tuple(np.rint(polygon * factors[:2]).astype(np.int32) for polygon in self.polygons_px)
        return Cover(boxes_px, self.bodies, polygons_px, self.whole)

    def raster(self, height: int, width: int) -> NDArray[np.uint8]:
        """Return the mask, shape (H, W) uint8, 1 = covered."""
        if self.whole:
            return np.ones((height, width), np.uint8)
        mask = np.zeros((height, width), np.uint8)
        for x1, y1, x2, y2 in self.boxes_px.tolist():
            mask[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)] = 1
        for polygon in self.polygons_px:
            shape, (x, y) = polygon_raster(polygon)
            top, left = max(0, -y), max(0, -x)
            under = mask[max(0, y) : max(0, y + len(shape)), max(0, x) : max(0, x + shape.shape[1])]
            under |= shape[top : top + under.shape[0], left : left + under.shape[1]]
        return mask

    def share(self, height: int, width: int) -> float:
        """Return the share of the picture that is covered, in [0, 1], overlaps counted once."""
        if self.whole:
            return 1.0
        if not (len(self.boxes_px) or self.polygons_px):
            return 0.0
        return cv2.countNonZero(self.raster(height, width)) / (height * width)


def polygon_raster(points_px: NDArray[np.int32]) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return a polygon drawn in the box around it, 1 = covered, and the left top corner of that box.

    It is drawn whole and cut afterwards, because OpenCV rounds edges differently when it clips them.

    Args:
        points_px: Shape (M, 2).
    """
    left_top = points_px.min(axis=0)
    columns, rows = (points_px.max(axis=0) - left_top + 1).tolist()
    shape = np.zeros((rows, columns), np.uint8)
    cv2.fillPoly(shape, [points_px - left_top], (1,))
    x, y = left_top.tolist()
    return shape, (x, y)
