"""A signal as it is stored: plain values in a fixed order."""

from __future__ import annotations

from typing import NamedTuple

from passerby.errors import StoreError
from passerby.measure.reading import Quantity
from passerby.signals.signal import PlaceSignal, utc
from passerby.signals.tally import MICROSECONDS, observed_us

KEPT_S = (1, 10, 60, 900, 3600)
"""Lengths of the windows in a store, s; days are computed from them on request."""


class Row(NamedTuple):
    """One signal: what it is about, its window and its value.

    Args:
        site: Name of the site.
        place: Name of the place.
        quantity: Value of a `Quantity`.
        kind: Class that was counted; "" = all classes.
        length_s: Length of the window, s.
        start_s: Start of the window, UTC since 1970, s.
        value: Value in the unit of the quantity.
        observed_us: How much of the window was observed, µs.
        estimator: What produced the value.
        low: Low end of the interval of the true value; None = not known.
        high: High end; None = not known, or, if there is a low end, the value is a lower bound.
    """

    site: str
    place: str
    quantity: str
    kind: str
    length_s: int
    start_s: int
    value: float
    observed_us: int
    estimator: str
    low: float | None = None
    high: float | None = None


def row_of(signal: PlaceSignal) -> Row:
    """Return the row for a signal.

    Raises:
        StoreError: A store has no windows of this kind.
    """
    start_s = signal.window_start.timestamp()
    length_s = signal.length_s
    if length_s not in KEPT_S or start_s % length_s:
        msg = f"place '{signal.place}': a window of {length_s:g} s from {signal.window_start} is not stored; use UTC "
        msg += "windows of 1 s, 10 s, 1 min, 15 min or 1 h"
        raise StoreError(msg)

    return Row(
        site=signal.site,
        place=signal.place,
        quantity=signal.quantity.value,
        kind=signal.kind,
        length_s=int(length_s),
        start_s=int(start_s),
        value=signal.value,
        observed_us=observed_us(signal) or int(signal.coverage > 0),  # less than half a µs is still more than nothing
        estimator=signal.estimator,
        low=signal.low,
        high=signal.high,
    )


def signal_of(row: Row) -> PlaceSignal:
    """Return the signal in a row."""
    return PlaceSignal(
        site=row.site,
        place=row.place,
        quantity=Quantity(row.quantity),
        kind=row.kind,
        value=row.value,
        window_start=utc(row.start_s),
        window_end=utc(row.start_s + row.length_s),
        coverage=row.observed_us / (row.length_s * MICROSECONDS),
        estimator=row.estimator,
        low=row.low,
        high=row.high,
    )
