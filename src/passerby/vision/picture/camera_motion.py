"""Detects whether the camera itself moves: one shift, rotation and zoom that most corner points share."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

COMPARED_S = 0.1
"""Pictures at least this far apart are compared: over a shorter time, a slow pan is smaller than the noise."""
REFERENCE_S = 3.0
"""A picture is compared with those that follow for this long, so that a pan of a few pixels per second shows."""
CORNERS = 120
LEAST_CORNERS = 16
"""Fewer corner points give no reliable answer."""
CORNER_QUALITY, CORNER_APART = 0.01, 8
WINDOW = (15, 15)
INLIER_PX = 0.7
AGREE = 0.6
"""Share of the corner points that must share the movement: those on people who walk by do not."""
GRID = 3
LEAST_TILES = 5
"""Number of GRID x GRID tiles that they must lie in: one large body has many corner points, but in one place."""
MOVED_PX = 2.0
"""With a movement larger than this, in a picture 320 px wide, the camera moved."""


class CameraMotion:
    """Compares each small picture with an earlier one; pictures come in order."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._before_s = self._compared_s = -np.inf
        self._corners = np.empty((0, 1, 2), np.float32)

    def moves(self, small: NDArray[np.uint8], time_s: float) -> bool:
        """Return whether the camera moved since the reference picture.

        Args:
            small: Brightness, shape (h, w), about 320 px wide.
            time_s: Its time.
        """
        if self._before is None or self._before.shape != small.shape:
            self._refer(small, time_s)
            return False
        if time_s - self._compared_s < COMPARED_S:
            return False
        self._compared_s = time_s
        farthest = self._farthest(small)
        if farthest > MOVED_PX or time_s - self._before_s >= REFERENCE_S:
            self._refer(small, time_s)
        return farthest > MOVED_PX

    def _refer(self, small: NDArray[np.uint8], time_s: float) -> None:
        self._before = small
        self._before_s = time_s
        self._compared_s = time_s
        found = cv2.goodFeaturesToTrack(small, CORNERS, CORNER_QUALITY, CORNER_APART)
        there = np.ndim(found) == 3  # None for a uniform picture
        self._corners = np.asarray(found, np.float32) if there else np.empty((0, 1, 2), np.float32)

    def _farthest(self, small: NDArray[np.uint8]) -> float:
        """Return how far the movement shared by most points shifts a corner of the picture, px; 0 = no movement."""
        corners = self._corners
        if self._before is None or len(corners) < LEAST_CORNERS:
            return 0.0
        now, kept, _ = cv2.calcOpticalFlowPyrLK(
            self._before, small, corners, corners.copy(), winSize=WINDOW, maxLevel=3
        )
        good = kept.ravel() > 0
        if good.sum() < LEAST_CORNERS:
            return 0.0
        start = corners[good].reshape(-1, 2)
        end = now[good].reshape(-1, 2)
        matrix, inliers = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=INLIER_PX)
        if np.shape(matrix) != (2, 3):  # None where nothing agrees
            return 0.0
        agreeing = inliers.ravel() > 0
        if agreeing.sum() < AGREE * len(corners) or _tiles(start[agreeing], small.shape) < LEAST_TILES:
            return 0.0
        height, width = small.shape
        ends = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)

        return float(np.linalg.norm(ends @ matrix.T - ends[:, :2], axis=1).max())


def _tiles(points: NDArray[np.float32], shape: tuple[int, ...]) -> int:
    """Return the number of tiles of the picture that contain points."""
    places = (points / np.array(shape[1::-1]) * GRID).astype(int).clip(0, GRID - 1)
    return len(np.unique(places[:, 0] * GRID + places[:, 1]))
