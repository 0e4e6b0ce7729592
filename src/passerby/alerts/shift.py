"""The note with which one shift hands over to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from passerby.alerts.alert import Alert
from passerby.alerts.event import AlertEvent, AlertEventKind

MOST = 200
"""Open alerts that are listed one by one."""


@dataclass(frozen=True, slots=True)
class ShiftNote:
    """What a shift left behind.

    Args:
        time_s: When, UTC since 1970, s.
        by: Account.
        text: What was written.
    """

    time_s: float
    by: str
    text: str


def last_note(events: Sequence[AlertEvent]) -> ShiftNote | None:
    """Return the latest hand-over; None = there was none."""
    found = next((each for each in reversed(events) if each.kind is AlertEventKind.HANDED_OVER), None)
    return None if found is None else ShiftNote(found.time_s, found.by, found.note)


def open_items(alerts: Iterable[Alert], zone: tzinfo) -> list[str]:
    """Return a line for each open alert, the worst first: what the next shift has to know."""
    worst_first = sorted(alerts, key=lambda each: (-each.severity.rank, each.raised_s))
    lines = [_line(each, zone) for each in worst_first[:MOST]]
    return lines if len(worst_first) <= MOST else [*lines, f"and {len(worst_first) - MOST} more"]


def _line(alert: Alert, zone: tzinfo) -> str:
    since = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=alert.raised_s)).astimezone(zone)
    parts = [
        f"{'DRILL ' * alert.about.drill}{alert.severity} {alert.about.rule}",
        ", ".join(map(str, alert.about.subjects)),
        alert.about.summary,
        f"{alert.state} since {since:%Y-%m-%d %H:%M}",
        "" if alert.active else "over",
        f"role {alert.role}" if alert.role else "",
        f"steps left: {', '.join(alert.about.steps[each] for each in alert.left())}" if alert.left() else "",
        next((f"note: {each.text}" for each in reversed(alert.notes) if each.text and each.by), ""),
    ]
    return "; ".join(filter(None, parts))
