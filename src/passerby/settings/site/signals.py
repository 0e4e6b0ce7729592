"""The settings of signals: the store, external counters, and areas made of several places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, model_validator

from passerby.settings.file_path import from_settings_folder
from passerby.settings.places import PlaceName
from passerby.settings.section import Section


class CounterSettings(Section):
    """An external counter of a place: a door counter, ticket gate or loop detector that sends numbers."""

    place: PlaceName = Field(
        description="Name of its place; it sends to POST /api/counters/PLACE, or to passerby/SITE/counters/PLACE by "
        "MQTT.",
        examples=["north-gate"],
    )


class AreaSettings(Section):
    """An area made of places of several cameras; nobody is followed from one camera to another."""

    name: PlaceName = Field(description="Name of the area.", examples=["venue"])
    zones: tuple[PlaceName, ...] = Field(
        default=(),
        description="Zones that make it up, each seen by one camera; their occupancies are added. Zones that "
        "overlap are refused, also where cameras share a ground (`plan`).",
    )
    doors: tuple[PlaceName, ...] = Field(
        default=(),
        description="Lines or counters whose `in` leads into it: persons in minus persons out are inside.",
        examples=[["north-gate"]],
    )
    empty_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = Field(
        default=None,
        description="Local time at which it is known to be empty; counting errors of the doors are corrected then.",
        examples=["04:00"],
    )

    @model_validator(mode="after")
    def _is_made_of_something(self) -> AreaSettings:
        if bool(self.zones) == bool(self.doors):
            msg = "an area is made of zones or of doors: give one of them"
            raise ValueError(msg)
        if self.empty_at is not None and not self.doors:
            msg = "empty_at corrects counting errors of doors; use it with doors only"
            raise ValueError(msg)
        return self


def _resolved(store: SecretStr, info: ValidationInfo) -> SecretStr:
    """Return a store's address; that of a file is relative to the site file's folder."""
    text = store.get_secret_value()
    if not text or "://" in text:
        return store
    return SecretStr(str(from_settings_folder(Path(text), info)))


class SignalSettings(Section):
    """Signals about places: stored, and sent live, by MQTT and to Prometheus."""

    store: Annotated[SecretStr, AfterValidator(_resolved)] = Field(
        default=SecretStr(""),
        description="File, or postgresql://user@host/database. Default: signals.db in state_folder.",
    )
    keep_seconds_h: float = Field(
        default=72.0, gt=0, le=8760, description="Hours that signals of 1 and 10 seconds are stored."
    )
    keep_minutes_d: float = Field(default=90.0, gt=0, le=3660, description="Days that signals of a minute are stored.")
    keep_hours_d: float = Field(
        default=1826.0, gt=0, le=36600, description="Days that signals of a quarter hour and of an hour are stored."
    )
    counters: tuple[CounterSettings, ...] = Field(default=(), description="External counters.")
    areas: tuple[AreaSettings, ...] = Field(default=(), description="Areas made of several places.")

    @property
    def retention_days(self) -> dict[int, float]:
        """Days that signals are stored, by the length of their windows in seconds."""
        seconds_d = self.keep_seconds_h / 24
        return {1: seconds_d, 10: seconds_d, 60: self.keep_minutes_d, 900: self.keep_hours_d, 3600: self.keep_hours_d}
