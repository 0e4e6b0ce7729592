"""What is sent about an alert: rule, place, numbers and what to do; nothing about people who are filmed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from passerby.alerts.alert import Alert
from passerby.alerts.event import AlertEvent, AlertEventKind
from passerby.errors import OutputError

MOST_SUBJECTS = 20


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One message to one contact.

    Args:
        key: Number of the message; a repeat has the same.
        title: One line.
        text: A few lines.
        content: The same for programs.
    """

    key: str
    title: str
    text: str
    content: dict[str, Any]

    def encoded(self) -> bytes:
        """Return it as one line of JSON."""
        plain = {"key": self.key, "title": self.title, "text": self.text, "content": self.content}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decoded(cls, plain: dict[str, Any]) -> AlertMessage:
        """Return the message that `encoded` made this of.

        Raises:
            OutputError: It is not one.
        """
        try:
            return cls(str(plain["key"]), str(plain["title"]), str(plain["text"]), dict(plain["content"]))
        except (KeyError, TypeError, ValueError) as error:
            msg = "a stored message is damaged and is not sent"
            raise OutputError(msg) from error


def message_about(event: AlertEvent, alert: Alert, *, site: str, zone: tzinfo, link: str = "") -> AlertMessage:
    """Return the message about an event of an alert; a drill says so first.

    Args:
        event: What happened.
        alert: The alert after it.
        site: Name of the site.
        zone: Its time zone.
        link: Address of the gateway; "" = none.
    """
    about = alert.about
    size = max(event.size, alert.announced)
    where = _where(alert, size)
    drill = "DRILL: " if about.drill else ""
    title = f"{drill}{alert.severity.upper()} {about.rule} at {where} ({site})"
    if event.kind is not AlertEventKind.RAISED:
        title = f"{title}: {event.kind.replace('_', ' ')}"
    raised = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=alert.raised_s)).astimezone(zone)
    lines = [
        "This is a drill: nothing has happened." if about.drill else "",
        about.summary,
        _measured(alert),
        f"raised {raised:%Y-%m-%d %H:%M:%S %Z}, {alert.state}",
        f"{size} alerts of this kind at once" if size > 1 else "",
        event.note,
        *(f"{number}. {step}" for number, step in enumerate(about.steps, 1)),
        f"{link.rstrip('/')}/#alerts/{alert.id}" if link else "",
    ]
    content = {
        "site": site,
        "alert": alert.id,
        "event": event.kind.value,
        "state": alert.state.value,
        "severity": alert.severity.value,
        "rule": about.rule,
        "kind": about.kind.value,
        "where": [str(each) for each in about.subjects[:MOST_SUBJECTS]],
        "summary": about.summary,
        "value": alert.value,
        "unit": about.unit,
        "count": size,
        "drill": about.drill,
        "raised": raised.astimezone(UTC).isoformat(),
    }
    return AlertMessage(f"{alert.id}-{event.number:x}", title, "\n".join(filter(None, lines)), content)


def trial_message(contact: str, *, site: str, now_s: float) -> AlertMessage:
    """Return a message that only tries whether a contact can be reached."""
    text = "This is a drill: passerby tries whether this contact can be reached. Nothing has happened."
    content = {"site": site, "event": "trial", "contact": contact, "drill": True}
    return AlertMessage(f"trial-{round(now_s * 1000):x}", f"DRILL: test of contact {contact} ({site})", text, content)


def _where(alert: Alert, size: int) -> str:
    names = ", ".join(str(each) for each in alert.about.subjects[:3])
    return names if size == 1 else f"{names} and {size - 1} more"


def _measured(alert: Alert) -> str:
    if not alert.value or alert.about.drill:
        return ""
    unit = "" if alert.about.unit == "1" else f" {alert.about.unit}"
    return f"measured: {alert.value:.4g}{unit}"
