"""Which boxes of successive passes belong together, by motion and overlap alone.

A track is a list of boxes with times. It has no number and no appearance, it serves only to cover the time
between and around its boxes, and it exists only in memory: only `timeline` and `traffic` may import it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

from passerby.vision.boxes import areas, shared_areas

Boxes = NDArray[np.float32]
Box = tuple[float, float, float, float]
"""One box as plain numbers: with 200 people in view, small arrays would take most of the time of covering."""

SPEED_WINDOW_S = 0.6
"""The speed is measured over boxes within this time: a shorter time gives noise, a longer one misses a turn."""
MEET_OVERLAP = 0.2
"""Least intersection over union of a predicted and a found box that may be the same object."""
NEARBY = 0.6
"""Weight of the overlap of boxes enlarged to twice their size: links small, fast objects that no longer overlap."""
TALL_SCORE, FAINT_SCORE = 0.5, 0.3
"""A box from the first score on shows how tall a body is; one below the second may show only part of it."""
TALL_S = 1.0
"""How long that height is used."""
SHORT = 0.9
"""A weak box below this share of that height starts below the head (behind a pole: legs and coat)."""


@dataclass(slots=True, eq=False)
class Track:
    """Boxes that belong together, oldest first; times in s, boxes in px."""

    times_s: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    best_score: float = 0.0
    seen: int = 0
    first_pass: int = 0
    tall: tuple[float, float] = (-inf, 0.0)  # time and height of the latest confident box
    supports_s: list[float] = field(default_factory=list)  # when it had more evidence than one weak answer
    scores: list[float] = field(default_factory=list)

    def add(self, time_s: float, box: Box, *, score: float, supported: bool = True) -> None:
        """Append what a pass found; a weak box is extended upwards if a confident box was taller a moment ago."""
        if supported:
            self.supports_s.append(time_s)
            self.seen += 1
        height = box[3] - box[1]
        if score >= TALL_SCORE:
            self.tall = (time_s, height)
        elif score < FAINT_SCORE and time_s - self.tall[0] <= TALL_S and height < SHORT * self.tall[1]:
            top = max(self.at(time_s)[1], box[3] - self.tall[1])
            box = (box[0], min(box[1], top), box[2], box[3])
        self.times_s.append(time_s)
        self.boxes.append(box)
        self.scores.append(score)
        self.best_score = max(self.best_score, score)

    def forget(self, before_s: float) -> None:
        """Drop boxes that frames no longer need; keep the last one before that time and those needed for the speed."""
        before_s = min(before_s, self.times_s[-1] - SPEED_WINDOW_S)
        while len(self.times_s) > 1 and self.times_s[1] <= before_s:
            del self.times_s[0], self.boxes[0], self.scores[0]
        while len(self.supports_s) > 1 and self.supports_s[1] <= before_s:
            del self.supports_s[0]

    def supported(self, after_s: float, until_s: float) -> bool:
        """Return whether it had more evidence than one weak answer at some pass between two times."""
        first = bisect_left(self.supports_s, after_s)
        return first < len(self.supports_s) and self.supports_s[first] <= until_s

    def found(self, start_s: float, end_s: float) -> list[tuple[Box, float]]:
        """Return the boxes that passes between two times found, both included, with their scores."""
        span = slice(bisect_left(self.times_s, start_s), bisect_right(self.times_s, end_s))
        return list(zip(self.boxes[span], self.scores[span], strict=True))

    def at(self, time_s: float) -> Box:
        """Return the box at a time: interpolated between detections, moved at its speed before and after them."""
        times = self.times_s
        if time_s <= times[0]:
            return self._moved(self.boxes[0], time_s - times[0], first=True)
        if time_s >= times[-1]:
            return self._moved(self.boxes[-1], time_s - times[-1], first=False)
        after = bisect_left(times, time_s)
        share = (time_s - times[after - 1]) / (times[after] - times[after - 1])
        x1, y1, x2, y2 = self.boxes[after - 1]
        to_x1, to_y1, to_x2, to_y2 = self.boxes[after]
        rest = 1 - share

        return (
            x1 * rest + to_x1 * share,
            y1 * rest + to_y1 * share,
            x2 * rest + to_x2 * share,
            y2 * rest + to_y2 * share,
        )

    def distance_s(self, time_s: float) -> float:
        """Return the time to the nearest detection, s."""
        after = bisect_left(self.times_s, time_s)
        return min(abs(time_s - near_s) for near_s in self.times_s[max(0, after - 1) : after + 1])

    def speed(self, *, first: bool) -> tuple[float, float]:
        """Return the speed of the box's centre at one end, px/s."""
        times = self.times_s
        start = 0 if first else bisect_left(times, times[-1] - SPEED_WINDOW_S)
        end = bisect_right(times, times[0] + SPEED_WINDOW_S) - 1 if first else len(times) - 1
        span_s = times[end] - times[start]
        if span_s <= 0:
            return 0.0, 0.0
        a, b = self.boxes[start], self.boxes[end]
        return (b[0] + b[2] - a[0] - a[2]) / 2 / span_s, (b[1] + b[3] - a[1] - a[3]) / 2 / span_s

    def _moved(self, box: Box, by_s: float, *, first: bool) -> Box:
        across, down = self.speed(first=first) if by_s else (0.0, 0.0)
        x, y = across * by_s, down * by_s
        return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def overlaps(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Return the intersection over union of every pair, shape (len(a), len(b))."""
    common = shared_areas(a, b)
    return np.asarray(common / np.maximum(areas(a)[:, None] + areas(b)[None] - common, 1e-6), np.float32)


def _doubled(boxes: Boxes) -> Boxes:
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    return np.concatenate((boxes[:, :2] - half, boxes[:, 2:] + half), axis=1)


def extend(
    tracks: list[Track],
    time_s: float,
    *,
    boxes: Boxes,
    scores: NDArray[np.float32],
    supported: NDArray[np.bool_] | None = None,
) -> list[Track]:
    """Give each box of a pass to the track that it continues, best overlap first.

    Args:
        tracks: Tracks that may still continue; they are changed in place.
        time_s: Time of the pass.
        boxes: Shape (N, 4), px.
        scores: Shape (N,).
        supported: Shape (N,), which boxes have more evidence than one weak answer; None = all.

    Returns:
        New tracks, one for each box that continues no track.
    """
    sure = [True] * len(boxes) if supported is None else supported.tolist()
    found: list[tuple[Box, float, bool]] = list(zip(map(tuple, boxes.tolist()), scores.tolist(), sure, strict=True))
    free_box = [True] * len(found)
    if tracks and found:
        expected = np.array([track.at(time_s) for track in tracks], np.float32)
        last = np.array([track.boxes[-1] for track in tracks], np.float32)
        fit = np.maximum(overlaps(expected, boxes), overlaps(last, boxes))
        fit = np.maximum(fit, NEARBY * overlaps(_doubled(last), _doubled(boxes)))
        free_track = [True] * len(tracks)
        mine, theirs = np.nonzero(fit >= MEET_OVERLAP)
        best = np.argsort(-fit[mine, theirs], kind="stable")
        for row, column in zip(mine[best].tolist(), theirs[best].tolist(), strict=True):
            if free_track[row] and free_box[column]:
                free_track[row] = free_box[column] = False
                box, score, support = found[column]
                tracks[row].add(time_s, box, score=score, supported=support)

    fresh = []
    for (box, score, support), free in zip(found, free_box, strict=True):
        if free:
            track = Track()
            track.add(time_s, box, score=score, supported=support)
            fresh.append(track)

    return fresh
