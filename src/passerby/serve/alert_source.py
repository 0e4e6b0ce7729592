"""What the API needs of the part of the gateway that has the alerts; routes see it through an `AlertView` only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from passerby.alerts.observation import Subject
from passerby.alerts.register import AlertRegister
from passerby.outputs.notify.courier import Courier
from passerby.settings.site.site import SiteSettings


class AlertSource(Protocol):
    """Alerts of a site; used from several threads."""

    @property
    def register(self) -> AlertRegister:
        """The alerts."""
        ...

    @property
    def site(self) -> SiteSettings:
        """The settings in use."""
        ...

    @property
    def problem(self) -> str:
        """Why alerts may be missing or not stored, in one line that says what to do; "" = no problem."""
        ...

    @property
    def failures(self) -> int:
        """Steps of alerting that failed since the start."""
        ...

    @property
    def couriers(self) -> Mapping[str, Courier]:
        """What delivers to each contact, by its name."""
        ...

    def owners(self, subject: Subject) -> frozenset[str]:
        """Return the cameras that a subject belongs to; empty = no single camera."""
        ...

    def now_s(self) -> float:
        """Return the time, UTC since 1970, s."""
        ...
