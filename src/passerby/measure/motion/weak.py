"""A second opinion on lines that count vehicles: what crossed by weak boxes too, which alone would be no count."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from passerby.measure.flow import IN_DOUBT, crossings
from passerby.measure.ground import Ground
from passerby.measure.motion.motion import Motion
from passerby.measure.motion.tuning import Tuning
from passerby.measure.place import Line
from passerby.measure.view import View
from passerby.vision.detections import Detections

WEAK = Tuning(sure=0.12, faint=0.06, mean_score=0.08, still_score=1.0, hits=4, same_share=0.5)
"""Chosen on three clips of traffic: with the scores as they are fewer cross by weak boxes than are counted; with scores
of 0.4 to 0.6 of that, as of vehicles from above or too small, most of those that are missed."""
APART_S = 2.0
"""A vehicle crosses by weak boxes at most this much earlier or later than it is counted."""
HEARD_S = 8.0
KINDS = tuple(sorted(IN_DOUBT))


class WeakVehicles:
    """Notes lines that vehicles crossed which were not counted: their counts are lower bounds.

    Args:
        size_px: Width and height of the picture.
        ground: For lines in metres.
        lines: Lines that count vehicles.
    """

    def __init__(self, size_px: tuple[int, int], ground: Ground | None, lines: Sequence[Line]) -> None:
        self._motion = Motion(size_px, ground, lines=lines, tuning=WEAK)
        self._lines = tuple(lines)
        self._weak: dict[str, deque[float]] = {line.name: deque() for line in lines}
        self._counted: dict[str, deque[float]] = {line.name: deque() for line in lines}

    def observe(self, time_s: float, found: Detections) -> None:
        """Take what was found in a frame, weak boxes among it."""
        self._note(self._motion.observe(time_s, found.of(IN_DOUBT)), self._weak)

    def skip(self, time_s: float) -> None:
        """Note a frame that nobody looked at."""
        self._note(self._motion.skip(time_s), self._weak)

    def compared(self, view: View) -> View:
        """Return a moment with the lines that more crossed by weak boxes than were counted lately."""
        self._note([view], self._counted)
        missed = frozenset(line.name for line in self._lines if self._misses(line.name, view.time_s))
        return replace(view, missed=missed) if missed else view

    def _misses(self, name: str, time_s: float) -> bool:
        """Return whether more crossed by weak boxes, up to `APART_S` ago, than were counted around that time."""
        for times in (self._weak[name], self._counted[name]):
            while times and times[0] < time_s - HEARD_S:
                times.popleft()
        judged = [each for each in self._weak[name] if time_s - HEARD_S + APART_S <= each <= time_s - APART_S]
        return len(judged) > len([each for each in self._counted[name] if each <= time_s])

    def _note(self, views: Sequence[View], where: dict[str, deque[float]]) -> None:
        for view in views:
            for line in self._lines:
                where[line.name].extend(crossings(view.steps(line.space, KINDS), line).times_s.tolist())
