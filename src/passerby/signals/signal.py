"""One quantity of a place over one window of time: the only data about people that is stored or sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, computed_field, model_validator

from passerby.measure.reading import LOWER_BOUND, Aggregate, Quantity

# A name must not form an MQTT topic level, a folder or a spreadsheet formula.
Name = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f/+#=@\-][^\x00-\x1f\x7f/+#]*$", strict=True)
]
Word = Annotated[str, Field(max_length=32, pattern=r"^[a-z]?[a-z _-]*$", strict=True)]
"""Lower-case words without digits, so that no number can identify a person."""


ROUNDING = 1e-6
"""Sums of many values may differ by this much from the sums of their bounds."""


class PlaceSignal(BaseModel):
    """One quantity of one place over one window of time; nothing about any person.

    If nothing was observed, there is no signal. A signal with coverage 0 is a count that was reported without its
    time of observation, such as an event.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[2] = Field(default=2, description="Version of this schema; version 2 added low and high.")
    site: Name = Field(description="Name of the site.")
    place: Name = Field(description="Name of the line, zone, turning movement or site.")
    quantity: Quantity = Field(description="What was measured.")
    kind: Word = Field(default="", description="Class that was counted, such as person or car; empty: all classes.")
    value: float = Field(allow_inf_nan=False, description="Value in the unit of the quantity.")
    low: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="The true value lies between low and high in 9 of 10 cases; absent if the accuracy is not known.",
    )
    high: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="High end of that interval; absent although there is a low: the value is a lower bound.",
    )
    window_start: AwareDatetime = Field(description="Start of the window, UTC.")
    window_end: AwareDatetime = Field(description="End of the window (not included), UTC.")
    coverage: float = Field(ge=0.0, le=1.0, description="Share of the window that was actually observed.")
    estimator: Word = Field(
        description="What produced the value; mixed: several sources; lower bound: people hid others or vehicles were "
        "missed, so it is more."
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.window_start >= self.window_end or self.window_start.utcoffset() or self.window_end.utcoffset():
            msg = "a window must end after it starts, and both times must be UTC"
            raise ValueError(msg)
        lowest = self.value if self.low is None else self.low
        if (self.low is None and self.high is not None) or not lowest <= self.value + ROUNDING:
            msg = "low must not be above the value, and high needs a low"
            raise ValueError(msg)
        if self.high is not None and self.high < self.value - ROUNDING:
            msg = "high must not be below the value"
            raise ValueError(msg)
        if not self.coverage and self.quantity.aggregate not in {Aggregate.SUM, Aggregate.EVENT}:
            msg = f"{self.quantity} needs coverage above 0: a window without observation has no value"
            raise ValueError(msg)
        return self

    @computed_field(description="Unit of the value.")  # type: ignore[prop-decorator] # mypy knows no decorated property
    @property
    def unit(self) -> str:
        """Unit of the value: SI, persons, or 1."""
        return self.quantity.unit

    @property
    def is_lower_bound(self) -> bool:
        """Whether the value is a lower bound, so that the true value may be higher."""
        return (self.low is not None and self.high is None) or self.estimator == LOWER_BOUND

    @property
    def length_s(self) -> float:
        """Length of the window, s."""
        return (self.window_end - self.window_start).total_seconds()

    def to_json(self) -> str:
        """Return the signal as one line of JSON."""
        return self.model_dump_json()


def utc(time_s: float) -> datetime:
    """Return the datetime of seconds since 1970, UTC.

    >>> utc(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time_s)  # fromtimestamp fails before 1970 elsewhere


def signal_schema_json() -> str:
    """Return the JSON Schema of a signal, as published in docs/reference."""
    schema = PlaceSignal.model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"
