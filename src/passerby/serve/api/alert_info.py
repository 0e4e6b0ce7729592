"""Alerts, rules, contacts and the alarm load as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from passerby.alerts.alert import AlertState
from passerby.alerts.evaluator import FindingKind
from passerby.alerts.event import AlertEventKind
from passerby.alerts.load import AlarmLoad, report
from passerby.alerts.rule import AlertRule
from passerby.alerts.shift import ShiftNote
from passerby.outputs.notify.courier import Courier
from passerby.serve.alert_view import AlertGroup
from passerby.settings.site.alert_rule import Severity
from passerby.signals.signal import utc

MOST_WHERE = 100


class AlertStepInfo(BaseModel):
    """A step of an alert's procedure."""

    step: int = Field(description="Its number, from 1.")
    text: str = Field(description="What is to be done.")
    done_by: str | None = Field(description="Account that ticked it; null: nobody yet.")
    done: datetime | None = Field(description="When, UTC.")


class AlertNoteInfo(BaseModel):
    """What happened to an alert."""

    time: datetime = Field(description="When, UTC.")
    by: str = Field(description="Account; empty: the gateway.")
    what: AlertEventKind = Field(description="What was done.")
    text: str = Field(description="What was written.")


class AlertInfo(BaseModel):
    """An alert, or several that were announced as one; about places and cameras, never about persons."""

    alert: str = Field(description="Its number.")
    rule: str = Field(description="Name of the rule.")
    kind: FindingKind = Field(description="condition, or not_observed: nobody can say whether it is so.")
    severity: Severity = Field(description="The highest severity that held.")
    state: AlertState = Field(description="How far people are: raised, acknowledged or resolved.")
    active: bool = Field(description="Whether what it describes still holds.")
    summary: str = Field(description="What is the matter.")
    where: list[str] = Field(description="Places, cameras or the gateway; at most 100.")
    count: int = Field(description="Number of alerts that were announced as this one, as far as they are in view.")
    recurred: int = Field(description="How often it was raised in all, recurrences included.")
    value: float = Field(description="Value that was compared last.")
    unit: str = Field(description="Unit of the value.")
    raised: datetime = Field(description="When it was raised, UTC.")
    changed: datetime = Field(description="When anything happened to it last, UTC.")
    ended: datetime | None = Field(description="When what it describes was over, UTC.")
    drill: bool = Field(description="Whether it was raised to practise, and nothing has happened.")
    role: str = Field(description="Role that handles it; empty: anyone.")
    steps: list[AlertStepInfo] = Field(description="Its procedure.")
    notes: list[AlertNoteInfo] = Field(description="What happened, oldest first.")

    @classmethod
    def of(cls, group: AlertGroup) -> AlertInfo:
        """Return a group as the API shows it."""
        first = group.first
        ended_s = None if any(each.active for each in group.members) else first.ended_s
        done = dict(first.ticked)
        return cls(
            alert=first.id,
            rule=first.about.rule,
            kind=first.about.kind,
            severity=group.severity,
            state=group.state,
            active=any(each.active for each in group.members),
            summary=first.about.summary,
            where=[str(subject) for each in group.members for subject in each.about.subjects][:MOST_WHERE],
            count=len(group.members),
            recurred=sum(each.count for each in group.members),
            value=first.value,
            unit=first.about.unit,
            raised=utc(first.raised_s),
            changed=utc(max(each.changed_s for each in group.members)),
            ended=None if ended_s is None else utc(ended_s),
            drill=first.about.drill,
            role=first.role,
            steps=[
                AlertStepInfo(
                    step=number + 1,
                    text=text,
                    done_by=done[number].by if number in done else None,
                    done=utc(done[number].time_s) if number in done else None,
                )
                for number, text in enumerate(first.about.steps)
            ],
            notes=[
                AlertNoteInfo(time=utc(each.time_s), by=each.by, what=each.what, text=each.text) for each in first.notes
            ],
        )


class AlertPage(BaseModel):
    """Some alerts, the newest first."""

    alerts: list[AlertInfo] = Field(description="The alerts.")
    next: str | None = Field(description="Cursor of the next page; null: this is the last.")


