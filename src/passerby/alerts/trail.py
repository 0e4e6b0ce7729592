"""Writes down what people do with alerts, where they cannot change it afterwards."""

from __future__ import annotations

from typing import Protocol

from passerby.alerts.alert import Alert
from passerby.alerts.event import AlertEvent
from passerby.alerts.handling import Deed


class AlertTrail(Protocol):
    """Takes what somebody did before it is answered; several threads may use it at once."""

    def record(self, event: AlertEvent, alert: Alert | None) -> None:
        """Write down what somebody did; it is on disk before this returns.

        Args:
            event: What they did.
            alert: The alert before it; None for a hand-over.

        Raises:
            AuditError: It cannot be written: it must not happen.
        """
        ...

    def note(self, event: AlertEvent, alert: Alert) -> None:
        """Write down what the gateway did by itself, if it is worth an entry.

        Raises:
            AuditError: It cannot be written; it has happened nevertheless.
        """
        ...

    def drill(self, rule: str, deed: Deed) -> None:
        """Write down that somebody raised the alert of a rule to practise; as `record`."""
        ...
