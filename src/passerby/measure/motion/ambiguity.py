"""Notices when vehicles may have been mistaken for each other from one pass to the next."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.column import Columns
from passerby.measure.motion.lane import from_nowhere, lane_velocities, travel
from passerby.measure.motion.pairing import Boxes, Indices
from passerby.measure.motion.tuning import Tuning
from passerby.measure.view import Points

STRANGE, STRANGE_S = 2, 1.0
"""If at least this many vehicles appear within the picture in this time, s, vehicles are mistaken for each other."""


class Ambiguity:
    """Notices vehicles that appear or vanish within the picture, or that may all have taken their neighbours' places.

    Args:
        size_px: Width and height of the picture.
        tuning: How boxes become motion.
    """

    def __init__(self, size_px: tuple[int, int], tuning: Tuning) -> None:
        self._size = size_px
        self._tuning = tuning
        self._look_s = self._doubted_s = -np.inf
        self._columns = Columns(size_px)
        self._otherwise: deque[float] = deque()
        self._strange: deque[float] = deque()
        self._fleeting: deque[float] = deque()

    def look(
        self,
        boxes: Boxes,
        velocities: Points,
        *,
        slots: Indices,
        fresh: NDArray[np.bool_],
        known: NDArray[np.bool_],
        time_s: float,
    ) -> tuple[Points, bool]:
        """Return the velocities of vehicles, new ones with that of their lane, and whether they are ambiguous.

        Args:
            boxes: Shape (N, 4), boxes of all vehicles seen in this pass.
            velocities: Shape (N, 2), px/s.
            slots: Shape (N,), which tracks they are.
            fresh: Shape (N,), which of them are new.
            known: Shape (N,), which of them were seen twice or more.
            time_s: Time of the pass, s.
        """
        gap_s = time_s - self._look_s
        self._look_s = time_s
        if not gap_s <= self._tuning.follow_s:
            self._columns.start_again()
        if self._columns.look(boxes, slots, fresh=slots[fresh]):
            self._otherwise.append(time_s)
        doubted = self._often(self._otherwise, time_s)
        if fresh.any() and gap_s <= self._tuning.follow_s:
            velocities, strange = self._strangers(
                boxes, velocities, fresh=fresh, known=known, time_s=time_s, gap_s=gap_s
            )
            doubted |= strange
        if doubted:
            self._doubted_s = time_s
        return velocities, doubted

    def _strangers(
        self,
        boxes: Boxes,
        velocities: Points,
        *,
        fresh: NDArray[np.bool_],
        known: NDArray[np.bool_],
        time_s: float,
        gap_s: float,
    ) -> tuple[Points, bool]:
        """Return the velocities, new vehicles with that of their lane, and whether several appeared from nowhere."""
        new, old, moves = boxes[fresh], boxes[known], velocities[known]
        velocities = velocities.copy()
        velocities[fresh] = lane_velocities(new, old, moves, gap_s=gap_s)
        leaps = np.hypot(*velocities.T) * gap_s / (boxes[:, 2] - boxes[:, 0])
        reach = (new[:, 2] - new[:, 0]) * np.maximum(1.0, 1.5 * leaps.max(initial=0.0))
        ends = np.minimum(new[:, :2], np.array(self._size) - new[:, 2:])  # to the nearer border across, and down
        run = np.abs(velocities[fresh])
        still = ~run.any(axis=1)
        run[still] = np.abs(travel(new[still], old, moves, gap_s=gap_s))
        border = np.select([run[:, 0] > run[:, 1], run[:, 1] > run[:, 0]], [ends[:, 0], ends[:, 1]], ends.min(axis=1))
        self._strange.extend([time_s] * from_nowhere(new, boxes, inside=border > reach))
        return velocities, self._often(self._strange, time_s)

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
