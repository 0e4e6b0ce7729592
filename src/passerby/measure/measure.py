"""The interface of measures: each gets every moment and returns its readings when a span ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind

BOXES = "boxes"
"""Estimator of readings from the boxes of single passes, which are too far apart to follow anyone."""
TRACKS = "tracks"
"""Estimator of readings from boxes that are followed for a moment."""


@dataclass(frozen=True, slots=True)
class Span:
    """The period of time that readings describe.

    Args:
        end_s: Its end.
        span_s: Its length.
        observed_s: How much of it was actually observed; a span that was not observed at all is never read.
        followed_s: How much of that was inspected often enough to follow anyone who moves; None = all.
        estimator: What its readings are computed from, unless a reading names another.
    """

    end_s: float
    span_s: float
    observed_s: float
    followed_s: float | None = None
    estimator: str = TRACKS

    @property
    def followed(self) -> float:
        """How much of it was inspected often enough to follow anyone who moves, s."""
        return self.observed_s if self.followed_s is None else self.followed_s

    def reading(self, place: str, quantity: Quantity, value: float, *, kind: str = "", estimator: str = "") -> Reading:
        """Return a reading for this span."""
        estimator = estimator or self.estimator
        return Reading(place, quantity, float(value), self.end_s, self.span_s, self.observed_s, estimator, kind)


FOLLOWED_SHARE = 0.9
"""Quantities that need arrivals and departures are reported if these were seen for at least this share of the time."""


class Measure(Protocol):
    """Turns views into readings; stores numbers about its place and nothing about people."""

    def observe(self, view: View) -> None:
        """Add one moment; moments come in order of time."""
        ...

    def readings(self, span: Span) -> list[Reading]:
        """Return the readings of the moments since the last call, and start again."""
        ...


def word(kind: int) -> str:
    """Return the class name of a reading for a kind of detection.

    >>> word(Kind.BICYCLE)
    'bicycle'
    """
    return Kind(kind).name.lower()
