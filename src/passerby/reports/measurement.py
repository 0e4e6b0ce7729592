"""Summarises a recording's readings in a few numbers per place, for a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from passerby.measure.reading import Aggregate, Quantity, Reading

SummaryKey = tuple[str, Quantity, str]


@dataclass(slots=True)
class _Sum:
    """Running totals of one quantity of one place."""

    total: float = 0.0
    weighted: float = 0.0
    observed_s: float = 0.0
    largest: float = float("-inf")
    latest: float = 0.0


@dataclass(slots=True)
class PlaceSummary:
    """One place over a whole recording.

    Args:
        place: Its name.
        values: Value of each quantity and class, aggregated as the quantity requires.
        coverage: Share of the recording in which it was observed.
    """

    place: str
    values: dict[tuple[Quantity, str], float] = field(default_factory=dict)
    coverage: float = 0.0

    def value(self, quantity: Quantity, kind: str = "") -> float | None:
        """Return the value of a quantity and class; None if it was never measured."""
        return self.values.get((quantity, kind))


class MeasurementSummary:
    """Aggregates the readings of a recording without storing them."""

    def __init__(self) -> None:
        self._sums: defaultdict[SummaryKey, _Sum] = defaultdict(_Sum)

    def add(self, readings: Iterable[Reading]) -> None:
        """Add readings."""
        for each in readings:
            known = self._sums[each.place, each.quantity, each.kind]
            known.total += each.value
            known.weighted += each.value * each.observed_s
            known.observed_s += each.observed_s
            known.largest = max(known.largest, each.value)
            known.latest = each.value

    def join(self, later: MeasurementSummary) -> None:
        """Add the readings of a later recording of the same places."""
        for key, other in later._sums.items():
            known = self._sums[key]
            known.total += other.total
            known.weighted += other.weighted
            known.observed_s += other.observed_s
            known.largest = max(known.largest, other.largest)
            known.latest = other.latest

    def places(self, length_s: float) -> list[PlaceSummary]:
        """Return a summary of every place, in the order of their first readings.

        Args:
            length_s: Length of the recording, s.
        """
        made: dict[str, PlaceSummary] = {}
        for (place, quantity, kind), known in self._sums.items():
            summary = made.setdefault(place, PlaceSummary(place))
            summary.values[quantity, kind] = _value(quantity, known)
            if length_s > 0:
                summary.coverage = max(summary.coverage, min(1.0, known.observed_s / length_s))
        return list(made.values())


def _value(quantity: Quantity, known: _Sum) -> float:
    match quantity.aggregate:
        case Aggregate.SUM | Aggregate.EVENT:
            return known.total
        case Aggregate.MAX:
            return known.largest
        case Aggregate.LAST:
            return known.latest
    return known.weighted / known.observed_s if known.observed_s else known.latest
