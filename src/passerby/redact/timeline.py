"""Cover in both directions of time: what earlier and later passes found decides what is covered in a frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from passerby.redact.track import Box, Boxes, Track, extend
from passerby.vision.picture.similarity import Similarity

SETTLE = 0.07
"""Growth of a box per second since or until the nearest detection, as a share of its larger side. The same for all:
less for certain tracks leaves more heads exposed where the view zooms."""
ROUNDED_PX, LEAST_MARGIN_PX = 0.5, 1.0
"""What rounding outwards adds to each side on average, px, and the margin of a side from which on it is part of that
margin (docs/decisions/0062-rounding-is-margin.md)."""
SURE_SCORE = 0.7
SURE_PASSES = 20
"""A track that reached SURE_SCORE and was found in SURE_PASSES passes is held for the full time, others for less."""
LEAST_HOLD_S = 0.1
LINK_S = 1.5
"""A detection may continue a track whose last one is up to this long ago, or up to twice the hold time if longer."""
SUPPORT_S = 0.5
"""A weak detection is covered if its track had support within this time before or after it, or within its hold time."""
SHORT_GAP_S = 0.5
"""A track is covered in every gap up to this: three passes that did not find it."""
FIRM_S = 0.5
"""A longer gap needs firm detections within this time before and after it, or the same box on both sides: weak ones may
be unrelated."""
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
        self._rounded_px = 0.0

    def observe(
        self,
        time_s: float,
        *,
        boxes: Boxes,
        scores: NDArray[np.float32],
        evidence: NDArray[np.uint8] | None = None,
    ) -> None:
        """Add what a pass found; passes come in order of time.

        Args:
            time_s: Time of the pass.
            boxes: Shape (N, 4), px.
            scores: Shape (N,).
            evidence: Shape (N,), `Evidence` of each box; None = all of it. Boxes without support are covered only while
                their track has it at a near time; a long gap only between firm boxes.
        """
        alive = [track for track in self._tracks if time_s - track.times_s[-1] <= self._link_s]
        fresh = extend(alive, time_s, boxes=boxes, scores=scores, evidence=evidence)
        for track in fresh:
            track.first_pass = self._passes
        self._tracks += fresh
        self._passes += 1

    def move(self, by: Similarity) -> None:
        """Express all boxes in another frame of reference."""
        for track in self._tracks:
            track.move(by)

    def forget(self, before_s: float) -> None:
        """Drop what frames from this time on no longer need."""
        for track in self._tracks:
            track.forget(before_s - self.hold_s)
        self._tracks = [t for t in self._tracks if t.times_s[-1] + self._link_s >= before_s]

    def between(self, start_s: float, end_s: float, *, rounded: bool = False) -> Boxes:
        """Return enlarged boxes, shape (N, 4), that each enclose one object during the time between two passes.

        Args:
            start_s: Time of the first pass.
            end_s: Time of the second pass, or the same.
            rounded: Whether they are about to be rounded outwards, without being moved before; that is part of the
                margin then.
        """
        self._rounded_px = ROUNDED_PX if rounded else 0.0
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
        since_s, until_s = start_s - max(SUPPORT_S, after_s), end_s + max(SUPPORT_S, before_s)
        if not track.supported(since_s, until_s, at_s=min(max(start_s, track.times_s[0]), track.times_s[-1])):
            return None
        if (gap := track.gap(start_s, end_s)) and not _bridged(track, *gap):
            held = start_s <= gap[0] + after_s + EDGE_S or end_s >= gap[1] - before_s - EDGE_S
            if not held:
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
        across, down = (self._room_px(side) + away for side in (width, height))
        if not first_s <= time_s <= last_s:  # it may have stood still or walked on
            box = _around(box, track.boxes[0] if time_s < first_s else track.boxes[-1])
        return box[0] - across, box[1] - down, box[2] + across, box[3] + down

    def _room_px(self, side_px: float) -> float:
        """Return the margin at both ends of a side."""
        room_px = side_px * self.margin / 2
        return room_px - self._rounded_px if room_px >= LEAST_MARGIN_PX else room_px


def _bridged(track: Track, last_s: float, next_s: float) -> bool:
    """Return whether a track is covered all the time between two detections: not where both may be mistakes."""
    if next_s - last_s <= SHORT_GAP_S or track.stays(last_s, next_s):
        return True
    return track.firm(last_s - FIRM_S, last_s) and track.firm(next_s, next_s + FIRM_S)


def _around(one: Box, other: Box) -> Box:
    """Return the smallest box that contains both."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
