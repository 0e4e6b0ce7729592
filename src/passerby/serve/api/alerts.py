"""Alerts: list, follow and handle them; drills, hand-over and alarm load."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from passerby.accounts.permission import Action
from passerby.alerts.alert import AlertState
from passerby.alerts.handling import LONGEST_NOTE
from passerby.errors import AlertAbsentError, AlertConflictError, AlertStorageError, AuditError, UsageError
from passerby.listeners import Wakeup
from passerby.serve.alert_view import AlertGroup, AlertView
from passerby.serve.api.alert_info import (
    AlarmLoadInfo,
    AlertInfo,
    AlertingHealth,
    AlertPage,
    AlertRuleInfo,
    ContactInfo,
    HandoverInfo,
)
from passerby.serve.api.instant import Instant
from passerby.serve.auth.requirement import AlertsVisit, RequiresAlerts

router = APIRouter(prefix="/api/alerts", tags=["alerts"])

_AGAIN_S = 1.0
_STATUSES = ((AlertAbsentError, 404), (AlertConflictError, 409), (UsageError, 422))

SeeingAlerts = Annotated[AlertsVisit, Depends(RequiresAlerts(Action.SEE_ALERTS))]
HandlingAlerts = Annotated[AlertsVisit, Depends(RequiresAlerts(Action.HANDLE_ALERTS))]
Number = Annotated[str, Path(max_length=64, description="Number of the alert.")]
IfMatch = Annotated[
    str | None, Header(max_length=200, description="Entity tag of the alert that was seen; * = whatever it is now.")
]


class AlertFilter(StrEnum):
    """Which alerts are listed."""

    OPEN = "open"
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    ALL = "all"

    def takes(self, state: AlertState) -> bool:
        """Return whether alerts of a state are listed."""
        if self is AlertFilter.OPEN:
            return state is not AlertState.RESOLVED
        return self is AlertFilter.ALL or self.value == state.value


class NoteBody(BaseModel):
    """What somebody writes about what they do."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(default="", max_length=LONGEST_NOTE, description="What the others should know.")


class AssignBody(NoteBody):
    """To whom an alert is assigned."""

    role: str = Field(max_length=64, description="Role, one of alerts.roles in the site file.")


class DrillBody(NoteBody):
    """Which rule is practised."""

    rule: str = Field(max_length=64, description="Name of the rule.")


@contextmanager
def _answered() -> Iterator[None]:
    """Answer what cannot be done with its reason."""
    try:
        yield
    except (AlertAbsentError, AlertConflictError, UsageError) as error:
        status = next(status for kind, status in _STATUSES if isinstance(error, kind))
        raise HTTPException(status, str(error)) from error
    except (AlertStorageError, AuditError) as error:
        raise HTTPException(503, str(error)) from error


@router.get("", summary="Alerts")
def alerts(
    visit: SeeingAlerts,
    state: Annotated[AlertFilter, Query(description="Which: open, raised, acknowledged, resolved or all.")] = (
        AlertFilter.OPEN
    ),
    limit: Annotated[int, Query(ge=1, le=500, description="Most alerts on one page.")] = 100,
    cursor: Annotated[str, Query(pattern=r"^[0-9a-f]{0,16}$", description="Where the previous page ended.")] = "",
    *,
    start: Annotated[Instant | None, Query(description="Only those that were raised from then on.")] = None,
    end: Annotated[Instant | None, Query(description="Only those that were raised before.")] = None,
) -> AlertPage:
    """Return alerts, the newest first; those that were announced together are one, with their number."""
    before = int(cursor, 16) if cursor else None
    found = [
        each
        for each in visit.view.groups()
        if state.takes(each.state)
        and (before is None or each.order < before)
        and (start is None or each.first.raised_s >= start.timestamp())
        and (end is None or each.first.raised_s < end.timestamp())
    ]
    page = found[:limit]
    more = f"{page[-1].order:x}" if len(found) > limit else None
    return AlertPage(alerts=[AlertInfo.of(each) for each in page], next=more)


@router.get("/stream", response_class=EventSourceResponse, summary="News of alerts")
async def stream(visit: SeeingAlerts) -> AsyncIterable[ServerSentEvent]:
    """Send all open alerts (`alerts`), then each that changed (`alert`), with its new state."""
    more = Wakeup()
    sent: dict[str, str] = {}
    first = True
    with visit.view.listen(more.notify):
        while visit.alive():
            found = await run_in_threadpool(visit.view.groups)  # it may wait for the disk
            groups = {each.first.id: each for each in found}
            if first:
                opened = [each for each in groups.values() if each.state is not AlertState.RESOLVED]
                yield ServerSentEvent(event="alerts", data=[AlertInfo.of(each) for each in opened])
                first = False
            else:
                for number, group in groups.items():
                    if sent.get(number) != group.tag:
                        yield ServerSentEvent(event="alert", data=AlertInfo.of(group))
            sent = {number: group.tag for number, group in groups.items()}
            await more.wait(_AGAIN_S)


