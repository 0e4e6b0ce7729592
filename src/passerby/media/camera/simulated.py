"""A camera that shows a simulated crowd: no real people, and every position is known."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from importlib.util import find_spec

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.camera.arrival import Arrival
from passerby.media.camera.walk import RATE, VENUES, Point, Venue, simulate, walk
from passerby.media.drawn_person import draw_figure

SIZE = (1280, 720)
_TALL_M = 1.75
_COATS = ((140, 50, 45), (60, 75, 120), (50, 95, 60), (90, 90, 95), (150, 120, 50), (95, 60, 110))
_GROUND, _WALL, _LINE = (122, 120, 114), (158, 168, 178), (112, 110, 104)
_WARM_UP_S = 30


class SimulatedCamera:
    """Walkers in a venue, seen obliquely from above: a `Connection` without end.

    If JuPedSim is installed, the walk is new; otherwise a recorded JuPedSim walk is repeated.

    Args:
        name: One of `VENUES`.

    Raises:
        RefusedError: There is no such venue.
    """

    codec = "rawvideo"
    paced = True
    looped = False

    def __init__(self, name: str) -> None:
        self._walk = simulate(name) if find_spec("jupedsim") else walk(name)
        self._venue = VENUES[name]
        self.ground_to_image = _view(self._venue)
        self.positions_m: NDArray[np.float64] = np.empty((0, 2))
        """Positions of all walkers in the latest picture, (N, 2), m."""
        self._empty = self._draw_ground()

    def __iter__(self) -> Iterator[Arrival]:
        """Yield pictures; the first shows people already."""
        for _ in range(_WARM_UP_S * RATE):
            next(self._walk)
        for number, moment in enumerate(self._walk):
            self.positions_m = moment[:, :2]
            picture = av.VideoFrame.from_ndarray(self._draw(moment[:, 2].astype(int)), "rgb24")
            yield Arrival(picture, Fraction(1), number / RATE)

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def _draw_ground(self) -> NDArray[np.uint8]:
        picture = np.full((SIZE[1], SIZE[0], 3), _WALL, np.uint8)
        venue = self._venue
        corners = [(0.0, 0.0), (venue.width_m, 0.0), (venue.width_m, venue.depth_m), (0.0, venue.depth_m)]
        cv2.fillPoly(picture, [self._pixels(corners)], _GROUND)
        lines: list[list[Point]] = [[(x, 0.0), (x, venue.depth_m)] for x in range(0, int(venue.width_m) + 1, 2)]
        lines += [[(0.0, y), (venue.width_m, y)] for y in range(0, int(venue.depth_m) + 1, 2)]
        for line in lines:
            cv2.polylines(picture, [self._pixels(line)], isClosed=False, color=_LINE, lineType=cv2.LINE_AA)
        grain = np.random.default_rng(7).normal(0, 4, picture.shape)  # nothing real is as smooth as a drawing
        return np.clip(picture + grain, 0, 255).astype(np.uint8)

    def _draw(self, coats: NDArray[np.int_]) -> NDArray[np.uint8]:
        picture = self._empty.copy()
        for index in np.argsort(-self.positions_m[:, 1]):  # the nearest walkers last
            x, y = self.positions_m[index]
            (left, foot), (right, _) = self._pixels([(x - _TALL_M / 2, y), (x + _TALL_M / 2, y)])
            height = float(right - left)
            middle = int(left + right) // 2
            draw_figure(picture, (middle, round(foot - height)), height=height, coat=_COATS[coats[index] % len(_COATS)])
        return cv2.GaussianBlur(picture, (3, 3), 0).astype(np.uint8)

    def _pixels(self, points_m: list[Point]) -> NDArray[np.int32]:
        return np.round(_project(self.ground_to_image, np.array(points_m, float))).astype(np.int32)


def _project(homography: NDArray[np.float64], points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the image points (N, 2), px, of points on the ground (N, 2), m."""
    homogeneous = np.column_stack([points_m, np.ones(len(points_m))]) @ homography.T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])


def _view(venue: Venue) -> NDArray[np.float64]:
    """Return the homography from the ground (m) to the image (px): the near edge is 5/3 as wide as the far one."""
    width, height = SIZE
    ground = np.array([(0, 0), (venue.width_m, 0), (venue.width_m, venue.depth_m), (0, venue.depth_m)], np.float32)
    near, far = 0.97 * height, 0.35 * height
    image = np.array([(0, near), (width, near), (0.8 * width, far), (0.2 * width, far)], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(ground, image), np.float64)
