"""When a rule would have fired over the stored signals, before it goes live."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final, Self, cast

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from passerby.accounts.permission import Action
from passerby.alerts.alert import Alert
from passerby.alerts.compared import ComparedSeries, compared
from passerby.alerts.evaluator import FindingKind, RuleSet
from passerby.alerts.observation import Observation, of_chart
from passerby.alerts.replay import replay, replayable
from passerby.alerts.rule import AlertRule, Form
from passerby.alerts.site_rules import drafted_rules
from passerby.errors import UsageError
from passerby.measure.reading import Quantity
from passerby.serve.alert_view import AlertView
from passerby.serve.api.alert_info import AlarmLoadInfo
from passerby.serve.api.alerts import SeeingAlerts
from passerby.serve.api.instant import Instant
from passerby.serve.auth.requirement import SIGNALS
from passerby.serve.signal_view import SignalView
from passerby.settings.places import PlaceName
from passerby.settings.site.alert_condition import ConditionSettings
from passerby.settings.site.alert_rule import RuleSettings, RuleType, Severity
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength

router = APIRouter(prefix="/api/alerts", tags=["alerts"])

_POINTS: Final = 20_000
_WINDOWS: Final = (WindowLength.SECOND, WindowLength.TEN_SECONDS, WindowLength.MINUTE)
_DRAFT: Final = "draft"
_Limit = Annotated[float, Field(allow_inf_nan=False)]
_Hold = Annotated[float, Field(ge=0, le=3600, description="How long it must hold, and be over, s.")]


class DraftedRule(BaseModel):
    """A rule that is not in the site file yet: one comparison at one place."""

    model_config = ConfigDict(extra="forbid")

    place: PlaceName = Field(description="Where.")
    quantity: Quantity = Field(description="What is compared.")
    above: _Limit | None = Field(default=None, description="Met from this value on.")
    below: _Limit | None = Field(default=None, description="Met up to this value.")
    hold_s: _Hold = 10.0

    def rules(self, view: AlertView) -> list[AlertRule]:
        """Return it as rules have it.

        Raises:
            UsageError: It can never fire, or always does, or its place is out of view.
        """
        try:
            condition = ConditionSettings(
                quantity=self.quantity, above=self.above, below=self.below, total=_is_event(self.quantity)
            )
            places = (self.place,)
            wanted = RuleSettings(
                name=_DRAFT, type=RuleType.CONDITIONS, places=places, conditions=(condition,), hold_s=self.hold_s
            )
        except ValidationError as error:
            raise UsageError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error
        found = drafted_rules(wanted, view.settings)
        if not all(map(view.sees_rule, found)):
            msg = f"there is no place {self.place!r}; /api/places lists them"
            raise UsageError(msg)
        return found


class ReplayWanted(BaseModel):
    """Which rule is tried, over which time: one in use, perhaps with other limits, or a draft."""

    model_config = ConfigDict(extra="forbid")

    rule: str = Field(default="", max_length=64, description="Name of a rule in use; empty: the draft.")
    limits: dict[Severity, _Limit] = Field(default_factory=dict, description="Other limits of its severities.")
    hold_s: _Hold | None = None
    draft: DraftedRule | None = Field(default=None, description="A rule that is not in use.")
    start: Instant = Field(description="First moment.")
    end: Instant = Field(description="First moment after.")
    window: WindowLength = Field(
        default=WindowLength.TEN_SECONDS, description="Length of the windows: 1s, 10s or 1min; live rules see 1s."
    )
    step_s: int = Field(default=300, ge=60, le=86400, description="Length of the steps of `compared`, s.")

    @model_validator(mode="after")
    def _is_one_question(self) -> Self:
        if bool(self.rule) == (self.draft is not None):
            msg = "give either rule or draft"
            raise ValueError(msg)
        if self.window not in _WINDOWS:
            msg = f"window: choose one of {', '.join(_WINDOWS)}"
            raise ValueError(msg)
        if not 0 < (self.end - self.start).total_seconds() <= _POINTS * self.window.seconds:
            msg = f"the end must be later than the start, by at most {_POINTS} windows of {self.window}"
            raise ValueError(msg)
        return self


class ReplayedRule(BaseModel):
    """One severity of the rule that was tried."""

    severity: Severity = Field(description="Its severity.")
    summary: str = Field(description="What an alert says in the site file's limits.")
    places: list[str] = Field(description="Where it applies.")
    quantity: Quantity = Field(description="What is compared first.")
    form: Form = Field(description="Which number of it: value, change (rate) or sum (total).")
    over_s: float = Field(description="Period of a rate or total, s.")
    unit: str = Field(description="Its unit.")
    above: bool = Field(description="Whether it is met from the limit on; else up to it.")
    limit: float = Field(description="From which value on it is met.")
    clear: float = Field(description="Value at which it is over.")
    hold_s: float = Field(description="How long it must hold, s.")
    conditions: int = Field(description="Number of comparisons; more than one: the others are not shown here.")

    @classmethod
    def of(cls, rule: AlertRule) -> ReplayedRule:
        """Return a rule as the API shows it."""
        first = rule.conditions[0]
        return cls(
            severity=rule.severity,
            summary=rule.summary,
            places=[each.name for each in rule.subjects],
            quantity=Quantity(first.quantity),
            form=first.form,
            over_s=first.over_s,
            unit=rule.unit,
            above=first.above,
            limit=first.limit,
            clear=first.clear,
            hold_s=rule.hold_s,
            conditions=len(rule.conditions),
        )


class ReplayCompared(BaseModel):
    """What the first comparison of a rule compared at one place: a change, a sum, or the value itself."""

    place: str = Field(description="Where.")
    starts_s: list[int] = Field(description="First second of each step, UTC since 1970; others: nothing was compared.")
    values: list[float] = Field(description="In the unit of the rule; of each step, what came closest to the limit.")

    @classmethod
    def of(cls, series: ComparedSeries) -> ReplayCompared:
        """Return a series as the API shows it."""
        return cls(place=series.subject.name, starts_s=list(series.starts_s), values=list(series.values))


class ReplayFiring(BaseModel):
    """One alert that would have been raised."""

    severity: Severity = Field(description="The highest severity that held.")
    kind: FindingKind = Field(description="What would have been found.")
    places: list[str] = Field(description="Where.")
    begin: datetime = Field(description="When it would have been raised, UTC.")
    end: datetime | None = Field(description="When it would have been over; null: not within the time.")
    value: float = Field(description="The value that was compared last.")

    @classmethod
    def of(cls, alert: Alert) -> ReplayFiring:
        """Return an alert as the API shows it."""
        return cls(
            severity=alert.severity,
            kind=alert.about.kind,
            places=[each.name for each in alert.about.subjects],
            begin=utc(alert.raised_s),
            end=None if alert.ended_s is None else utc(alert.ended_s),
            value=alert.value,
        )


class ReplayInfo(BaseModel):
    """What a rule would have done."""

    begin: datetime = Field(description="From when on there were signals, UTC.")
    end: datetime = Field(description="Until when it was tried, UTC.")
    windows: int = Field(description="Windows that it looked at; 0: nothing was measured, and nothing can be said.")
    rules: list[ReplayedRule] = Field(description="Each severity.")
    compared: list[ReplayCompared] = Field(description="What was compared first, at each place.")
    firings: list[ReplayFiring] = Field(description="What would have been raised, oldest first.")
    load: AlarmLoadInfo = Field(description="Its alarm load, if every alert were acknowledged.")


@router.post("/replay", summary="Try a rule")
def tried(request: Request, visit: SeeingAlerts, body: ReplayWanted) -> ReplayInfo:
    """Return when a rule would have fired over the stored signals, and its alarm load; nothing is raised or stored.

    It is as if every alert were acknowledged, and resolved as soon as it is over. Rules about cameras, disk and clock
    cannot be tried, because their states are not stored. One question is answered at a time.
    """
    rules = _rules(visit.view, body)
    signals = SIGNALS.seen(request, visit.principal, Action.READ_SIGNALS)
    busy = cast("threading.Lock", request.app.state.replaying)
    if not busy.acquire(blocking=False):
        raise HTTPException(503, "somebody else tries a rule at present; try again in a moment", {"Retry-After": "2"})
    try:
        given = [] if signals is None else _stored(signals, rules, body, visit.view)
        return _answer(visit.view, rules, given, body)
    finally:
        busy.release()


def _rules(view: AlertView, body: ReplayWanted) -> list[AlertRule]:
    """Return the rules that are tried.

    Raises:
        UsageError: There is no such rule, it can never fire, or it cannot be tried.
    """
    if body.draft is not None:
        return body.draft.rules(view)
    usable = replayable(view.named(body.rule))
    if not usable:
        msg = f"rule {body.rule!r} cannot be tried: states of cameras and of the gateway are not stored"
        raise UsageError(msg)
    return [_changed(each, body) for each in usable]


def _changed(rule: AlertRule, body: ReplayWanted) -> AlertRule:
    """Return a rule with the limits that are tried; its hysteresis stays in proportion."""
    first, *others = rule.conditions
    if (limit := body.limits.get(rule.severity)) is not None:
        clear = limit * first.clear / first.limit if first.limit else limit
        rule = replace(rule, conditions=(replace(first, limit=limit, clear=clear), *others))
    return rule if body.hold_s is None else replace(rule, hold_s=body.hold_s)


def _stored(signals: SignalView, rules: list[AlertRule], body: ReplayWanted, view: AlertView) -> list[Observation]:
    places = frozenset(subject.name for subject in RuleSet(rules, view.zone).needs)
    conditions = [condition for rule in rules for condition in rule.conditions]
    named = {name for each in conditions for name in (each.quantity, each.less_quantity) if name}
    quantities = frozenset(map(Quantity, named))
    wanted = Selection(body.window, body.start, body.end, view.zone, frozenset(), places, quantities)
    found = (each for chart in signals.charts(wanted) for each in of_chart(chart, body.window.seconds))
    return sorted(found, key=lambda each: each.end_s)


def _answer(view: AlertView, rules: list[AlertRule], given: list[Observation], body: ReplayWanted) -> ReplayInfo:
    end_s = max(min(body.end.timestamp(), view.now_s()), body.start.timestamp())
    begin_s = given[0].start_s if given else end_s  # what was not stored before was not missed
    done = replay(rules, given, zone=view.zone, span_s=(begin_s, end_s), operators=view.settings.operators)
    return ReplayInfo(
        begin=utc(begin_s),
        end=utc(end_s),
        windows=len(given),
        rules=[ReplayedRule.of(each) for each in rules],
        compared=[ReplayCompared.of(each) for each in compared(rules[0], given, body.step_s)],
        firings=[ReplayFiring.of(each) for each in done.alerts],
        load=AlarmLoadInfo.of(done.load),
    )


def _is_event(quantity: Quantity) -> bool:
    return quantity.aggregate.value == "event"