@router.get("/rules", summary="Rules in use")
def rules(visit: SeeingAlerts) -> list[AlertRuleInfo]:
    """Return the rules in use, one entry for each severity."""
    return [AlertRuleInfo.of(each) for each in visit.view.rules()]


@router.get("/health", summary="Does alerting work?")
def health(visit: SeeingAlerts) -> AlertingHealth:
    """Return whether alerts may be missing because alerting itself fails, stands still, or cannot store them."""
    return AlertingHealth(problem=visit.view.problem, failures=visit.view.failures)


@router.get("/contacts", summary="Delivery to contacts")
def contacts(visit: SeeingAlerts) -> list[ContactInfo]:
    """Return how delivery goes, and what could not be delivered; nothing for accounts limited to some cameras."""
    return [ContactInfo.of(each) for each in visit.view.couriers()]


@router.get("/load", summary="Alarm load")
def load(
    visit: SeeingAlerts,
    hours: Annotated[float, Query(gt=0, le=24 * 366, description="Length of the time until now, h.")] = 24.0,
) -> AlarmLoadInfo:
    """Return how many alerts a person had to handle, by EEMUA 191."""
    return AlarmLoadInfo.of(visit.view.load(3600 * hours))


@router.get("/handover", summary="Hand-over of the shift")
def handover(visit: SeeingAlerts) -> HandoverInfo:
    """Return the latest note and the open alerts; accounts that are limited to some cameras see no note."""
    return HandoverInfo.of(visit.view.last_note(), visit.view.open_items())


@router.post("/handover", status_code=201, summary="Hand over the shift")
def hand_over(visit: HandlingAlerts, body: NoteBody) -> HandoverInfo:
    """Record a note for the next shift, and return it with the open alerts."""
    with _answered():
        visit.view.hand_over(body.note)
    return HandoverInfo.of(visit.view.last_note(), visit.view.open_items())


@router.post("/drills", status_code=201, summary="Raise a drill")
def drill(visit: HandlingAlerts, body: DrillBody, response: Response) -> AlertInfo:
    """Raise the alert of a rule to practise: it is sent to its contacts, and marked as a drill everywhere."""
    with _answered():
        return _shown(visit.view.drill(body.rule, body.note), response)


@router.get("/{alert}", summary="One alert")
def show(visit: SeeingAlerts, alert: Number, response: Response) -> AlertInfo:
    """Return an alert, or several that were announced as one."""
    with _answered():
        return _shown(visit.view.group(alert), response)


@dataclass(frozen=True, slots=True)
class HandledAlert:
    """An alert that somebody wants to change, and that nobody has changed since they saw it.

    Args:
        alerts: The alerts in view.
        group: The alert, with those announced with it.
        response: Gets the new entity tag.
    """

    alerts: AlertView
    group: AlertGroup
    response: Response

    def after(self, what: Callable[[], None]) -> AlertInfo:
        """Change the alert, and return it."""
        with _answered():
            what()
            return _shown(self.alerts.group(self.group.first.id), self.response)


def _handled(visit: HandlingAlerts, alert: Number, response: Response, if_match: IfMatch = None) -> HandledAlert:
    with _answered():
        group = visit.view.group(alert)
    if if_match is None:
        raise HTTPException(428, "send If-Match with the ETag of the alert that you saw, or * to change it anyway")
    if if_match.strip() != "*" and group.tag not in {each.strip() for each in if_match.split(",")}:
        raise HTTPException(412, "somebody else has changed this alert; read it again")
    return HandledAlert(visit.view, group, response)


Handled = Annotated[HandledAlert, Depends(_handled)]


@router.post("/{alert}/acknowledge", summary="Acknowledge")
def acknowledge(handled: Handled, body: NoteBody) -> AlertInfo:
    """Acknowledge an alert: somebody takes care of it, and it is no longer escalated."""
    return handled.after(lambda: handled.alerts.acknowledge(handled.group, body.note))


@router.post("/{alert}/assign", summary="Assign to a role")
def assign(handled: Handled, body: AssignBody) -> AlertInfo:
    """Assign an alert to a role."""
    return handled.after(lambda: handled.alerts.assign(handled.group, body.role, body.note))


@router.post("/{alert}/steps/{step}", summary="Tick a step")
def tick(
    handled: Handled,
    step: Annotated[int, Path(ge=1, le=1000, description="Number of the step, from 1.")],
    body: NoteBody,
) -> AlertInfo:
    """Mark a step of an alert's procedure as done."""
    return handled.after(lambda: handled.alerts.tick(handled.group, step, body.note))


@router.post("/{alert}/resolve", summary="Resolve")
def resolve(handled: Handled, body: NoteBody) -> AlertInfo:
    """Resolve an alert; one whose condition still holds cannot be resolved."""
    return handled.after(lambda: handled.alerts.resolve(handled.group, body.note))


def _shown(group: AlertGroup, response: Response) -> AlertInfo:
    response.headers["ETag"] = group.tag
    return AlertInfo.of(group)
