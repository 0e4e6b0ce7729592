"""Notices when vehicles may have been mistaken for each other from one pass to the next."""

from __future__ import annotations

from collections import deque

import numpy as np

from passerby.measure.motion.groups import VEHICLES_PX, offset
from passerby.measure.motion.lane import from_nowhere, lane_velocities, travel
from passerby.measure.motion.pairing import Indices
from passerby.measure.motion.tracks import Tracks
from passerby.measure.motion.tuning import Tuning

STRANGE, STRANGE_S = 2, 1.0
"""If at least this many vehicles appear within the picture in this time, s, vehicles are mistaken for each other."""


class Ambiguity:
    """Notices vehicles that appear or vanish within the picture: they moved farther than expected.

    Args:
        size_px: Width and height of the picture.
        tuning: How boxes become motion.
    """

    def __init__(self, size_px: tuple[int, int], tuning: Tuning) -> None:
        self._size = size_px
        self._tuning = tuning
        self._look_s = self._doubted_s = -np.inf
        self._strange: deque[float] = deque()
        self._fleeting: deque[float] = deque()

    def look(self, tracks: Tracks, fresh: Indices, time_s: float) -> None:
        """Give new vehicles the velocity of their lane, and mark when vehicles could be mistaken for each other.

        Args:
            tracks: All bodies.
            fresh: Slots of those that are new.
            time_s: Time of the pass, s.
        """
        gap_s = time_s - self._look_s
        self._look_s = time_s
        fresh = fresh[tracks.box[fresh, 0] > VEHICLES_PX]
        if not len(fresh) or not gap_s <= self._tuning.follow_s:
            return
        now = np.flatnonzero(tracks.alive & (tracks.last_s == time_s) & (tracks.box[:, 0] > VEHICLES_PX))
        before = now[tracks.hits[now] > 1]
        tracks.velocity[fresh] = lane_velocities(
            tracks.box[fresh], tracks.box[before], tracks.velocity[before], gap_s=gap_s
        )
        width = tracks.box[now, 2] - tracks.box[now, 0]
        leaps = np.hypot(*tracks.velocity[now].T) * gap_s / width
        boxes = tracks.box[fresh] - offset(tracks.kinds(fresh))
        reach = (boxes[:, 2] - boxes[:, 0]) * np.maximum(1.0, 1.5 * leaps.max(initial=0.0))
        ends = np.minimum(boxes[:, :2], np.array(self._size) - boxes[:, 2:])  # to the nearer border across, and down
        run = np.abs(tracks.velocity[fresh])
        still = ~run.any(axis=1)
        nearby = travel(tracks.box[fresh[still]], tracks.box[before], tracks.velocity[before], gap_s=gap_s)
        run[still] = np.abs(nearby)
        border = np.select([run[:, 0] > run[:, 1], run[:, 1] > run[:, 0]], [ends[:, 0], ends[:, 1]], ends.min(axis=1))
        strange = from_nowhere(tracks.box[fresh], tracks.box[now], inside=border > reach)
        self._strange.extend([time_s] * strange)
        if self._often(self._strange, time_s):
            tracks.doubt_s[now] = self._doubted_s = time_s

    def lose(self, count: int, time_s: float) -> None:
        """Add how many vehicles were lost that had been seen once or twice only."""
        self._fleeting.extend([time_s] * count)
        if self._often(self._fleeting, time_s):
            self._doubted_s = time_s

    def around(self, time_s: float) -> bool:
        """Return whether vehicles may have been mistaken for each other shortly before a moment, or after it."""
        return bool(time_s - self._tuning.lag_s <= self._doubted_s)

    @staticmethod
    def _often(times_s: deque[float], time_s: float) -> bool:
        while times_s and times_s[0] < time_s - STRANGE_S:
            times_s.popleft()
        return len(times_s) >= STRANGE
