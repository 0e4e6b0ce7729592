"""How many people are in a zone: mean and peak over a span."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.measure import Span
from passerby.measure.place import Points, Zone
from passerby.measure.reading import LOWER_BOUND, Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind


def occupancy(points: Points, zone: Zone) -> int:
    """Number N of persons in a zone at one moment.

    A point on an edge belongs to one side, by the rule of `Zone`: zones that share an edge never both count it.

    Args:
        points: Shape (N, 2), foot points in the zone's coordinates.
        zone: Measurement area.

    Source: PedPy 1.5, classic density, numerator.

    >>> occupancy(np.array([[0.5, 0.5], [5, 5]]), Zone("hall", ((0, 0), (2, 0), (2, 1), (0, 1))))
    1
    """
    return int(zone.holds(points).sum())


class TimeMean:
    """Mean and maximum of a value over time, each value weighted by how long it lasted.

    The first moment has no duration; if there are only such moments, all have the same weight.
    """

    def __init__(self) -> None:
        self._values: list[float] = []
        self._weights: list[float] = []

    def add(self, value: float, span_s: float) -> None:
        """Add a value and how long it lasted, s."""
        self._values.append(value)
        self._weights.append(span_s)

    def take(self) -> tuple[float, float] | None:
        """Return mean and maximum, or None if there is no value, and start again.

        >>> mean = TimeMean()
        >>> mean.add(2.0, 3.0)
        >>> mean.add(4.0, 1.0)
        >>> mean.take()
        (2.5, 4.0)
        """
        values, weights = np.array(self._values), np.array(self._weights)
        self._values = []
        self._weights = []
        if not len(values):
            return None
        return float(np.average(values, weights=weights if weights.sum() > 0 else None)), float(values.max())


class ZoneOccupancy:
    """Mean and peak occupancy of a zone.

    Args:
        zone: Measurement area.
        kinds: Classes that count.
    """

    def __init__(self, zone: Zone, kinds: Collection[Kind] = (Kind.PERSON,)) -> None:
        self._zone = zone
        self._kinds = tuple(kinds)
        self._mean = TimeMean()

    def observe(self, view: View) -> None:
        """Add one moment."""
        self._mean.add(view.count(self._zone, self._kinds), view.span_s)

    def readings(self, span: Span) -> list[Reading]:
        """Return mean and peak occupancy."""
        found = self._mean.take()
        if found is None:
            return []
        quantities = (Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY)
        return [span.reading(self._zone.name, q, value) for q, value in zip(quantities, found, strict=True)]


class NetOccupancy:
    r"""Occupancy of a closed area from the counts at its doors: :math:`N = N_0 + I - O`.

    Door counts miss people, and the error grows with every crossing. Whenever the true number inside is known (such as
    empty at night), the difference is attributed to the crossings of the period, and the resulting error rate
    corrects later crossings: :math:`N = I (1 - b) - O (1 + b)` with
    :math:`b = (N - N_{true}) / (I + O)`. N is never below zero.

    Args:
        place: Name of the area.
        inwards: Names of lines whose `in` leads into it.

    Source: conservation of persons; drift is attributed in proportion, as people counters at doors are calibrated.

    >>> hall = NetOccupancy("hall", ["door"])
    >>> hall.count("door", inwards=10, outwards=4)
    6.0
    >>> hall.known(5.0)  # one of ten was counted twice
    >>> hall.count("door", inwards=10, outwards=0) < 15
    True
    """

    def __init__(self, place: str, inwards: Collection[str]) -> None:
        self._place = place
        self._lines = frozenset(inwards)
        self._base = 0.0
        self._in = self._out = 0.0
        self._bias = 0.0

    def count(self, line: str, *, inwards: float, outwards: float) -> float:
        """Add the crossings of one door, and return how many are inside."""
        if line in self._lines:
            self._in += inwards
            self._out += outwards
        return self.inside

    def known(self, persons: float) -> None:
        """Set the true number inside; the drift of this period corrects the next one.

        Raises:
            MeasureError: The number is negative.
        """
        if persons < 0:
            msg = f"place '{self._place}': {persons} persons cannot be inside"
            raise MeasureError(msg)
        passed = self._in + self._out
        if passed:
            raw = self._base + self._in - self._out
            self._bias = float(np.clip((raw - persons) / passed, -0.2, 0.2))  # beyond this, the given number is wrong
        self._base = persons
        self._in = 0.0
        self._out = 0.0

    @property
    def inside(self) -> float:
        """Corrected number inside, persons."""
        return max(0.0, self._base + self._in * (1 - self._bias) - self._out * (1 + self._bias))

    def readings(self, span: Span) -> list[Reading]:
        """Return how many are inside at the end of a span."""
        return [span.reading(self._place, Quantity.NET_OCCUPANCY, self.inside, estimator="door counts")]


class SiteOccupancy:
    """Occupancy of a site from the zones of several cameras, each zone owned by one of them.

    Zones of one site may not overlap; a zone that two cameras see belongs to one of them. So no one is counted
    twice, and no one is followed from camera to camera. The order of cameras does not matter; the rule for edges is
    that of the zones.

    Source: our own definition: the sum of the occupancies of a partition.

    Args:
        place: Name of the site.
        zones: Names of all its zones.
        fresh_s: A reading that is older than this plus its own span is not used.
    """

    def __init__(self, place: str, zones: Collection[str], *, fresh_s: float = 5.0) -> None:
        self._place = place
        self._zones = frozenset(zones)
        self._fresh_s = fresh_s
        self._latest: dict[str, Reading] = {}

    def take(self, reading: Reading) -> None:
        """Add a reading; only the latest occupancy of each of the site's zones is stored."""
        if reading.quantity is Quantity.OCCUPANCY and reading.place in self._zones:
            known = self._latest.get(reading.place)
            if known is None or reading.time_s >= known.time_s:
                self._latest[reading.place] = reading

    def reading(self, time_s: float, span_s: float = 1.0) -> Reading:
        """Return how many are on the site; its observed share is the share of its zones with fresh readings.

        Raises:
            MeasureError: No zone has a fresh reading; not observed does not mean zero.
        """
        fresh = [each for each in self._latest.values() if time_s - each.time_s <= self._fresh_s + each.span_s]
        if not fresh:
            msg = f"place '{self._place}': no zone was observed in the last {self._fresh_s:g} s"
            raise MeasureError(msg)
        share = min(1.0, sum(each.observed_s / each.span_s for each in fresh) / len(self._zones))
        value = sum(each.value for each in sorted(fresh, key=lambda each: each.place))
        hidden = any(each.estimator == LOWER_BOUND for each in fresh)
        estimator = LOWER_BOUND if hidden else "zone ownership"
        interval = None
        if not hidden and any(each.interval for each in fresh):
            ends = [each.interval or (each.value, each.value) for each in fresh]
            interval = (min(value, sum(low for low, _ in ends)), max(value, sum(high for _, high in ends)))
        span = (time_s, span_s, span_s * share)
        return Reading(self._place, Quantity.SITE_OCCUPANCY, value, *span, estimator, interval=interval)
