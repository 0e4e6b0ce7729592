"""What people do with alerts, as entries of the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from passerby.alerts.alert import Alert
from passerby.alerts.event import AlertEvent, AlertEventKind
from passerby.alerts.handling import Deed
from passerby.audit.entry import AuditEntry, AuditKind, AuditSink, Detail

MOST_SUBJECTS: Final = 20
KINDS: Final = {
    AlertEventKind.ACKNOWLEDGED: AuditKind.ALERT_ACKNOWLEDGED,
    AlertEventKind.ASSIGNED: AuditKind.ALERT_ASSIGNED,
    AlertEventKind.STEP: AuditKind.ALERT_STEP,
    AlertEventKind.RESOLVED: AuditKind.ALERT_RESOLVED,
    AlertEventKind.HANDED_OVER: AuditKind.HANDOVER_NOTE,
}
OF_GATEWAY: Final = {
    AlertEventKind.RAISED: AuditKind.ALERT_RAISED,
    AlertEventKind.ESCALATED: AuditKind.ALERT_ESCALATED,
}


class AuditTrail:
    """Appends an entry for everything that somebody does; implements `AlertTrail`.

    Args:
        sink: Returns the audit log in use; None = the site has none.
    """

    def __init__(self, sink: Callable[[], AuditSink | None]) -> None:
        self._sink = sink

    def record(self, event: AlertEvent, alert: Alert | None) -> None:
        """Append what somebody did with an alert.

        Raises:
            AuditError: The log cannot be written.
        """
        details: dict[str, Detail] = {"note": event.note} if event.note else {}
        if alert is not None:
            details |= {"rule": alert.about.rule, "drill": alert.about.drill}
        if event.kind is AlertEventKind.STEP:
            details["step"] = event.step + 1
        if event.kind is AlertEventKind.ASSIGNED:
            details["role"] = event.role
        self._append(AuditEntry(KINDS[event.kind], event.time_s, event.by, event.alert, details))

    def note(self, event: AlertEvent, alert: Alert) -> None:
        """Append what the gateway did: what it announced, and whom it informed later; errors as for `record`."""
        kind = OF_GATEWAY.get(event.kind)
        if kind is None or (event.kind is AlertEventKind.RAISED and not alert.leads):
            return
        details: dict[str, Detail] = {
            "rule": alert.about.rule,
            "severity": alert.severity.value,
            "where": ", ".join(map(str, alert.about.subjects[:MOST_SUBJECTS])),
            "count": alert.announced,
            "drill": alert.about.drill,
            "informed": ", ".join(event.inform),
        }
        self._append(AuditEntry(kind, event.time_s, None, event.alert, details))

    def drill(self, rule: str, deed: Deed) -> None:
        """Append that somebody raised the alert of a rule to practise; errors as for `record`."""
        details: dict[str, Detail] = {"note": deed.note} if deed.note else {}
        self._append(AuditEntry(AuditKind.ALERT_DRILL, deed.time_s, deed.by, rule, details))

    def _append(self, entry: AuditEntry) -> None:
        if (sink := self._sink()) is not None:
            sink.append(entry)
