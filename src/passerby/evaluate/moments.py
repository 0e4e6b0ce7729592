"""The worst moments: the few periods in which most was exposed, for a person to look at."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

from passerby.evaluate.result import Moment
from passerby.evaluate.truth import UNKNOWN

KEPT: Final = 10
_GAP_S: Final = 1.0
"""Exposures of one labelled person that are this close in time form one moment."""


@dataclass(frozen=True, slots=True)
class ExposedHead:
    """One exposed head.

    Args:
        frame: Number of the frame, counted from 0.
        time_s: Its time.
        box_px: x1 y1 x2 y2, clipped to the picture.
        covered: Covered share, in [0, 1].
    """

    frame: int
    time_s: float
    box_px: tuple[int, int, int, int]
    covered: float


@dataclass(slots=True)
class _Stretch:
    """A moment that may continue."""

    first_s: float
    last: ExposedHead
    peak: ExposedHead
    frames: int = 0
    bare: float = 0.0

    def add(self, inspect: ExposedHead) -> None:
        self.last = inspect
        self.peak = min(self.peak, inspect, key=lambda each: each.covered)
        self.frames += 1
        self.bare += 1 - inspect.covered


class Moments:
    """Joins the exposed heads of one labelled person into moments, and returns the worst.

    The person numbers of the labels connect them here and are not passed on.
    """

    def __init__(self) -> None:
        self._open: dict[int, _Stretch] = {}
        self._worst: list[tuple[float, int, Moment]] = []
        self._closed = 0

    def add(self, person: int, inspect: ExposedHead) -> None:
        """Add an exposed head; they arrive in order of time."""
        stretch = self._open.pop(person, None)
        if stretch is not None and (person == UNKNOWN or inspect.time_s - stretch.last.time_s > _GAP_S):
            self._close(stretch)
            stretch = None
        stretch = stretch or _Stretch(inspect.time_s, inspect, inspect)
        stretch.add(inspect)
        self._open[person] = stretch

    def worst(self) -> list[Moment]:
        """Return the worst moments; first the one with most exposed over its frames."""
        while self._open:
            self._close(self._open.popitem()[1])
        return [moment for _, _, moment in sorted(self._worst, key=lambda each: each[:2], reverse=True)]

    def _close(self, stretch: _Stretch) -> None:
        peak = stretch.peak
        moment = Moment(
            first_s=round(stretch.first_s, 6),
            last_s=round(stretch.last.time_s, 6),
            frames=stretch.frames,
            frame=peak.frame,
            box_px=peak.box_px,
            covered=round(peak.covered, 4),
        )
        self._closed += 1  # never equal, so that moments themselves are not compared
        entry = (stretch.bare, -self._closed, moment)
        if len(self._worst) < KEPT:
            heapq.heappush(self._worst, entry)
        else:
            heapq.heappushpop(self._worst, entry)
