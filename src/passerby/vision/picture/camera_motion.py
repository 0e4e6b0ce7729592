"""How the camera itself moves: one shift, rotation and zoom that most corner points of the picture share.

One estimate answers two questions. Does the camera stand still, so that what moves may be a person? And where does
a picture show what the one before it showed, so that cover can follow the view (docs/decisions/0026-moving-cameras.md)?
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.vision.picture.similarity import STILL, Similarity

COMPARED_S = 0.1
"""Pictures at least this far apart are compared: over a shorter time, a slow pan is smaller than the noise."""
REFERENCE_S = 3.0
"""A picture is compared with those that follow for this long, so that a pan of a few pixels per second shows."""
ALERT_S = 1.0
"""After a movement, every picture is compared for this long, so that the cover follows the view in each of them."""
CORNERS = 120
LEAST_CORNERS = 16
"""Fewer corner points give no reliable answer."""
CORNER_QUALITY, CORNER_APART = 0.01, 8
RIM, RIM_CORNERS = 0.1, 40
"""So many corner points more are sought along the border, this share of each side wide: a large body has the others."""
WINDOW = (15, 15)
INLIER_PX = 0.7
AGREE = 0.6
"""Share of the corner points that must share the movement: those on people who walk by do not."""
GRID = 3
LEAST_TILES = 5
"""Number of GRID x GRID tiles that they must lie in: one large body has many corner points, but in one place."""
MOVED_PX = 2.0
"""With a movement larger than this, in a picture 320 px wide, the camera moved."""
DRIFT_S, DRIFT_STEPS = 0.25, 4
"""The view drifts if it moves in one direction for so many steps of this length."""
DRIFT_PX = 0.8
"""Least shift of a quarter of the picture in each half of this time, 10 px/s at 1080p; a still camera has under 0.2."""
STEADY = 0.7
"""Least cosine between the shifts of the two halves: a camera that trembles in the wind moves back instead."""
LEAST_QUARTERS = 3
"""Quarters of the picture that must drift: a bus moves some of them, a camera moves all."""
LEAST_POINTS = 5
"""Corner points in a quarter that tell how it moved where no movement is shared, such as from a moving car."""
RETURN_PX = 1.0
"""A point that, followed back, does not return this close to where it began was lost: something large hides it."""
LEAST_LEFT = 0.5
"""Points that were lost do not count against a movement that the others share, unless more than this was lost."""
UNMOVED_PX, MOVED_TOO_PX = 0.4, 1.2
"""A point that moved less than the first stands still; it contradicts a movement that shifts it by the second."""
LEAST_UNMOVED = 6
"""If so many points in LEAST_QUARTERS quarters contradict a movement, it is that of something large and near, not the
view: an overlay, which stands still on a camera that moves, lies in one or two quarters."""
UNMOVED_SHARE = 0.25
"""Where no movement is shared, this share of the points must stand still for the camera to do so."""

Small = NDArray[np.uint8]
Points = NDArray[np.float32]
Shifts = NDArray[np.complex128]
"""How far each quarter of the picture has moved, shape (4,), px; not a number where unknown."""


@dataclass(frozen=True, slots=True)
class _Estimate:
    """What changed since the reference picture: the shared movement (None = there is none) and that of each quarter."""

    shared: Similarity | None
    quarters: Shifts


UNMOVED = _Estimate(STILL, np.zeros(4, np.complex128))
LOST = _Estimate(None, np.full(4, np.nan, np.complex128))


class CameraMotion:
    """Compares each small picture with an earlier one; pictures come in order.

    `drifts` is whether the view keeps moving in one direction, however slowly. `step` is the shared movement from the
    picture before to the one given last, in px of the small picture; while the camera stands still or its movement is
    unknown, it is `STILL`.
    """

    def __init__(self) -> None:
        self.step = STILL
        self._reference: Small | None = None
        self._reference_s = self._compared_s = self._alert_s = -np.inf
        self._corners = self._rim = np.empty((0, 1, 2), np.float32)
        self._last = UNMOVED
        self.drifts = False
        self._mark_s = -np.inf
        self._since_mark = np.zeros(4, np.complex128)
        self._steps: deque[Shifts] = deque(maxlen=DRIFT_STEPS)

    def moves(self, small: Small, time_s: float) -> bool:
        """Return whether the camera drifts, or moved since the reference picture.

        Args:
            small: Brightness, shape (h, w), about 320 px wide.
            time_s: Its time.
        """
        self.step = STILL
        if self._reference is None or self._reference.shape != small.shape:
            self._refer(small, time_s)
            self.drifts = False
            self._steps.clear()
            return False
        if time_s - self._compared_s < COMPARED_S and time_s > self._alert_s:
            return self.drifts
        self._compared_s = time_s
        before, now = self._last, self._estimate(small)
        self._last = now
        moved = now.shared is not None and _farthest(now.shared, small.shape) > MOVED_PX
        self._watch_drift(now.quarters - before.quarters, time_s)
        if moved or self.drifts:
            self._alert_s = time_s + ALERT_S
        if time_s <= self._alert_s and now.shared is not None and before.shared is not None:
            self.step = before.shared.inverse().then(now.shared)
        lost = now.shared is None and time_s <= self._alert_s
        if moved or lost or time_s - self._reference_s >= REFERENCE_S:
            self._refer(small, time_s)
        return moved or self.drifts

    def _refer(self, small: Small, time_s: float) -> None:
        self._reference = small
        self._reference_s = self._compared_s = time_s
        self._last = UNMOVED
        self._corners = _corners(small, CORNERS, None)
        self._rim = _corners(small, RIM_CORNERS, _rim(small.shape))

    def _watch_drift(self, shifts: Shifts, time_s: float) -> None:
        """Add what the quarters moved since the last comparison; every DRIFT_S, decide whether the view drifts."""
        self._since_mark = self._since_mark + shifts
        if time_s - self._mark_s < DRIFT_S:
            return
        self._steps.append(self._since_mark)
        self._since_mark = np.zeros(4, np.complex128)
        self._mark_s = time_s
        self.drifts = len(self._steps) == DRIFT_STEPS and _steady(np.array(self._steps))

    def _estimate(self, small: Small) -> _Estimate:
        """Return what changed since the reference picture; a plain one has not moved, nor one that partly stands."""
        corners = self._corners
        if self._reference is None or len(corners) < LEAST_CORNERS:
            return UNMOVED
        start, end, certain = self._followed(corners, small)
        if len(start) < LEAST_CORNERS:
            return LOST
        shared = _shared(start, end, small.shape, least=AGREE * max(certain.sum(), LEAST_LEFT * len(corners)))
        start, end = start[certain], end[certain]
        rim, rim_end, sure = self._followed(self._rim, small)
        both = np.concatenate((start, rim[sure])), np.concatenate((end, rim_end[sure]))
        if _stands(shared, *both, small.shape):
            return UNMOVED
        if shared is None:
            return _Estimate(None, _medians(start, end, small.shape))
        return _Estimate(shared, shared.shifts(_quarters(small.shape)))

    def _followed(self, corners: Points, small: Small) -> tuple[Points, Points, NDArray[np.bool_]]:
        """Return where points were, where they are, and which of them return when they are followed back."""
        if self._reference is None or not len(corners):
            return np.empty((0, 2), np.float32), np.empty((0, 2), np.float32), np.empty(0, np.bool_)
        now, kept, _ = _flow(self._reference, small, corners)
        back, again, _ = _flow(small, self._reference, now)
        good = kept.ravel() > 0
        start, end = corners[good].reshape(-1, 2), now[good].reshape(-1, 2)
        off = np.hypot(*(back[good].reshape(-1, 2) - start).T)
        return start, end, (again.ravel()[good] > 0) & (off <= RETURN_PX)


def _flow(before: Small, now: Small, points: Points) -> tuple[Points, NDArray[np.uint8], NDArray[np.float32]]:
    """Follow points, shape (N, 1, 2), from one picture to another by sparse optical flow."""
    found, kept, error = cv2.calcOpticalFlowPyrLK(before, now, points, points.copy(), winSize=WINDOW, maxLevel=3)
    return np.asarray(found, np.float32), np.asarray(kept, np.uint8), np.asarray(error, np.float32)


def _corners(small: Small, most: int, where: Small | None) -> Points:
    """Return the strongest corner points, shape (N, 1, 2)."""
    found = cv2.goodFeaturesToTrack(small, most, CORNER_QUALITY, CORNER_APART, mask=where)
    there = np.ndim(found) == 3  # None for a uniform picture
    return np.asarray(found, np.float32) if there else np.empty((0, 1, 2), np.float32)


def _rim(shape: tuple[int, ...]) -> Small:
    """Return a mask that is 255 along the border."""
    made = np.full(shape, 255, np.uint8)
    rows, columns = (round(RIM * side) for side in shape)
    made[rows : shape[0] - rows, columns : shape[1] - columns] = 0
    return made


def _shared(start: Points, end: Points, shape: tuple[int, ...], *, least: float) -> Similarity | None:
    """Return the movement that so many points all over the picture share, None = there is none."""
    matrix, inliers = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=INLIER_PX)
    if np.shape(matrix) != (2, 3):  # None where nothing agrees
        return None
    agreeing = inliers.ravel() > 0
    if agreeing.sum() < least or _tiles(start[agreeing], shape) < LEAST_TILES:
        return None
    return Similarity.of_matrix(np.asarray(matrix, np.float64))


def _farthest(shared: Similarity, shape: tuple[int, ...]) -> float:
    """Return how far a movement shifts a corner of a picture, px."""
    height, width = shape
    return float(np.abs(shared.shifts(np.array([0, width, 1j * height, width + 1j * height]))).max())


def _quarters(shape: tuple[int, ...]) -> NDArray[np.complex128]:
    """Return the centres of a picture's quarters, shape (4,)."""
    return np.array([complex(x * shape[1], y * shape[0]) for y, x in product((0.25, 0.75), repeat=2)])


