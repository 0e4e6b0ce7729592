"""One number about one place: the only thing about people that leaves this package."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from passerby.errors import MeasureError

LOWER_BOUND = "lower bound"
"""Estimator of counts that are at least this high, such as boxes where people hide one another."""
MOVING_REGIONS = "moving regions"
"""Estimator of counts of vehicles that include some that no network found."""


class Aggregate(StrEnum):
    """How readings of one quantity become one value of a window."""

    MEAN = "mean"
    """Mean, each reading weighted by its observed seconds."""
    SUM = "sum"
    """Sum; what happened while no frame was inspected is missing, which the window's coverage shows."""
    MAX = "max"
    """Maximum."""
    LAST = "last"
    """The latest reading."""
    SHARE = "share"
    """Share of the weaker direction in the window's crossings in and out; a mean of shares would be wrong."""
    EVENT = "event"
    """Sum; each reading is also reported at once."""


class Quantity(StrEnum):
    """What is measured; each quantity has a unit and a way to combine readings over a window."""

    OCCUPANCY = "occupancy"
    PEAK_OCCUPANCY = "peak_occupancy"
    NET_OCCUPANCY = "net_occupancy"
    SITE_OCCUPANCY = "site_occupancy"
    DENSITY = "density"
    PEAK_DENSITY = "peak_density"
    VORONOI_DENSITY = "voronoi_density"
    LEVEL_OF_SERVICE = "level_of_service"
    CROSSINGS_IN = "crossings_in"
    CROSSINGS_OUT = "crossings_out"
    FLOW = "flow"
    SPECIFIC_FLOW = "specific_flow"
    COUNTER_FLOW_SHARE = "counter_flow_share"
    MEAN_SPEED = "mean_speed"
    SPEED_P15 = "speed_p15"
    SPEED_P50 = "speed_p50"
    SPEED_P85 = "speed_p85"
    CROWD_PRESSURE = "crowd_pressure"
    MEAN_DWELL = "mean_dwell"
    QUEUE_LENGTH = "queue_length"
    QUEUE_WAIT = "queue_wait"
    TURNS = "turns"
    HEADWAY = "headway"
    STOPPED_VEHICLE = "stopped_vehicle"
    WRONG_WAY = "wrong_way"
    ZONE_ENTRY = "zone_entry"

    @property
    def unit(self) -> str:
        """SI unit, or "persons"; "1" for counts, shares and grades.

        >>> Quantity.SPECIFIC_FLOW.unit
        '1/(m s)'
        """
        return _UNITS.get(self, "1")

    @property
    def aggregate(self) -> Aggregate:
        """How readings become one value of a window.

        >>> Quantity.CROSSINGS_IN.aggregate
        <Aggregate.SUM: 'sum'>
        """
        return _AGGREGATES.get(self, Aggregate.MEAN)


_UNITS = {
    **dict.fromkeys(
        (
            *(Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY, Quantity.NET_OCCUPANCY, Quantity.SITE_OCCUPANCY),
            Quantity.QUEUE_LENGTH,
        ),
        "persons",
    ),
    **dict.fromkeys((Quantity.DENSITY, Quantity.PEAK_DENSITY, Quantity.VORONOI_DENSITY), "1/m2"),
    Quantity.FLOW: "1/s",
    Quantity.SPECIFIC_FLOW: "1/(m s)",
    **dict.fromkeys((Quantity.MEAN_SPEED, Quantity.SPEED_P15, Quantity.SPEED_P50, Quantity.SPEED_P85), "m/s"),
    Quantity.CROWD_PRESSURE: "1/s2",
    **dict.fromkeys((Quantity.MEAN_DWELL, Quantity.QUEUE_WAIT, Quantity.HEADWAY), "s"),
}
_AGGREGATES = {
    **dict.fromkeys((Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT, Quantity.TURNS), Aggregate.SUM),
    **dict.fromkeys((Quantity.PEAK_OCCUPANCY, Quantity.PEAK_DENSITY), Aggregate.MAX),
    Quantity.NET_OCCUPANCY: Aggregate.LAST,
    Quantity.COUNTER_FLOW_SHARE: Aggregate.SHARE,
    **dict.fromkeys((Quantity.STOPPED_VEHICLE, Quantity.WRONG_WAY, Quantity.ZONE_ENTRY), Aggregate.EVENT),
}


Bounds = tuple[float | None, float | None]
"""Low and high end between which the true value lies in 9 of 10 cases; low alone: at least this much; neither: not
known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One number about one place at one time; it contains no ID, position or picture of any person.

    Args:
        place: Name of the line, zone, turning movement or site.
        quantity: What was measured.
        value: In the quantity's unit; a level of service is 1 (A) to 6 (F).
        time_s: End of its span, s: time of the source, or UTC since 1970.
        span_s: Length of that span, s.
        observed_s: How much of the span was actually observed, s.
        estimator: What produced it, such as "tracks", "density map" or "door counter".
        kind: Class that was counted, such as "person", "bicycle" or "car"; "" = all classes.
        interval: Low and high end of the interval in which the true value lies in 9 of 10 cases; None = not known.

    Raises:
        MeasureError: A number is not finite, the value lies outside its interval, or more was observed than the span
            holds.
    """

    place: str
    quantity: Quantity
    value: float
    time_s: float
    span_s: float
    observed_s: float
    estimator: str
    kind: str = ""
    interval: tuple[float, float] | None = None

    @property
    def bounds(self) -> Bounds:
        """Low and high end between which the true value lies; a lower bound is the low end, without a high end.

        >>> Reading("hall", Quantity.OCCUPANCY, 3.0, 1.0, 1.0, 1.0, LOWER_BOUND).bounds
        (3.0, None)
        """
        if self.estimator == LOWER_BOUND:
            return self.value, None
        return (None, None) if self.interval is None else self.interval

    def __post_init__(self) -> None:
        if self.interval is not None and not self.interval[0] <= self.value <= self.interval[1]:
            msg = f"place '{self.place}': {self.quantity} of {self.value} lies outside its interval {self.interval}"
            raise MeasureError(msg)
        if not (isfinite(self.value) and isfinite(self.time_s)):
            msg = f"place '{self.place}': {self.quantity} of {self.value} at {self.time_s} s is not finite"
            raise MeasureError(msg)
        if not 0 <= self.observed_s <= self.span_s:
            msg = f"place '{self.place}': {self.observed_s} s of {self.span_s} s cannot have been observed"
            raise MeasureError(msg)
