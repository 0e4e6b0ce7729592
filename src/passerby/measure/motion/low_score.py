"""A second opinion on lines that count vehicles: crossings by weak boxes, which are too unreliable to count."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from passerby.measure.flow import IN_DOUBT, crossings
from passerby.measure.ground import Ground
from passerby.measure.motion.motion import Motion
from passerby.measure.motion.tuning import Tuning
from passerby.measure.place import Line
from passerby.measure.view import View
from passerby.vision.detections import Detections

LOW_SCORES = Tuning(sure=0.12, faint=0.06, mean_score=0.08, still_score=1.0, hits=4, same_share=0.5)
"""Chosen on three traffic clips. With the original scores, fewer vehicles cross by weak boxes than are counted. With
scores of 0.4 to 0.6 times that, as for small vehicles or a view from above, weak boxes show most missed vehicles."""
APART_S = 2.0
"""The time of a crossing by weak boxes differs by at most this from the time at which the vehicle is counted."""
HEARD_S = 8.0
KINDS = tuple(sorted(IN_DOUBT))


class LowScoreVehicles:
    """Finds lines that uncounted vehicles crossed, whose counts are therefore lower bounds.

    Args:
        size_px: Width and height of the picture.
        ground: Ground plane for lines in metres; None = not calibrated.
        lines: Lines that count vehicles.
    """

    def __init__(self, size_px: tuple[int, int], ground: Ground | None, lines: Sequence[Line]) -> None:
        self._motion = Motion(size_px, ground, lines=lines, tuning=LOW_SCORES)
        self._lines = tuple(lines)
        self._crossed: dict[str, deque[float]] = {line.name: deque() for line in lines}
        self._counted: dict[str, deque[float]] = {line.name: deque() for line in lines}

    def observe(self, time_s: float, found: Detections) -> None:
        """Add the detections of a frame, including weak boxes."""
        self._note(self._motion.observe(time_s, found.of(IN_DOUBT)), self._crossed)

    def skip(self, time_s: float) -> None:
        """Add a frame that was not inspected."""
        self._note(self._motion.skip(time_s), self._crossed)

    def finish(self) -> None:
        """Add the moments that were still waiting."""
        self._note(self._motion.finish(), self._crossed)

    def compared(self, view: View, *, last: bool = False) -> View:
        """Return a moment with the lines that more vehicles crossed recently by weak boxes than were counted.

        Args:
            view: The moment; moments come in order of time.
            last: Whether no later one follows.
        """
        self._note([view], self._counted)
        until_s = np.inf if last else view.time_s - APART_S
        missed = frozenset(line.name for line in self._lines if self._misses(line.name, view.time_s, until_s))
        return replace(view, missed=missed) if missed else view

    def _misses(self, name: str, time_s: float, until_s: float) -> bool:
        """Return whether more vehicles crossed by weak boxes, until a time, than were counted then."""
        for times in (self._crossed[name], self._counted[name]):
            while times and times[0] < time_s - HEARD_S:
                times.popleft()
        judged = [each for each in self._crossed[name] if time_s - HEARD_S + APART_S <= each <= until_s]
        return len(judged) > len([each for each in self._counted[name] if each <= time_s])

    def _note(self, views: Sequence[View], where: dict[str, deque[float]]) -> None:
        for view in views:
            for line in self._lines:
                where[line.name].extend(crossings(view.steps(line.space, KINDS), line).times_s.tolist())