def _stands(shared: Similarity | None, start: Points, end: Points, shape: tuple[int, ...]) -> bool:
    """Return whether points all over the picture stand still that a movement of the camera would have shifted."""
    still = np.hypot(*(end - start).T) < UNMOVED_PX
    least = float(LEAST_UNMOVED)
    if shared is None:
        least = max(LEAST_CORNERS, UNMOVED_SHARE * len(start))
    else:
        still &= np.abs(shared.shifts(start[:, 0] + 1j * start[:, 1])) >= MOVED_TOO_PX
    if still.sum() < least:
        return False
    return sum(bool(still[mine].any()) for mine in _by_quarter(start, shape)) >= LEAST_QUARTERS


def _by_quarter(points: Points, shape: tuple[int, ...]) -> list[NDArray[np.bool_]]:
    """Return which points lie in each quarter of the picture."""
    right, low = points[:, 0] >= shape[1] / 2, points[:, 1] >= shape[0] / 2
    return [(right == across) & (low == down) for down, across in product((False, True), repeat=2)]


def _medians(start: Points, end: Points, shape: tuple[int, ...]) -> Shifts:
    """Return the median movement of the points in each quarter."""
    found = np.full(4, np.nan + 0j, np.complex128)
    for place, mine in enumerate(_by_quarter(start, shape)):
        if mine.sum() >= LEAST_POINTS:
            found[place] = complex(*np.median(end[mine] - start[mine], axis=0))
    return found


def _steady(steps: NDArray[np.complex128]) -> bool:
    """Return whether most quarters kept moving in one direction; steps of shape (DRIFT_STEPS, 4)."""
    before, now = steps[: DRIFT_STEPS // 2].sum(axis=0), steps[DRIFT_STEPS // 2 :].sum(axis=0)
    sizes = np.abs(before), np.abs(now)
    along = (before * now.conj()).real >= STEADY * sizes[0] * sizes[1]
    onward = ((steps * steps.sum(axis=0).conj()).real > 0).all(axis=0)
    return int((along & onward & (np.minimum(*sizes) >= DRIFT_PX)).sum()) >= LEAST_QUARTERS


def _tiles(points: Points, shape: tuple[int, ...]) -> int:
    """Return the number of tiles of the picture that contain points."""
    places = (points / np.array(shape[1::-1]) * GRID).astype(int).clip(0, GRID - 1)
    return len(np.unique(places[:, 0] * GRID + places[:, 1]))
