"""What a recording says of its places in a few numbers: for people who read a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from passerby.measure.flow import counter_flow_share
from passerby.measure.reading import Aggregate, Quantity, Reading

PERSON = "person"
Key = tuple[str, Quantity, str]


@dataclass(slots=True)
class _Sum:
    """What is known of one quantity of one place."""

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
        values: Value of each quantity and class, brought together as the quantity says.
        coverage: Share of the recording in which it was observed.
    """

    place: str
    values: dict[tuple[Quantity, str], float] = field(default_factory=dict)
    coverage: float = 0.0

    def value(self, quantity: Quantity, kind: str = "") -> float | None:
        """Return the value of a quantity and class, None where it was never told."""
        return self.values.get((quantity, kind))


class MeasurementSummary:
    """Brings the readings of a recording together, without keeping them."""

    def __init__(self) -> None:
        self._sums: defaultdict[Key, _Sum] = defaultdict(_Sum)

    def add(self, readings: Iterable[Reading]) -> None:
        """Take readings."""
        for each in readings:
            known = self._sums[each.place, each.quantity, each.kind]
            known.total += each.value
            known.weighted += each.value * each.observed_s
            known.observed_s += each.observed_s
            known.largest = max(known.largest, each.value)
            known.latest = each.value

    def join(self, later: MeasurementSummary) -> None:
        """Take what a later recording of the same places says."""
        for key, other in later._sums.items():
            known = self._sums[key]
            known.total += other.total
            known.weighted += other.weighted
            known.observed_s += other.observed_s
            known.largest = max(known.largest, other.largest)
            known.latest = other.latest

    def places(self, length_s: float) -> list[PlaceSummary]:
        """Return a summary of every place, in the order in which they were first told of.

        Args:
            length_s: Length of the recording, s.
        """
        made: dict[str, PlaceSummary] = {}
        for (place, quantity, kind), known in self._sums.items():
            summary = made.setdefault(place, PlaceSummary(place))
            summary.values[quantity, kind] = self._value((place, quantity, kind))
            if length_s > 0:
                summary.coverage = max(summary.coverage, min(1.0, known.observed_s / length_s))
        return list(made.values())

    def _value(self, key: Key) -> float:
        place, quantity, _ = key
        known = self._sums[key]
        match quantity.aggregate:
            case Aggregate.SUM | Aggregate.EVENT:
                return known.total
            case Aggregate.MAX:
                return known.largest
            case Aggregate.LAST:
                return known.latest
            case Aggregate.SHARE:
                both = ((place, each, PERSON) for each in (Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT))
                inwards, outwards = (self._sums[each].total if each in self._sums else 0.0 for each in both)
                return counter_flow_share(inwards, outwards)
        return known.weighted / known.observed_s if known.observed_s else known.latest
