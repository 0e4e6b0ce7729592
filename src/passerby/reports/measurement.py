"""Summarises a recording's readings in a few numbers per place, for a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from passerby.measure.counter_flow import counter_flow_share
from passerby.measure.reading import Aggregate, Bounds, Quantity, Reading

PERSON = "person"
SummaryKey = tuple[str, Quantity, str]


@dataclass(slots=True)
class _Sum:
    """Running totals of one quantity of one place: of its values, or of one end of their intervals."""

    total: float = 0.0
    weighted: float = 0.0
    observed_s: float = 0.0
    largest: float = float("-inf")
    latest: float = 0.0

    def add(self, value: float, observed_s: float) -> None:
        """Add a value."""
        self.total += value
        self.weighted += value * observed_s
        self.observed_s += observed_s
        self.largest = max(self.largest, value)
        self.latest = value

    def join(self, later: _Sum) -> None:
        """Add the totals of a later part."""
        self.total += later.total
        self.weighted += later.weighted
        self.observed_s += later.observed_s
        self.largest = max(self.largest, later.largest)
        self.latest = later.latest

    def together(self, aggregate: Aggregate) -> float:
        """Return the value of the whole recording."""
        match aggregate:
            case Aggregate.SUM | Aggregate.EVENT:
                return self.total
            case Aggregate.MAX:
                return self.largest
            case Aggregate.LAST:
                return self.latest
        return self.weighted / self.observed_s if self.observed_s else self.latest


@dataclass(slots=True)
class PlaceSummary:
    """One place over a whole recording.

    Args:
        place: Its name.
        values: Value of each quantity and class, aggregated as the quantity requires.
        coverage: Share of the recording in which it was observed.
        bounds: Between what the true values lie, of those of which it is known.
    """

    place: str
    values: dict[tuple[Quantity, str], float] = field(default_factory=dict)
    coverage: float = 0.0
    bounds: dict[tuple[Quantity, str], Bounds] = field(default_factory=dict)

    def value(self, quantity: Quantity, kind: str = "") -> float | None:
        """Return the value of a quantity and class; None if it was never measured."""
        return self.values.get((quantity, kind))


class MeasurementSummary:
    """Aggregates the readings of a recording without storing them."""

    def __init__(self) -> None:
        self._sums: defaultdict[SummaryKey, _Sum] = defaultdict(_Sum)
        self._lows: defaultdict[SummaryKey, _Sum] = defaultdict(_Sum)
        self._highs: defaultdict[SummaryKey, _Sum] = defaultdict(_Sum)
        self._bounded: set[SummaryKey] = set()
        self._open: set[SummaryKey] = set()

    def add(self, readings: Iterable[Reading]) -> None:
        """Add readings."""
        for each in readings:
            key = (each.place, each.quantity, each.kind)
            low, high = each.bounds
            if low is not None:
                self._bounded.add(key)
            if low is not None and high is None:
                self._open.add(key)
            ends = ((self._sums, each.value), (self._lows, low), (self._highs, high))
            for sums, end in ends:
                sums[key].add(each.value if end is None else end, each.observed_s)

    def join(self, later: MeasurementSummary) -> None:
        """Add the readings of a later recording of the same places."""
        for own, other in ((self._sums, later._sums), (self._lows, later._lows), (self._highs, later._highs)):
            for key, sums in other.items():
                own[key].join(sums)
        self._bounded |= later._bounded
        self._open |= later._open

    def places(self, length_s: float) -> list[PlaceSummary]:
        """Return a summary of every place, in the order of their first readings.

        Args:
            length_s: Length of the recording, s.
        """
        made: dict[str, PlaceSummary] = {}
        for (place, quantity, kind), known in self._sums.items():
            summary = made.setdefault(place, PlaceSummary(place))
            key = (place, quantity, kind)
            summary.values[quantity, kind] = self._value(key)
            if key in self._bounded:
                low, high = (sums[key].together(quantity.aggregate) for sums in (self._lows, self._highs))
                summary.bounds[quantity, kind] = (low, None if key in self._open else high)
            if length_s <= 0 and known.observed_s:
                summary.coverage = 1.0  # one moment, which was inspected
            if length_s > 0:
                summary.coverage = max(summary.coverage, min(1.0, known.observed_s / length_s))
        return list(made.values())

    def _value(self, key: SummaryKey) -> float:
        place, quantity, _ = key
        if quantity.aggregate is not Aggregate.SHARE:
            return self._sums[key].together(quantity.aggregate)
        both = ((place, each, PERSON) for each in (Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT))
        inwards, outwards = (self._sums[each].total if each in self._sums else 0.0 for each in both)
        return counter_flow_share(inwards, outwards)
