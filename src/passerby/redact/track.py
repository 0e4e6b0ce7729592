"""Which boxes of successive passes belong together, by motion and overlap alone.

A track is a list of boxes with times. It has no number and no look, it serves only to cover the
moments between and around its boxes, and it dies in memory: nothing but `timeline` may import it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from passerby.vision.boxes import areas, shared_areas

Boxes = NDArray[np.float32]

SPEED_WINDOW_S = 0.6
"""Boxes within this time tell the speed: shorter is noise, longer misses a turn."""
MEET_OVERLAP = 0.2
"""Least intersection over union of a predicted and a found box that may be the same thing."""
NEARBY = 0.6
"""Weight of the overlap of twice as large boxes: links small, fast things that no longer overlap."""


@dataclass(slots=True, eq=False)
class Track:
    """Boxes that belong together, oldest first; times in s, boxes (4,) px."""

    times_s: list[float] = field(default_factory=list)
    boxes: list[Boxes] = field(default_factory=list)
    best_score: float = 0.0
    seen: int = 0
    first_pass: int = 0

    def add(self, time_s: float, box: Boxes, *, score: float) -> None:
        """Append what a pass found."""
        self.times_s.append(time_s)
        self.boxes.append(box)
        self.best_score = max(self.best_score, score)
        self.seen += 1

    def forget(self, before_s: float) -> None:
        """Drop boxes that no frame needs any more, but keep the last one before that time and what tells the speed."""
        before_s = min(before_s, self.times_s[-1] - SPEED_WINDOW_S)
        while len(self.times_s) > 1 and self.times_s[1] <= before_s:
            del self.times_s[0], self.boxes[0]

    def at(self, time_s: float) -> Boxes:
        """Return the box at a time, shape (4,): interpolated within, moved on by speed outside."""
        times = self.times_s
        if time_s <= times[0]:
            return self._moved(self.boxes[0], time_s - times[0], first=True)
        if time_s >= times[-1]:
            return self._moved(self.boxes[-1], time_s - times[-1], first=False)
        after = int(np.searchsorted(times, time_s))
        share = (time_s - times[after - 1]) / (times[after] - times[after - 1])
        return np.asarray(self.boxes[after - 1] * (1 - share) + self.boxes[after] * share, np.float32)

    def distance_s(self, time_s: float) -> float:
        """Return how far a time is from the nearest box that was really found."""
        return float(np.abs(np.asarray(self.times_s) - time_s).min())

    def speed(self, *, first: bool) -> Boxes:
        """Return the speed of the box's centre at one end, shape (2,), px/s."""
        times = np.asarray(self.times_s)
        near = times <= times[0] + SPEED_WINDOW_S if first else times >= times[-1] - SPEED_WINDOW_S
        chosen = np.flatnonzero(near)
        span_s = times[chosen[-1]] - times[chosen[0]]
        if span_s <= 0:
            return np.zeros(2, np.float32)
        a, b = self.boxes[chosen[0]], self.boxes[chosen[-1]]
        return np.asarray(((b[:2] + b[2:]) - (a[:2] + a[2:])) / 2 / span_s, np.float32)

    def _moved(self, box: Boxes, by_s: float, *, first: bool) -> Boxes:
        shift = self.speed(first=first) * by_s
        return np.asarray(box + np.concatenate((shift, shift)), np.float32)


def overlaps(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Return the intersection over union of every pair, shape (len(a), len(b))."""
    common = shared_areas(a, b)
    return np.asarray(common / np.maximum(areas(a)[:, None] + areas(b)[None] - common, 1e-6), np.float32)


def _doubled(boxes: Boxes) -> Boxes:
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    return np.concatenate((boxes[:, :2] - half, boxes[:, 2:] + half), axis=1)


def extend(tracks: list[Track], time_s: float, *, boxes: Boxes, scores: NDArray[np.float32]) -> list[Track]:
    """Give each box of a pass to the track that it continues, best overlap first.

    Args:
        tracks: Tracks that may still go on; they are changed in place.
        time_s: Time of the pass.
        boxes: Shape (N, 4), px.
        scores: Shape (N,).

    Returns:
        New tracks, one for each box that continues none.
    """
    free_box = np.ones(len(boxes), bool)
    if tracks and len(boxes):
        expected = np.stack([track.at(time_s) for track in tracks])
        last = np.stack([track.boxes[-1] for track in tracks])
        fit = np.maximum(overlaps(expected, boxes), overlaps(last, boxes))
        fit = np.maximum(fit, NEARBY * overlaps(_doubled(last), _doubled(boxes)))
        free_track = np.ones(len(tracks), bool)
        rows, columns = np.nonzero(fit >= MEET_OVERLAP)
        for k in np.argsort(-fit[rows, columns], kind="stable"):
            row, column = rows[k], columns[k]
            if free_track[row] and free_box[column]:
                free_track[row] = free_box[column] = False
                tracks[row].add(time_s, boxes[column], score=float(scores[column]))
    fresh = []
    for column in np.flatnonzero(free_box):
        track = Track()
        track.add(time_s, boxes[column], score=float(scores[column]))
        fresh.append(track)
    return fresh
