"""One frame of reference for boxes of a camera that moves: what stands still in the world stands still in it.

Tracks, hold and growth are computed there, so that cover moves with the camera. The steps between frames come from
`vision.picture.camera_motion`; where a step is unknown, it counts as none, and boxes move in it as in the picture.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from passerby.vision.picture.similarity import STILL, Similarity

Boxes = NDArray[np.float32]

FARTHEST_PX = 20_000.0
LARGEST_ZOOM = 8.0
"""Beyond these, the frame of reference is moved to the newest picture: a long drive would lose all precision."""


class SteadyView:
    """How the frame of reference of one scene appears in each of its recent frames."""

    def __init__(self) -> None:
        """Start with the first picture as the frame of reference."""
        self._times_s: list[float] = []
        self._views: list[Similarity] = []

    def follow(self, time_s: float, step: Similarity) -> None:
        """Add how the view moved since the frame before, px; frames come in order of time."""
        now = (self._views[-1] if self._views else STILL).then(step)
        if not self._views or now != self._views[-1]:
            self._times_s.append(time_s)
            self._views.append(now)

    def at(self, time_s: float) -> Similarity:
        """Return how a box of the frame of reference appears in the frame at that time."""
        place = bisect_right(self._times_s, time_s)
        return self._views[max(0, place - 1)] if self._views else STILL

    def stands(self, start_s: float, end_s: float) -> bool:
        """Return whether the view was the same all the time from one frame to another."""
        return bisect_right(self._times_s, start_s) == bisect_right(self._times_s, end_s)

    def forget(self, before_s: float) -> None:
        """Drop what frames from this time on no longer need."""
        count = bisect_right(self._times_s, before_s) - 1
        if count > 0:
            del self._times_s[:count], self._views[:count]

    def far(self) -> bool:
        """Return whether the newest picture is so far from the frame of reference that precision suffers."""
        if not self._views:
            return False
        newest = self._views[-1]
        zoom = abs(newest.turn)
        return abs(newest.shift) > FARTHEST_PX * zoom or not 1 / LARGEST_ZOOM < zoom < LARGEST_ZOOM

    def rebased(self) -> Similarity:
        """Move the frame of reference to the newest picture; return how boxes of the old one appear in the new one."""
        newest = self._views[-1]
        back = newest.inverse()
        self._views = [back.then(view) for view in self._views]
        return newest
