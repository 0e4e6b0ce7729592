"""The boxes of the last frames by slot, from which moments are computed; they never leave `motion`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes, Indices
from passerby.measure.view import Points

FIRST_ROWS = 64


class RecentBoxes:
    """Where each slot was seen in each of the last frames, one row per frame, in order of time.

    Stored in one array whose rows are moved to the beginning when it is full, so that rows are read without a copy.

    Args:
        slots: How many slots there are.
    """

    def __init__(self, slots: int) -> None:
        self._times = np.zeros(FIRST_ROWS)
        self._looked = np.zeros(FIRST_ROWS, np.bool_)
        self._seen = np.zeros((FIRST_ROWS, slots), np.bool_)
        self._boxes = np.zeros((FIRST_ROWS, 4, slots))
        self._first = self._end = 0

    def append(self, time_s: float) -> None:
        """Begin the row of a frame that is not inspected yet."""
        if self._end == len(self._times):
            self._make_room()
        self._times[self._end], self._looked[self._end] = time_s, False
        self._seen[self._end] = False
        self._boxes[self._end] = 0.0
        self._end += 1

    def put(self, slots: Indices, boxes: Boxes, *, of: int) -> None:
        """Store what was seen in the last frame.

        Args:
            slots: Shape (N,), slots that were seen.
            boxes: Shape (N, 4), their boxes.
            of: How many slots there are now.
        """
        more = of - self._seen.shape[1]
        if more > 0:
            self._seen = np.pad(self._seen, ((0, 0), (0, more)))
            self._boxes = np.pad(self._boxes, ((0, 0), (0, 0), (0, more)))
        row = self._end - 1
        self._looked[row] = True
        self._seen[row, slots] = True
        self._boxes[row][:, slots] = boxes.T

    def forget(self, slots: Indices) -> None:
        """Remove slots from all frames."""
        self._seen[:, slots] = False
        self._boxes[:, :, slots] = 0.0

    def drop(self, before_s: float) -> None:
        """Remove the frames before a time."""
        self._first += int(np.searchsorted(self._times[self._first : self._end], before_s))

    def rows(self, after_s: float, until_s: float) -> range:
        """Return the rows after one time and up to another; they are valid until the next frame."""
        low, high = np.searchsorted(self._times[self._first : self._end], (after_s, until_s), side="right")
        return range(self._first + int(low), self._first + int(high))

    def time_s(self, row: int) -> float:
        """Return the time of a row's frame."""
        return float(self._times[row])

    def looked(self, row: int) -> bool:
        """Return whether a row's frame was inspected."""
        return bool(self._looked[row])

    def linked(self, row: int, *, gap_s: float, most: int) -> int:
        """Return how many passes, including that of a row, are linked by gaps of at most `gap_s`; at most `most`."""
        looks = np.flatnonzero(self._looked[self._first : self._end]) + self._first
        at = int(np.searchsorted(looks, row))
        near = np.diff(self._times[looks]) <= gap_s
        count = 1
        while count < most and at + count - 1 < len(near) and near[at + count - 1]:
            count += 1
        before = 0
        while count + before < most and at - before > 0 and near[at - before - 1]:
            before += 1
        return count + before

    def nearest_s(self, row: int) -> tuple[Points, Points]:
        """Return for each slot when it was last seen up to a row, and first seen from that row on, s; inf = never."""
        seen, times = self._seen, self._times[:, None]
        past, coming = slice(self._first, row + 1), slice(row, self._end)
        earlier = np.where(seen[past], times[past], -np.inf).max(axis=0)
        later = np.where(seen[coming], times[coming], np.inf).min(axis=0)
        return earlier, later

    def around(self, row: int, slots: Indices, *, reach_s: float) -> tuple[Points, NDArray[np.bool_], Boxes]:
        """Return what was seen of slots near a row.

        Args:
            row: Row of the moment.
            slots: Shape (N,).
            reach_s: Largest time from the moment, s.

        Returns:
            Time of each row from the moment (R,), whether each slot was seen (R, N), and boxes (R, 4, N), 0 = not seen.
        """
        away_s = self._times[self._first : self._end] - self._times[row]
        low, high = np.searchsorted(away_s, (-reach_s, reach_s))
        near = slice(self._first + int(low), self._first + int(high))
        return away_s[low:high], self._seen[near].take(slots, axis=1), self._boxes[near].take(slots, axis=2)

    def _make_room(self) -> None:
        """Move the rows to the beginning of the array, and double its size if they fill more than half of it."""
        kept = slice(self._first, self._end)
        rows = self._end - self._first
        size = len(self._times) * (2 if 2 * rows > len(self._times) else 1)
        for name in ("_times", "_looked", "_seen", "_boxes"):
            old = getattr(self, name)
            new = np.zeros((size, *old.shape[1:]), old.dtype)
            new[:rows] = old[kept]
            setattr(self, name, new)
        self._first = 0
        self._end = rows
