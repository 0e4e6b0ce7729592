"""The rules of a site, as its site file describes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from passerby.alerts.hours import WeekHours
from passerby.alerts.observation import (
    CAMERA_FAULT,
    CLOCK_JUMP,
    COVER_FAILURE,
    DISK_FREE,
    GATEWAY,
    NOT_STORED,
    SERVICEABILITY,
    WATCHDOG_FINDING,
    Subject,
    SubjectKind,
)
from passerby.alerts.rule import PERSONS, AlertRule, Condition, EscalationStep, Form
from passerby.settings.alert_places import INSIDE, measured_at, wanted_quantity
from passerby.settings.site.alert_condition import ConditionSettings, HoursSettings, Weekday
from passerby.settings.site.alert_rule import (
    CROWDS,
    OF_CAMERAS,
    OF_GATEWAY,
    ConditionsJoin,
    ResolvedBy,
    RuleSettings,
    Severity,
)
from passerby.settings.site.alert_rule import RuleType as Type
from passerby.settings.site.alerts import AlertSettings
from passerby.settings.site.site import SiteSettings

NOT_OBSERVED_S = {Type.TAILGATING: 600.0}
WATCHDOG = "watchdog"
"""Name of the rule that a site with a watchdog has."""
ENTRY_S = 10.0
"""After so long without another entry, nobody enters a zone any more."""
OF_ALL_CLASSES = frozenset({"zone_entry", "stopped_vehicle", "wrong_way", "turns", "headway"})
"""Quantities of which all classes count where none is named; of the others, persons."""
UNITS = {Type.CAPACITY: "persons", Type.DISK: "GB", Type.CLOCK: "s", Type.TAILGATING: "persons"}


def site_rules(site: SiteSettings) -> list[AlertRule]:
    """Return the rules of a site, one for each severity.

    Raises:
        UsageError: A places file is wrong.
    """
    measured = measured_at(site)
    return [
        *_of_watchdog(site),
        *(
            rule
            for settings in site.alerts.rules
            for severity, limit in settings.limits.items()
            for rule in _rules(settings, severity, limit, _Site(site, measured))
        ),
    ]


def drafted_rules(settings: RuleSettings, alerts: AlertSettings) -> list[AlertRule]:
    """Return what a rule of type conditions would be that is not in the site file, one for each severity.

    Args:
        settings: The rule.
        alerts: Who would be informed of it.
    """
    places = tuple(Subject(SubjectKind.PLACE, each) for each in settings.places)
    return [
        _rule(settings, severity, places, _of_places(settings, limit), alerts=alerts)
        for severity, limit in settings.limits.items()
    ]


def _of_watchdog(site: SiteSettings) -> Iterator[AlertRule]:
    """Yield the rule of a site that has a watchdog: it says what was found, and when nobody looks."""
    if site.watchdog is None:
        return
    yield AlertRule(
        WATCHDOG,
        site.watchdog.severity,
        "the watchdog found somebody who may be uncovered; the camera is covered whole",
        tuple(Subject(SubjectKind.CAMERA, camera.name) for camera in site.cameras if camera.enabled),
        (Condition(WATCHDOG_FINDING, 1.0, 0.0),),
        hold_s=0.0,
        blind_s=site.watchdog.silent_s,
        contacts=site.alerts.inform,
        escalation=tuple(EscalationStep(60 * each.after_min, each.contact) for each in site.alerts.escalation),
    )


class _Site:
    """What rules need to know of their site."""

    def __init__(self, site: SiteSettings, measured: Mapping[str, Collection[str]]) -> None:
        self.alerts: AlertSettings = site.alerts
        self.cameras = [camera.name for camera in site.cameras if camera.enabled]
        self._measured = measured

    def inside(self, place: str) -> str:
        """Return which quantity says how many persons are in a place."""
        return next((each.value for each in INSIDE if each in self._measured.get(place, ())), INSIDE[-1].value)


def _rules(settings: RuleSettings, severity: Severity, limit: float, site: _Site) -> Iterator[AlertRule]:
    places = tuple(Subject(SubjectKind.PLACE, each) for each in settings.places)
    if settings.type is Type.CAPACITY:  # areas are counted in different ways
        for place in places:
            yield _rule(
                settings, severity, (place,), (_above(settings, site.inside(place.name), limit),), alerts=site.alerts
            )
    elif settings.type in OF_CAMERAS:
        cameras = tuple(Subject(SubjectKind.CAMERA, each) for each in settings.cameras or site.cameras)
        yield _rule(settings, severity, cameras, _of_camera(settings, limit), alerts=site.alerts)
    elif settings.type in OF_GATEWAY:
        yield _rule(settings, severity, (GATEWAY,), _of_gateway(settings, limit), alerts=site.alerts)
    else:
        yield _rule(settings, severity, places, _of_places(settings, limit), alerts=site.alerts)


def _rule(
    settings: RuleSettings,
    severity: Severity,
    subjects: tuple[Subject, ...],
    conditions: tuple[Condition, ...],
    *,
    alerts: AlertSettings,
) -> AlertRule:
    itself = settings.type in OF_CAMERAS | OF_GATEWAY
    lasts = itself and settings.type is not Type.CLOCK  # a jump is over at once, and somebody should see it
    resolved_by = settings.resolve or (ResolvedBy.ITSELF if lasts else ResolvedBy.PERSON)
    blind_s = settings.not_observed_s
    if blind_s is None:
        blind_s = NOT_OBSERVED_S.get(settings.type, 60.0)
    escalation = settings.escalation or alerts.escalation
    need_all = settings.combine is ConditionsJoin.ALL and settings.type is not Type.DISK
    return AlertRule(
        settings.name,
        severity,
        _summary(settings, conditions, need_all=need_all),
        subjects,
        conditions,
        unit=_unit(settings),
        join=settings.join,
        need_all=need_all,
        hold_s=settings.held_s,
        min_coverage=settings.min_coverage,
        blind_s=blind_s if blind_s and not itself else None,
        active=_hours(settings.active),
        quiet=_hours(settings.quiet),
        contacts=alerts.inform if settings.contacts is None else settings.contacts,
        escalation=tuple(EscalationStep(60 * each.after_min, each.contact) for each in escalation),
        steps=settings.steps,
        role=settings.role or "",
        by_person=resolved_by is ResolvedBy.PERSON,
    )


def _above(settings: RuleSettings, quantity: str, limit: float) -> Condition:
    return Condition(quantity, limit, limit * (1 - settings.hysteresis))


def _of_places(settings: RuleSettings, limit: float) -> tuple[Condition, ...]:
    if settings.type is Type.CONDITIONS:
        return tuple(_condition(each, settings.hysteresis) for each in settings.conditions)
    quantity = (wanted_quantity(settings) or INSIDE[-1]).value
    if settings.type is Type.ZONE_ENTRY:
        return (Condition(quantity, 1.0, 0.0, form=Form.TOTAL, over_s=ENTRY_S, kinds=None),)
    if settings.type is Type.TAILGATING:
        gate = Subject(SubjectKind.PLACE, settings.gate or "")
        clear = limit * (1 - settings.hysteresis)
        return (
            Condition(
                quantity, limit, clear, form=Form.TOTAL, over_s=settings.over_s, less=gate, less_quantity=quantity
            ),
        )
    return (_above(settings, quantity, limit),)


def _condition(given: ConditionSettings, hysteresis: float) -> Condition:
    above = given.above is not None
    limit = given.above if given.above is not None else given.below or 0.0
    form = Form.RATE if given.per_min else Form.TOTAL if given.total else Form.VALUE
    usual = None if given.quantity.value in OF_ALL_CLASSES else PERSONS
    return Condition(
        given.quantity.value,
        limit,
        limit - hysteresis * abs(limit) if above else limit + hysteresis * abs(limit),
        above,
        form,
        given.over_s if form is not Form.VALUE else 0.0,
        kinds=frozenset({given.kind}) if given.kind else usual,
        subject=Subject(SubjectKind.PLACE, given.place) if given.place else None,
    )


def _of_camera(settings: RuleSettings, limit: float) -> tuple[Condition, ...]:
    if settings.type is Type.SERVICEABILITY:
        return (Condition(SERVICEABILITY, limit, min(1.0, limit + 0.001), above=False),)
    return (Condition(CAMERA_FAULT if settings.type is Type.CAMERA_FAULT else COVER_FAILURE, 1.0, 0.0),)


def _of_gateway(settings: RuleSettings, limit: float) -> tuple[Condition, ...]:
    if settings.type is Type.CLOCK:
        return (Condition(CLOCK_JUMP, limit, limit / 2),)
    clear = limit * (1 + settings.hysteresis)
    return (Condition(DISK_FREE, limit, clear, above=False), Condition(NOT_STORED, 1.0, 0.0))


def _hours(given: Iterable[HoursSettings]) -> tuple[WeekHours, ...]:
    order = list(Weekday)
    return tuple(WeekHours(frozenset(order.index(day) for day in each.days), *each.minutes()) for each in given)


def _unit(settings: RuleSettings) -> str:
    if settings.type in UNITS:
        return UNITS[settings.type]
    if settings.conditions:
        first = settings.conditions[0]
        return _per_min(first.quantity.unit) if first.per_min else first.quantity.unit
    quantity = wanted_quantity(settings)
    return "1" if quantity is None else quantity.unit


def _per_min(unit: str) -> str:
    """Return the unit of a change per minute.

    >>> [_per_min(unit) for unit in ("persons", "1", "1/m2", "1/(m s)")]
    ['persons/min', '1/min', '1/(m2 min)', '1/(m s min)']
    """
    above, _, below = unit.partition("/")
    below = below.strip("()")
    return f"{above}/({below} min)" if below else f"{above}/min"


def _summary(settings: RuleSettings, conditions: tuple[Condition, ...], *, need_all: bool) -> str:
    """Return in one line what an alert of a rule says."""
    limit = conditions[0].limit
    fixed = {
        Type.ZONE_ENTRY: "somebody entered the zone",
        Type.COUNTER_FLOW: f"{limit:.0%} or more go against the main direction",
        Type.CAPACITY: f"{limit:g} persons or more are inside",
        Type.TAILGATING: f"{limit:g} persons or more passed than the gate admitted, within {conditions[0].over_s:g} s",
        Type.CAMERA_FAULT: "no usable picture, or a fault",
        Type.SERVICEABILITY: f"usable, correctly covered pictures in {limit:.1%} of 24 hours or less",
        Type.COVER_FAILURE: "pictures cannot be inspected and are covered whole",
        Type.DISK: f"{limit:g} GB of free disk space or less, or signals cannot be stored",
        Type.CLOCK: f"the system's clock was set by {limit:g} s or more",
    }
    if settings.type in fixed:
        return fixed[settings.type]
    unit = "" if _unit(settings) == "1" else f" {_unit(settings)}"
    if settings.type in CROWDS or settings.type is Type.QUEUE:
        return f"{conditions[0].quantity.replace('_', ' ')} of {limit:g}{unit} or more"
    return (" and " if need_all else " or ").join(_condition_text(each) for each in conditions)


def _condition_text(condition: Condition) -> str:
    where = f" at {condition.subject.name}" if condition.subject else ""
    what = condition.quantity.replace("_", " ")
    side = "or more" if condition.above else "or less"
    period = "" if condition.form is Form.VALUE else f" in {condition.over_s:g} s"
    rate = " per min" if condition.form is Form.RATE else ""
    return f"{what}{where} {condition.limit:g}{rate} {side}{period}"
