"""A selection of signals, and its result in columns for drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from passerby.errors import UsageError
from passerby.measure.reading import Quantity
from passerby.signals.window import WindowLength


@dataclass(frozen=True, slots=True)
class Selection:
    """Which signals to return; an empty set means all.

    Args:
        length: Length of the windows.
        start: Start; windows that begin earlier are left out.
        end: End (not included).
        zone: Time zone of hours and days.
        sites: Names of sites.
        places: Names of places.
        quantities: What was measured.
        kinds: Classes that were counted; "" = all classes.

    Raises:
        UsageError: The end is not after the start, or one of them has no time zone.
    """

    length: WindowLength
    start: datetime
    end: datetime
    zone: tzinfo = UTC
    sites: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    quantities: frozenset[Quantity] = frozenset()
    kinds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            msg = "start and end need a time zone, such as 2026-11-22T10:00:00Z"
            raise UsageError(msg)
        if self.start >= self.end:
            msg = f"the end ({self.end}) must be later than the start ({self.start})"
            raise UsageError(msg)


class SeriesKey(NamedTuple):
    """What some signals are about.

    Args:
        site: Name of the site.
        place: Name of the place.
        quantity: What is measured there.
        kind: Class that is counted; "" = all classes.
    """

    site: str
    place: str
    quantity: Quantity
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One quantity of one place over time, in columns.

    Args:
        site: Name of the site.
        place: Name of the place.
        quantity: What was measured.
        kind: Class that was counted; "" = all classes.
        starts_s: Start of each window, UTC since 1970, ascending; windows without a signal are absent.
        values: Values in the unit of the quantity.
        coverages: Share of each window that was observed.
        lows: The true value is hardly below this; None = not known.
        highs: The true value is hardly above this; None = not known, and beside a low the value is a lower bound.
    """

    site: str
    place: str
    quantity: Quantity
    kind: str
    starts_s: Sequence[int]
    values: Sequence[float]
    coverages: Sequence[float]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
