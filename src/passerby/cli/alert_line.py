"""An alert as one line of text."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passerby.alerts.alert import Alert


def alert_line(alert: Alert, zone: tzinfo) -> str:
    """Return an alert as one line, with its number; times are in a zone."""
    from passerby.signals.signal import utc  # noqa: PLC0415 - not needed for the help

    raised = utc(alert.raised_s).astimezone(zone)
    ended = "" if alert.ended_s is None else f"over after {alert.ended_s - alert.raised_s:.0f} s"
    where = ", ".join(map(str, alert.about.subjects))
    parts = [
        f"{alert.id}  {raised:%Y-%m-%d %H:%M:%S}",
        f"{'DRILL ' * alert.about.drill}{alert.severity}",
        alert.state,
        f"{alert.about.rule} at {where}: {alert.about.summary}",
        ended,
        f"{alert.count} times" if alert.count > 1 else "",
        f"role {alert.role}" if alert.role else "",
    ]
    return "  ".join(filter(None, parts))
