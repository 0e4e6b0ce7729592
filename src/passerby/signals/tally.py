"""What a window collects of one quantity of one place, and how it becomes a signal.

- The counter-flow share of a window is computed from the crossings of persons in it, because only counts add up.
- If one value is a lower bound, the value of the window is one.
"""

from __future__ import annotations

from collections.abc import Mapping

from passerby.measure.counter_flow import counter_flow_share
from passerby.measure.reading import LOWER_BOUND, Aggregate, Bounds, Quantity
from passerby.signals.signal import PlaceSignal, utc

MICROSECONDS = 1_000_000
MIXED = "mixed"
PERSON = "person"
TallyKey = tuple[str, str, Quantity, str]
"""Site, place, quantity and kind: what a signal is about."""


class _Values:
    """The values of one window, combined as the quantity requires."""

    __slots__ = ("_at", "_last", "_peak", "sum", "weighted")

    def __init__(self) -> None:
        self.sum = self.weighted = self._last = 0.0
        self._peak = self._at = float("-inf")

    def add(self, value: float, observed_us: int, at: float, *, counts: bool) -> None:
        """Add a value, as in `Tally.add`."""
        if counts:
            self.sum += value
        if observed_us > 0:
            self.weighted += value * observed_us
            self._peak = max(self._peak, value)
            if at >= self._at:
                self._at = at
                self._last = value

    def together(self, aggregate: Aggregate, observed_us: int) -> float | None:
        """Return the value of the window, or None if nothing was observed."""
        if aggregate in {Aggregate.SUM, Aggregate.EVENT}:
            return self.sum if self.sum or observed_us else None
        if not observed_us:
            return None
        if aggregate is Aggregate.MEAN:
            return self.weighted / observed_us
        return self._peak if aggregate is Aggregate.MAX else self._last


class Tally:
    """The readings of one quantity of one place within one window.

    A value without bounds counts as its own low and high end; if no value has bounds, the window has none. The ends of
    intervals are combined like values, as if all errors had the same direction.
    """

    __slots__ = ("_estimator", "_high", "_low", "_observed_us", "_open", "_value", "_with_bounds")

    def __init__(self) -> None:
        self._value = _Values()
        self._low = _Values()
        self._high = _Values()
        self._observed_us = 0
        self._estimator = ""
        self._with_bounds = self._open = False

    def add(
        self,
        value: float,
        observed_us: int,
        at: float,
        estimator: str,
        *,
        counts: bool = True,
        bounds: Bounds = (None, None),
    ) -> None:
        """Add a value that was observed for some time.

        Args:
            value: Value in the quantity's unit.
            observed_us: How long it was observed within the window, µs.
            at: Time, to find the latest value; any unit.
            estimator: What produced it.
            counts: Whether a count belongs to this window; if False, only its observed time is added.
            bounds: Low and high end between which the true value lies.
        """
        low, high = bounds
        self._with_bounds |= low is not None
        self._open |= low is not None and high is None
        ends = ((self._value, value), (self._low, low), (self._high, high))
        for values, end in ends:
            values.add(value if end is None else end, observed_us, at, counts=counts)
        self._observed_us += max(observed_us, 0)
        self._estimator = _together(self._estimator, estimator)

    @property
    def total(self) -> float:
        """Sum of the counts."""
        return self._value.sum

    def signal(
        self, key: TallyKey, start: int, end: int, counts: tuple[float, float] | None = None
    ) -> PlaceSignal | None:
        """Return the signal of the window, or None if nothing was observed.

        Args:
            key: Site, place, quantity and class.
            start: First second of the window.
            end: First second after it.
            counts: Crossings inwards and outwards in the window, for a share; None = not known.
        """
        site, place, quantity, kind = key
        if quantity.aggregate is Aggregate.SHARE:
            value = counter_flow_share(*counts) if counts is not None and self._observed_us else None
            low = high = None
        else:
            parts = (self._value, self._low, self._high)
            value, low, high = (each.together(quantity.aggregate, self._observed_us) for each in parts)

        if value is None:
            return None
        return PlaceSignal(
            site=site,
            place=place,
            quantity=quantity,
            kind=kind,
            value=value,
            low=low if self._with_bounds else None,
            high=high if self._with_bounds and not self._open else None,
            window_start=utc(start),
            window_end=utc(end),
            coverage=min(1.0, self._observed_us / ((end - start) * MICROSECONDS)),
            estimator=self._estimator,
        )


def _together(one: str, other: str) -> str:
    """Return the estimator of a value made from two; if one is a lower bound, the result is a lower bound."""
    if one in {"", other}:
        return other
    return LOWER_BOUND if LOWER_BOUND in {one, other} else MIXED


def counts_of(key: TallyKey, tallies: Mapping[TallyKey, Tally]) -> tuple[float, float] | None:
    """Return how many persons crossed the line inwards and outwards, for a share; None if that is not known."""
    site, place, quantity, _ = key
    both = [(site, place, each, PERSON) for each in (Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT)]
    if quantity.aggregate is not Aggregate.SHARE or not all(each in tallies for each in both):
        return None
    inwards, outwards = (tallies[each].total for each in both)
    return inwards, outwards


def observed_us(signal: PlaceSignal) -> int:
    """Return how much of a signal's window was observed, µs."""
    return round(signal.coverage * signal.length_s * MICROSECONDS)
