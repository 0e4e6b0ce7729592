"""What people do with alerts: each function returns the event, or says why it cannot be done."""

from __future__ import annotations

from dataclasses import dataclass

from passerby.alerts.alert import Alert, AlertState
from passerby.alerts.event import AlertEvent, AlertEventKind
from passerby.errors import AlertConflictError, UsageError

LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does something, and when.

    Args:
        by: Account.
        time_s: UTC since 1970, s.
        note: What they write about it.

    Raises:
        UsageError: The note is too long, or not plain text.
    """

    by: str
    time_s: float
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.note) > LONGEST_NOTE:
            msg = f"note: {len(self.note)} characters are too many; write at most {LONGEST_NOTE}"
            raise UsageError(msg)
        try:
            self.note.encode()
        except UnicodeEncodeError as error:
            msg = "note: not valid Unicode; write plain text"
            raise UsageError(msg) from error


def acknowledge(alert: Alert, deed: Deed, number: int) -> AlertEvent:
    """Return the event that somebody takes care of an alert.

    Raises:
        AlertConflictError: Somebody does already, or it is resolved.
    """
    if alert.state is not AlertState.RAISED:
        msg = f"alert {alert.id} is {alert.state} already{_by_whom(alert)}; show it to see its notes"
        raise AlertConflictError(msg)
    return _event(AlertEventKind.ACKNOWLEDGED, alert, deed, number)


def assign(alert: Alert, role: str, deed: Deed, number: int) -> AlertEvent:
    """Return the event that a role handles an alert from now on.

    Raises:
        AlertConflictError: It is resolved.
    """
    _require_open(alert)
    return _event(AlertEventKind.ASSIGNED, alert, deed, number, role=role)


def tick(alert: Alert, step: int, deed: Deed, number: int) -> AlertEvent:
    """Return the event that a step of an alert's procedure is done.

    Raises:
        AlertConflictError: The step is done already, or the alert is resolved.
        UsageError: There is no such step.
    """
    _require_open(alert)
    if not 0 <= step < len(alert.about.steps):
        msg = f"alert {alert.id}: there is no step {step + 1}; its procedure has {len(alert.about.steps)}"
        raise UsageError(msg)
    if step not in alert.left():
        msg = f"alert {alert.id}: step {step + 1} is ticked already; show the alert to see who did it"
        raise AlertConflictError(msg)
    return _event(AlertEventKind.STEP, alert, deed, number, step=step)


def resolve(alert: Alert, deed: Deed, number: int) -> AlertEvent:
    """Return the event that an alert is done with.

    Raises:
        AlertConflictError: It is resolved already, what it describes still holds, nobody has acknowledged it, or steps
            of its procedure are left and no note says why.
    """
    _require_open(alert)
    if alert.state is AlertState.RAISED:
        msg = f"alert {alert.id} is not acknowledged yet; acknowledge it first"
        raise AlertConflictError(msg)
    if alert.active and not alert.about.drill:
        msg = f"alert {alert.id}: what it describes still holds; resolve it when that is over, or change its rule"
        raise AlertConflictError(msg)
    if alert.left() and not deed.note.strip():
        steps = ", ".join(str(each + 1) for each in alert.left())
        msg = f"alert {alert.id}: steps left: {steps}; tick them, or say in a note why they were not needed"
        raise AlertConflictError(msg)
    return _event(AlertEventKind.RESOLVED, alert, deed, number)


def hand_over(deed: Deed, number: int) -> AlertEvent:
    """Return the event that a shift hands over with a note.

    Raises:
        UsageError: The note is empty.
    """
    if not deed.note.strip():
        msg = "note: empty; write what the next shift must know"
        raise UsageError(msg)
    return AlertEvent(number, AlertEventKind.HANDED_OVER, "", deed.time_s, by=deed.by, note=deed.note)


def _event(kind: AlertEventKind, alert: Alert, deed: Deed, number: int, *, step: int = 0, role: str = "") -> AlertEvent:
    return AlertEvent(number, kind, alert.id, deed.time_s, by=deed.by, note=deed.note, step=step, role=role)


def _require_open(alert: Alert) -> None:
    if not alert.open:
        msg = f"alert {alert.id} is resolved{_by_whom(alert)}; nothing about it can be changed"
        raise AlertConflictError(msg)


def _by_whom(alert: Alert) -> str:
    last = next((each.by for each in reversed(alert.notes) if each.by), "")
    return f" by {last}" if last else ""
