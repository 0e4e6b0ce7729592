"""The seam of measures: each sees every moment and, when a span ends, says what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind

TRACKS = "tracks"
"""Estimator of everything that is told from boxes followed for a moment."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that readings stand for.

    Args:
        end_s: Its end.
        span_s: Its length.
        observed_s: How much of it was really observed; a span of which nothing was is never read.
    """

    end_s: float
    span_s: float
    observed_s: float

    def reading(
        self, place: str, quantity: Quantity, value: float, *, kind: str = "", estimator: str = TRACKS
    ) -> Reading:
        """Return a reading that stands for this span."""
        return Reading(place, quantity, float(value), self.end_s, self.span_s, self.observed_s, estimator, kind)


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