class AlertRuleInfo(BaseModel):
    """One severity of a rule in use."""

    rule: str = Field(description="Name of the rule.")
    severity: Severity = Field(description="Severity of its alerts.")
    summary: str = Field(description="What its alerts say.")
    hold_s: float = Field(description="How long it must hold, s.")
    steps: list[str] = Field(description="What is to be done.")

    @classmethod
    def of(cls, rule: AlertRule) -> AlertRuleInfo:
        """Return a rule as the API shows it."""
        steps = list(rule.steps)
        return cls(rule=rule.name, severity=rule.severity, summary=rule.summary, hold_s=rule.hold_s, steps=steps)


class UndeliveredInfo(BaseModel):
    """A message that could not be delivered."""

    number: str = Field(description="Its number.")
    title: str = Field(description="What it said, in one line.")
    reason: str = Field(description="Why it could not be delivered.")


class AlertingHealth(BaseModel):
    """Whether alerting itself works."""

    problem: str = Field(description="Why alerts may be missing or not stored; empty: it works.")
    failures: int = Field(description="Steps that failed since the start.")


class ContactInfo(BaseModel):
    """How delivery to a contact goes."""

    contact: str = Field(description="Its name.")
    problem: str = Field(description="Why nothing is delivered at present; empty: it is.")
    waiting: int = Field(description="Messages that wait.")
    undelivered: list[UndeliveredInfo] = Field(description="Messages that could not be delivered.")

    @classmethod
    def of(cls, courier: Courier) -> ContactInfo:
        """Return a courier as the API shows it."""
        dead = [UndeliveredInfo(number=each.key, title=each.title, reason=reason) for each, reason in courier.dead()]
        return cls(contact=courier.contact, problem=courier.problem, waiting=courier.waiting, undelivered=dead)


class HandoverInfo(BaseModel):
    """What a shift leaves to the next."""

    note: str = Field(description="The latest note; empty: none, or not in view.")
    by: str = Field(description="Account that wrote it.")
    time: datetime | None = Field(description="When, UTC.")
    open: list[str] = Field(description="A line for each open alert, the worst first.")

    @classmethod
    def of(cls, note: ShiftNote | None, items: list[str]) -> HandoverInfo:
        """Return a hand-over as the API shows it."""
        if note is None:
            return cls(note="", by="", time=None, open=items)
        return cls(note=note.text, by=note.by, time=utc(note.time_s), open=items)


class FloodInfo(BaseModel):
    """A time with more announcements than anybody can handle."""

    start: datetime = Field(description="Start, UTC.")
    end: datetime = Field(description="End, UTC.")
    count: float = Field(description="Announcements per operator.")


class AlarmLoadInfo(BaseModel):
    """The alarm load by EEMUA 191, of the alerts in view."""

    start: datetime = Field(description="Start, UTC.")
    end: datetime = Field(description="End, UTC.")
    operators: int = Field(description="Persons who share the work.")
    total: int = Field(description="Announcements.")
    mean: float = Field(description="Per operator in 10 minutes; EEMUA 191: about 1.")
    most: float = Field(description="The most of them in any 10 minutes; EEMUA 191: at most 10.")
    share_above: float = Field(description="Share of 10-minute spans with more than 1 per operator.")
    floods: list[FloodInfo] = Field(description="Times with more than 10 per operator in 10 minutes.")
    standing: int = Field(description="Alerts that have stood for more than a day.")
    chattering: int = Field(description="Alerts that came three times in a minute.")
    report: list[str] = Field(description="The same as text, with names.")

    @classmethod
    def of(cls, load: AlarmLoad) -> AlarmLoadInfo:
        """Return an alarm load as the API shows it."""
        return cls(
            start=utc(load.start_s),
            end=utc(load.end_s),
            operators=load.operators,
            total=load.total,
            mean=load.mean,
            most=load.most,
            share_above=load.share_above,
            floods=[FloodInfo(start=utc(each.start_s), end=utc(each.end_s), count=each.count) for each in load.floods],
            standing=len(load.standing),
            chattering=len(load.chattering),
            report=report(load),
        )
