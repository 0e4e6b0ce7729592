"""Cover in both directions of time: what earlier and later passes found decides what is covered in a frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from passerby.redact.track import Box, Boxes, Track, extend

SETTLE = 0.07
"""Growth of a box per second since or until the nearest detection, as a share of its larger side."""
SURE_SCORE = 0.7
SURE_PASSES = 20
"""A track that reached SURE_SCORE and was found in SURE_PASSES passes is held for the full time, others for less."""
LEAST_HOLD_S = 0.1
LINK_S = 1.5
"""A detection may continue a track whose last one is up to this long ago, or up to twice the hold time if longer."""
SUPPORT_S = 0.5
"""A weak detection is covered if its track had support within this time before or after it, or within its hold time."""
WALK_ON_S = 0.4
"""Before the first and after the last detection, a box keeps its speed for this long; then it may have stopped."""
EDGE_S = 1e-6
"""A frame this close to the end of the hold time still belongs to it: sums of times are rounded."""


class Timeline:
    """Remembers recent passes for one rule; older ones are forgotten.

    Args:
        hold_s: Cover starts this long before the first detection of a track and ends this long after the last.
        margin: Growth of every box, as a share of its width and height (0.2 = 10 % on each side).
    """

    def __init__(self, *, hold_s: float, margin: float) -> None:
        self.hold_s = hold_s
        self.margin = margin
        self._link_s = max(LINK_S, 2 * hold_s)
        self._tracks: list[Track] = []
        self._passes = 0
        self._latest: list[tuple[Track, Box]] = []

    def observe(
        self, time_s: float, *, boxes: Boxes, scores: NDArray[np.float32], supported: NDArray[np.bool_] | None = None
    ) -> None:
        """Add what a pass found; passes come in order of time.

        Args:
            time_s: Time of the pass.
            boxes: Shape (N, 4), px.
            scores: Shape (N,).
            supported: Shape (N,), which boxes have more evidence than one weak answer; None = all. The others are
                covered only while their track has support at a near time.
        """
        alive = [track for track in self._tracks if time_s - track.times_s[-1] <= self._link_s]
        fresh = extend(alive, time_s, boxes=boxes, scores=scores, supported=supported)
        for track in fresh:
            track.first_pass = self._passes
        self._tracks += fresh
        self._passes += 1

    def forget(self, before_s: float) -> None:
        """Drop what frames from this time on no longer need."""
        for track in self._tracks:
            track.forget(before_s - self.hold_s)
        self._tracks = [t for t in self._tracks if t.times_s[-1] + self._link_s >= before_s]

    def between(self, start_s: float, end_s: float) -> Boxes:
        """Return enlarged boxes, shape (N, 4), that each enclose one object during the time between two passes."""
        self._latest = [
            (track, box) for track in self._tracks if (box := self._hull(track, start_s, end_s)) is not None
        ]
        return np.array([box for _, box in self._latest], np.float32).reshape(-1, 4)

    def evidence(self, start_s: float, end_s: float) -> Iterator[tuple[Box, list[tuple[Box, float]]]]:
        """Yield each box of the latest `between`, and what passes between these times found for it, with scores."""
        for track, box in self._latest:
            yield box, track.found(start_s, end_s)

    def _hull(self, track: Track, start_s: float, end_s: float) -> Box | None:
        known = self._passes - track.first_pass  # fewer for a person who has just appeared
        before_s, after_s = self._hold(track, min(SURE_PASSES, known)), self._hold(track, SURE_PASSES)
        first_s, last_s = track.times_s[0] - before_s, track.times_s[-1] + after_s
        if end_s < first_s - EDGE_S or start_s > last_s + EDGE_S:
            return None
        if not track.supported(start_s - max(SUPPORT_S, after_s), end_s + max(SUPPORT_S, before_s)):
            return None
        one = self._grown(track, min(max(start_s, first_s), last_s))
        return one if start_s == end_s else _around(one, self._grown(track, min(max(end_s, first_s), last_s)))

    def _hold(self, track: Track, passes: int) -> float:
        sure = min(1.0, track.best_score / SURE_SCORE) * min(1.0, track.seen / passes)
        return min(self.hold_s, max(LEAST_HOLD_S, self.hold_s * sure))

    def _grown(self, track: Track, time_s: float) -> Box:
        first_s, last_s = track.times_s[0], track.times_s[-1]
        box = track.at(min(max(time_s, first_s - WALK_ON_S), last_s + WALK_ON_S))
        width, height = box[2] - box[0], box[3] - box[1]
        away = SETTLE * track.distance_s(time_s) * max(width, height)
        across, down = width * self.margin / 2 + away, height * self.margin / 2 + away
        if not first_s <= time_s <= last_s:  # it may have stood still or walked on
            box = _around(box, track.boxes[0] if time_s < first_s else track.boxes[-1])
        return box[0] - across, box[1] - down, box[2] + across, box[3] + down


def _around(one: Box, other: Box) -> Box:
    """Return the smallest box that contains both."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
