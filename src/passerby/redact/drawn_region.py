"""Regions that a person drew on frames of a recording: where each is at the key frames, and between them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from passerby.redact.mask import Cover

Points = tuple[tuple[float, float], ...]
"""Corners as (x, y), px: two for a box (top left, bottom right), three or more for a polygon."""
Edges = tuple[float, float, float, float]
"""x1, y1, x2, y2, px."""


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """Where a region is at one time, as a person drew it.

    Args:
        time_s: Presentation time of the frame, s.
        points: Its corners there.
    """

    time_s: float
    points: Points


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A region with its key frames.

    Args:
        name: Its name in messages.
        keys: In order of time, at least one; all with the same number of corners.
        from_s: Presentation time from which it applies, s; not after the first key frame.
        to_s: Presentation time up to and including which it applies, s; not before the last key frame.
        follow: Whether it follows what is in it; otherwise it moves evenly between key frames.
    """

    name: str
    keys: tuple[KeyFrame, ...]
    from_s: float
    to_s: float
    follow: bool

    def applies(self, time_s: float) -> bool:
        """Return whether it applies to a frame."""
        return self.from_s <= time_s <= self.to_s

    def at(self, time_s: float) -> Points:
        """Return its corners at a time: evenly between key frames, as drawn before the first and after the last.

        >>> keys = KeyFrame(1.0, ((0, 0), (4, 4))), KeyFrame(2.0, ((10, 0), (14, 4)))
        >>> DrawnRegion("", keys, 0.0, 3.0, follow=False).at(1.5)
        ((5.0, 0.0), (9.0, 4.0))
        """
        after = bisect_right([key.time_s for key in self.keys], time_s)
        if after in {0, len(self.keys)}:
            return self.keys[min(after, len(self.keys) - 1)].points
        one, two = self.keys[after - 1], self.keys[after]
        return blended(one.points, two.points, (time_s - one.time_s) / (two.time_s - one.time_s))


def blended(one: Points, two: Points, share: float) -> Points:
    """Return corners between two places: `share` 0 is the first, 1 the second."""
    pairs = zip(one, two, strict=True)
    return tuple((x + share * (to_x - x), y + share * (to_y - y)) for (x, y), (to_x, to_y) in pairs)


def edges_of(points: Points) -> Edges:
    """Return the box around corners."""
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def fitted(points: Points, box: Edges, *, into: Edges) -> Points:
    """Return corners moved and scaled as one box became another.

    >>> fitted(((0, 0), (2, 2)), (0, 0, 2, 2), into=(10, 0, 14, 4))
    ((10.0, 0.0), (14.0, 4.0))
    """
    (x1, y1, x2, y2), (to_x1, to_y1, to_x2, to_y2) = box, into
    across = (to_x2 - to_x1) / max(1e-6, x2 - x1)
    down = (to_y2 - to_y1) / max(1e-6, y2 - y1)
    return tuple((to_x1 + across * (x - x1), to_y1 + down * (y - y1)) for x, y in points)


def cover_of(points: Points) -> Cover:
    """Return the cover of corners, rounded outwards."""
    if len(points) > 2:  # a box has two corners
        around = np.array(points)
        middle = around.mean(axis=0)
        outwards = np.where(around < middle, np.floor(around), np.ceil(around)).astype(np.int32)
        return Cover(np.empty((0, 4), np.int32), np.empty(0, np.bool_), (outwards,))
    x1, y1, x2, y2 = edges_of(points)
    box = np.array([[np.floor(x1), np.floor(y1), np.ceil(x2), np.ceil(y2)]], np.int32)
    return Cover(box, np.zeros(1, np.bool_))
