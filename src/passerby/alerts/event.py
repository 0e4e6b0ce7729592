"""What happened to an alert: the alerts of a site are the sum of their events, which are all that is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from passerby.alerts.evaluator import FindingKind
from passerby.alerts.observation import Subject, SubjectKind
from passerby.settings.site.alert_rule import Severity


class AlertEventKind(StrEnum):
    """What happened; the words are stored and never change their meaning."""

    RAISED = "raised"
    WORSENED = "worsened"
    """A higher severity of the same rule holds as well."""
    EASED = "eased"
    """One severity no longer holds, another one still does."""
    RECURRED = "recurred"
    """It had ended and holds again: it needs a new acknowledgement."""
    ENDED = "ended"
    """What the rule describes is over; a person resolves the alert."""
    GROUPED = "grouped"
    """Others of the same kind were raised with it: they are announced as one, with their number."""
    INFORMED = "informed"
    """Contacts are informed after quiet hours."""
    ESCALATED = "escalated"
    """Nobody acknowledged it in time: the next contact is informed."""
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    STEP = "step"
    """A step of its procedure was ticked."""
    RESOLVED = "resolved"
    HANDED_OVER = "handed_over"
    """A shift ended with a note; the event belongs to no alert."""


@dataclass(frozen=True, slots=True)
class RaisedAlert:
    """What an alert says from the beginning.

    Args:
        group: Number of the alert with which it is announced; its own if it is announced by itself.
        rule: Name of the rule.
        kind: What was found.
        subjects: Where; never a person.
        owners: Cameras that it is about, or whose signals it is made from; empty = it belongs to no single camera.
        summary: What is the matter, in one line.
        unit: Unit of the value.
        steps: What is to be done.
        role: Role that handles it; "" = anyone.
        by_person: Whether a person resolves it.
        drill: It was raised to practise, and nothing has happened.
        size: Number of alerts that are announced with it at once.
    """

    group: str
    rule: str
    kind: FindingKind
    subjects: tuple[Subject, ...]
    owners: tuple[str, ...]
    summary: str
    unit: str = "1"
    steps: tuple[str, ...] = ()
    role: str = ""
    by_person: bool = True
    drill: bool = False
    size: int = 1


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One thing that happened to one alert.

    Args:
        number: Number of the event, ascending from 1.
        kind: What happened.
        alert: Number of the alert; "" for a hand-over.
        time_s: When, UTC since 1970, s.
        by: Account that did it; "" = the gateway.
        note: What that person wrote, or why the gateway did it.
        inform: Names of contacts that are informed of it.
        severity: Severity that began or ceased to hold.
        value: Value that was compared.
        step: Number of the ticked step, from 0.
        role: Role that it was assigned to.
        level: Number of escalations so far.
        raised: What the alert says.
        size: Number of alerts announced together.
    """

    number: int
    kind: AlertEventKind
    alert: str
    time_s: float
    by: str = ""
    note: str = ""
    inform: tuple[str, ...] = ()
    severity: Severity | None = None
    value: float = 0.0
    step: int = 0
    role: str = ""
    level: int = 0
    raised: RaisedAlert | None = None
    size: int = 0

    def encoded(self) -> dict[str, Any]:
        """Return it as plain values; what is as usual is left out."""
        plain = asdict(self)
        return {name: value for name, value in plain.items() if value not in (None, "", (), 0) or name == "alert"}


def encoded(events: list[AlertEvent]) -> bytes:
    """Return events that are stored together or not at all, as one line of JSON."""
    return json.dumps([each.encoded() for each in events], separators=(",", ":"), ensure_ascii=False).encode()


def decoded(data: bytes) -> list[AlertEvent]:
    """Return the events that `encoded` made these bytes of.

    Raises:
        ValueError: They are not events.
    """
    try:
        return [_decoded(each) for each in json.loads(data)]
    except (TypeError, KeyError, AttributeError) as error:
        msg = f"not events of alerts: {error}"
        raise ValueError(msg) from error


def _decoded(plain: Mapping[str, Any]) -> AlertEvent:
    raised = plain.get("raised")
    rest = {name: value for name, value in plain.items() if name not in {"raised", "kind", "severity", "inform"}}
    event = AlertEvent(kind=AlertEventKind(plain["kind"]), **rest)
    return replace(
        event,
        inform=tuple(plain.get("inform", ())),
        severity=Severity(plain["severity"]) if "severity" in plain else None,
        raised=None if raised is None else _raised(raised),
    )


def _raised(plain: Mapping[str, Any]) -> RaisedAlert:
    rest = {name: value for name, value in plain.items() if name not in {"owners", "steps", "subjects", "kind"}}
    return RaisedAlert(
        kind=FindingKind(plain["kind"]),
        subjects=tuple(Subject(SubjectKind(each["kind"]), each["name"]) for each in plain["subjects"]),
        owners=tuple(plain["owners"]),
        steps=tuple(plain["steps"]),
        **rest,
    )
