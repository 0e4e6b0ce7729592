"""The settings of one comparison of an alert rule, and of the hours in which a rule applies."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from passerby.measure.reading import Quantity
from passerby.settings.places import PlaceName
from passerby.settings.section import Section

TIME_OF_DAY: Final = r"^([01]\d|2[0-3]):[0-5]\d$"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class HoursSettings(Section):
    """Hours on days of the week, in the site's time zone."""

    days: tuple[Weekday, ...] = Field(
        default=tuple(Weekday),
        min_length=1,
        description="Days on which they start: " + ", ".join(Weekday) + ".",
        examples=[["mon", "tue"]],
    )
    start: str = Field(pattern=TIME_OF_DAY, description="Local time at which they start.", examples=["22:00"])
    end: str = Field(
        pattern=TIME_OF_DAY,
        description="Local time at which they end (not included); not later than the start: on the next day.",
        examples=["06:00"],
    )

    def minutes(self) -> tuple[int, int]:
        """Return start and end, minutes since midnight."""
        start, end = ((int(each[:2]) * 60 + int(each[3:])) for each in (self.start, self.end))
        return start, end

    @property
    def length_s(self) -> float:
        """Usual length on one day, s."""
        start, end = self.minutes()
        return 60.0 * ((end - start - 1) % 1440 + 1)


class ConditionSettings(Section):
    """A comparison of a quantity with a limit; give one of `above` and `below`."""

    quantity: Quantity = Field(
        description="What is compared; see the reference of quantities.", examples=["net_occupancy"]
    )
    place: PlaceName | None = Field(default=None, description="Where, if it is not at the places of the rule.")
    kind: str = Field(
        default="",
        max_length=32,
        description="Class, such as car; empty: persons, and all classes of events and vehicles.",
    )
    above: float | None = Field(default=None, description="Met from this value on.", examples=[4500])
    below: float | None = Field(default=None, description="Met up to this value.")
    per_min: bool = Field(default=False, description="Compare the change per minute over `over_s`, and not the value.")
    total: bool = Field(default=False, description="Compare the sum over `over_s`; for counts and events.")
    over_s: float = Field(default=60.0, ge=1, le=86_400, description="Period of per_min and total, s.")

    @model_validator(mode="after")
    def _compares_once(self) -> Self:
        if (self.above is None) == (self.below is None):
            msg = f"{self.quantity}: give either above or below"
            raise ValueError(msg)
        if self.per_min and self.total:
            msg = f"{self.quantity}: give either per_min or total"
            raise ValueError(msg)
        counts = self.quantity.aggregate.value in {"sum", "event"}
        if self.total and not counts:
            msg = f"{self.quantity}: total adds up counts and events, and this is neither; remove total"
            raise ValueError(msg)
        if self.quantity.aggregate.value == "event" and not self.total:
            msg = f"{self.quantity}: events are compared as a total over a period; add total: true"
            raise ValueError(msg)
        return self


HIGHEST: Final = {Quantity.COUNTER_FLOW_SHARE: 0.5, Quantity.LEVEL_OF_SERVICE: 6.0}
LOWEST: Final = {Quantity.LEVEL_OF_SERVICE: 1.0}


def impossible(condition: ConditionSettings) -> Iterable[str]:
    """Yield why a condition can never be met, or always is."""
    if condition.per_min:
        return
    highest = HIGHEST.get(condition.quantity)
    lowest = LOWEST.get(condition.quantity, 0.0)
    if condition.above is not None and highest is not None and condition.above > highest:
        yield f"it can never fire: {condition.quantity} is at most {highest:g}, and above is {condition.above:g}"
    if condition.below is not None and condition.below < lowest:
        yield f"it can never fire: {condition.quantity} is at least {lowest:g}, and below is {condition.below:g}"
    if condition.above is not None and condition.above <= lowest and not condition.total:
        yield f"{condition.quantity} is always {lowest:g} or more: above {condition.above:g} always holds"


def contradictions(conditions: Iterable[ConditionSettings]) -> Iterable[str]:
    """Yield which conditions exclude each other."""
    given = [each for each in conditions if not each.per_min]
    for one in given:
        for other in given:
            same = all(getattr(one, key) == getattr(other, key) for key in ("quantity", "place", "kind", "total"))
            if same and one.above is not None and other.below is not None and one.above > other.below:
                yield (
                    f"it can never fire: {one.quantity} cannot be above {one.above:g} and below {other.below:g} at "
                    "once; set combine: any, or other limits"
                )
