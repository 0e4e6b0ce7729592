"""The seam of measures: each sees every moment and, when a span ends, says what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind

BOXES = "boxes"
"""Estimator of what is told from boxes of single looks, which are too seldom to follow anybody."""
TRACKS = "tracks"
"""Estimator of everything that is told from boxes followed for a moment."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that readings stand for.

    Args:
        end_s: Its end.
        span_s: Its length.
        observed_s: How much of it was really observed; a span of which nothing was is never read.
        followed_s: How much of that was looked at often enough to follow who moves; None = all.
        estimator: What its readings are told from, unless they say otherwise.
    """

    end_s: float
    span_s: float
    observed_s: float
    followed_s: float | None = None
    estimator: str = TRACKS

    @property
    def followed(self) -> float:
        """How much of it was looked at often enough to follow who moves, s."""
        return self.observed_s if self.followed_s is None else self.followed_s

    def reading(self, place: str, quantity: Quantity, value: float, *, kind: str = "", estimator: str = "") -> Reading:
        """Return a reading that stands for this span."""
        estimator = estimator or self.estimator
        return Reading(place, quantity, float(value), self.end_s, self.span_s, self.observed_s, estimator, kind)


FOLLOWED_SHARE = 0.9
"""What needs arrivals and departures is told where they were seen in at least this share of the time."""


class Measure(Protocol):
    """Turns views into readings; keeps numbers about its place and nothing about people."""

    def observe(self, view: View) -> None:
        """Take one moment; moments come in order of time."""
        ...

    def readings(self, span: Span) -> list[Reading]:
        """Return what the moments since the last call say, and begin anew."""
        ...


def word(kind: int) -> str:
    """Return the class of a reading for a kind of body.

    >>> word(Kind.BICYCLE)
    'bicycle'
    """
    return Kind(kind).name.lower()
