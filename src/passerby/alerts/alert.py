"""One alert as its events have made it: raised, acknowledged, resolved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from passerby.alerts.event import AlertEvent, AlertEventKind, RaisedAlert
from passerby.settings.site.alert_rule import Severity

MOST_NOTES = 500
"""What happened last to an alert that stands for months and recurs each minute; all events are on disk."""


class AlertState(StrEnum):
    """How far people are with an alert."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertNote:
    """What somebody did with an alert, and wrote about it.

    Args:
        time_s: When, UTC since 1970, s.
        by: Account; "" = the gateway.
        what: What was done.
        text: What was written.
    """

    time_s: float
    by: str
    what: AlertEventKind
    text: str = ""


@dataclass(frozen=True, slots=True)
class TickedStep:
    """A step of an alert's procedure that was done.

    Args:
        time_s: When, UTC since 1970, s.
        by: Account.
    """

    time_s: float
    by: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    Args:
        id: Its number, unique on the site.
        about: What it says.
        severity: The highest severity that held.
        state: How far people are.
        active: Severities that hold at present; empty = what it describes is over.
        value: Value that was compared last.
        raised_s: When it was raised, UTC since 1970, s.
        changed_s: When anything happened to it last.
        ended_s: When what it describes was over; None = it is not.
        count: How often it was raised: more than once if it recurred while it was open.
        role: Role that handles it; "" = anyone.
        ticked: The done steps, by their number from 0.
        notes: What happened, oldest first.
        level: Number of escalations.
        informed: Whether its contacts have been informed; not yet if it was raised in quiet hours.
        announced: Number of alerts that were announced with it.
        version: Number of its last event.
    """

    id: str
    about: RaisedAlert
    severity: Severity
    state: AlertState
    active: frozenset[Severity]
    value: float
    raised_s: float
    changed_s: float
    ended_s: float | None = None
    count: int = 1
    role: str = ""
    ticked: tuple[tuple[int, TickedStep], ...] = ()
    notes: tuple[AlertNote, ...] = ()
    level: int = 0
    informed: bool = False
    announced: int = 1
    version: int = 0

    @property
    def open(self) -> bool:
        """Whether it is not resolved."""
        return self.state is not AlertState.RESOLVED

    @property
    def leads(self) -> bool:
        """Whether it was announced by itself, and not with another one."""
        return self.about.group == self.id

    def left(self) -> list[int]:
        """Return the numbers of the steps that are not ticked."""
        done = {number for number, _ in self.ticked}
        return [number for number in range(len(self.about.steps)) if number not in done]


_NOTED = frozenset(
    {
        *(AlertEventKind.ACKNOWLEDGED, AlertEventKind.ASSIGNED, AlertEventKind.STEP, AlertEventKind.RESOLVED),
        *(AlertEventKind.ESCALATED, AlertEventKind.RECURRED, AlertEventKind.WORSENED, AlertEventKind.ENDED),
    }
)


def raised(event: AlertEvent) -> Alert:
    """Return a new alert.

    Raises:
        ValueError: The event raises no alert.
    """
    if event.raised is None or event.severity is None:
        msg = f"event {event.number} of alert {event.alert} does not say what was raised"
        raise ValueError(msg)
    return Alert(
        event.alert,
        event.raised,
        event.severity,
        AlertState.RAISED,
        frozenset({event.severity}),
        event.value,
        event.time_s,
        event.time_s,
        role=event.raised.role,
        notes=(AlertNote(event.time_s, event.by, event.kind, event.note),) if event.by else (),
        informed=bool(event.inform),
        announced=event.raised.size,
        version=event.number,
    )


def changed(alert: Alert, event: AlertEvent) -> Alert:
    """Return an alert after an event."""
    alert = replace(alert, changed_s=event.time_s, version=event.number, informed=alert.informed or bool(event.inform))
    if event.kind in _NOTED:
        note = AlertNote(event.time_s, event.by, event.kind, event.note)
        alert = replace(alert, notes=(*alert.notes[1 - MOST_NOTES :], note))
    match event.kind:
        case AlertEventKind.WORSENED | AlertEventKind.RECURRED:
            alert = _again(alert, event)
        case AlertEventKind.EASED:
            alert = replace(alert, active=alert.active - _named(event))
        case AlertEventKind.ENDED:
            alert = replace(alert, active=frozenset(), ended_s=event.time_s)
        case AlertEventKind.GROUPED:
            alert = replace(alert, announced=event.size)
        case AlertEventKind.ESCALATED:
            alert = replace(alert, level=event.level)
        case AlertEventKind.ACKNOWLEDGED:
            alert = replace(alert, state=AlertState.ACKNOWLEDGED)
        case AlertEventKind.ASSIGNED:
            alert = replace(alert, role=event.role)
        case AlertEventKind.STEP:
            alert = replace(alert, ticked=(*alert.ticked, (event.step, TickedStep(event.time_s, event.by))))
        case AlertEventKind.RESOLVED:
            alert = replace(alert, state=AlertState.RESOLVED)
    return alert


def _again(alert: Alert, event: AlertEvent) -> Alert:
    """Return an alert that became worse or holds again: somebody must acknowledge it anew."""
    now = _named(event)
    return replace(
        alert,
        state=AlertState.RAISED,
        severity=max(alert.severity, *now, key=lambda each: each.rank),
        active=alert.active | now,
        value=event.value,
        ended_s=None,
        count=alert.count + (event.kind is AlertEventKind.RECURRED),
        level=0,
    )


def _named(event: AlertEvent) -> frozenset[Severity]:
    return frozenset() if event.severity is None else frozenset({event.severity})
