"""The settings of alert rules."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from passerby.measure.reading import Quantity
from passerby.settings.places import PlaceName
from passerby.settings.section import Section
from passerby.settings.site.alert_condition import ConditionSettings, HoursSettings, contradictions, impossible
from passerby.settings.site.contact import EscalationSettings
from passerby.settings.site.name import Name


class RuleType(StrEnum):
    """What a rule is about."""

    MOVING_CROWD = "moving_crowd"
    STANDING_CROWD = "standing_crowd"
    ZONE_ENTRY = "zone_entry"
    COUNTER_FLOW = "counter_flow"
    QUEUE = "queue"
    CAPACITY = "capacity"
    TAILGATING = "tailgating"
    CAMERA_FAULT = "camera_fault"
    SERVICEABILITY = "serviceability"
    COVER_FAILURE = "cover_failure"
    DISK = "disk"
    CLOCK = "clock"
    CONDITIONS = "conditions"


class Severity(StrEnum):
    """How bad an alert is, from the least."""

    NOTICE = "notice"
    AMBER = "amber"
    RED = "red"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Place in the order, 0 = least."""
        return list(Severity).index(self)


class PlacesJoin(StrEnum):
    """How the places of a rule belong together."""

    EACH = "each"
    """Each place has alerts of its own."""
    ALL = "all"
    """One alert when the rule holds at all of them."""
    ANY = "any"
    """One alert when the rule holds at one of them."""


class ConditionsJoin(StrEnum):
    """How the conditions of a rule belong together."""

    ALL = "all"
    ANY = "any"


class ResolvedBy(StrEnum):
    """Who resolves an alert."""

    PERSON = "person"
    ITSELF = "itself"


CROWDS: Final = frozenset({RuleType.MOVING_CROWD, RuleType.STANDING_CROWD})
OF_CAMERAS: Final = frozenset({RuleType.CAMERA_FAULT, RuleType.SERVICEABILITY, RuleType.COVER_FAILURE})
OF_GATEWAY: Final = frozenset({RuleType.DISK, RuleType.CLOCK})
NEEDS_LIMIT: Final = frozenset({RuleType.QUEUE, RuleType.CAPACITY})
WITHOUT_LIMIT: Final = frozenset({RuleType.ZONE_ENTRY, RuleType.CAMERA_FAULT, RuleType.COVER_FAILURE})
BANDS: Final = {
    RuleType.MOVING_CROWD: {Severity.AMBER: 2.0, Severity.RED: 3.5},
    RuleType.STANDING_CROWD: {Severity.AMBER: 3.5, Severity.RED: 4.7, Severity.CRITICAL: 5.5},
}
"""Persons per m². Standing: 4.7 is the Guide to Safety at Sports Grounds' 47 per 10 m². Moving: from 2 on people slow
down, from 3.5 on they touch (Fruin; Still). Advice, no certification."""
LIMITS: Final = {
    RuleType.COUNTER_FLOW: 0.2,
    RuleType.TAILGATING: 3.0,
    RuleType.SERVICEABILITY: 0.95,
    RuleType.DISK: 2.0,
    RuleType.CLOCK: 2.0,
}
HOLDS_S: Final = {
    RuleType.ZONE_ENTRY: 0.0,
    RuleType.TAILGATING: 0.0,
    RuleType.CLOCK: 0.0,
    RuleType.CAMERA_FAULT: 30.0,
    RuleType.SERVICEABILITY: 60.0,
}
HOLD_S: Final = 10.0
Persons = Annotated[float, Field(gt=0, le=100)]


class RuleSettings(Section):
    """A rule: what is raised as an alert, where, when, and who is informed."""

    name: Name = Field(description="Name of the rule; used in topics and messages.", examples=["venue-full"])
    type: RuleType = Field(description="What it is about: " + ", ".join(RuleType) + ".", examples=["conditions"])
    places: tuple[PlaceName, ...] = Field(
        default=(), description="Where: zones, lines, counters or areas.", examples=[["venue"]]
    )
    cameras: tuple[Name, ...] = Field(default=(), description="Rules about cameras: which; empty = all that run.")
    quantity: Quantity | None = Field(
        default=None,
        description="Crowds: density, peak_density or voronoi_density. Queues: queue_length or queue_wait.",
    )
    limit: float | None = Field(
        default=None,
        ge=0,
        description="queue: persons (or s for queue_wait). capacity: persons. counter_flow: share of the weaker "
        "direction (default 0.2). tailgating: persons more than were admitted (3). serviceability: lowest share of "
        "24 h (0.95). disk: least free space, GB (2). clock: jump, s (2).",
    )
    amber: Persons | None = Field(
        default=None, description="Crowds: persons per m² for amber. Default: moving 2.0, standing 3.5."
    )
    red: Persons | None = Field(default=None, description="As amber, for red. Default: moving 3.5, standing 4.7.")
    critical: Persons | None = Field(
        default=None, description="As amber, for critical. Default: moving none, standing 5.5."
    )
    gate: PlaceName | None = Field(
        default=None, description="Tailgating: counter of the persons that the gate admitted."
    )
    conditions: tuple[ConditionSettings, ...] = Field(
        default=(), description="Type conditions: what is compared with what."
    )
    combine: ConditionsJoin = Field(
        default=ConditionsJoin.ALL, description="Whether all conditions must be met, or any."
    )
    join: PlacesJoin = Field(
        default=PlacesJoin.EACH,
        description="each: every place has its own alerts. all, any: one alert when it holds at all of them, or any.",
    )
    severity: Severity | None = Field(
        default=None, description="Severity, except of crowds: notice, amber, red or critical. Default: amber."
    )
    over_s: float = Field(default=300.0, ge=10, le=86_400, description="Tailgating: period that is compared, s.")
    hold_s: float | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="How long it must hold before an alert is raised, and be over before it ends, s. Default: 10; "
        "zone_entry, tailgating and clock 0, camera_fault 30, serviceability 60.",
    )
    hysteresis: float = Field(
        default=0.1, ge=0, lt=1, description="An alert ends only when the value is this share beyond the limit."
    )
    min_coverage: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Windows of which less was observed count as not observed; counts in them are lower bounds.",
    )
    not_observed_s: float | None = Field(
        default=None,
        ge=0,
        le=86_400,
        description="After this time without an observation, an alert says that nothing is observed, s; 0 = never. "
        "Default: 60, tailgating 600.",
    )
    active: tuple[HoursSettings, ...] = Field(default=(), description="When the rule applies; empty = always.")
    quiet: tuple[HoursSettings, ...] = Field(
        default=(),
        description="When nobody is informed, unless it is critical: what is still open at the end is sent then.",
    )
    contacts: tuple[Name, ...] | None = Field(
        default=None, description="Who is informed at once. Default: alerts.inform.", examples=[["duty-manager"]]
    )
    escalation: tuple[EscalationSettings, ...] = Field(
        default=(), description="Who is informed if nobody acknowledges it; empty = as alerts.escalation."
    )
    role: Name | None = Field(default=None, description="Role that handles it at first; one of alerts.roles.")
    steps: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=50, description="Procedure: what is to be done, in order; each step is ticked."
    )
    resolve: ResolvedBy | None = Field(
        default=None,
        description="Who resolves an alert whose condition is over: person or itself. Default: person; itself for "
        "cameras and disk.",
    )

    @property
    def held_s(self) -> float:
        """How long it must hold, s."""
        return HOLDS_S.get(self.type, HOLD_S) if self.hold_s is None else self.hold_s

    @property
    def limits(self) -> dict[Severity, float]:
        """Limit of each severity."""
        if self.type in CROWDS:
            given = {
                Severity.AMBER: self.amber,
                Severity.RED: self.red,
                Severity.CRITICAL: self.critical,
            }
            bands = BANDS[self.type]
            chosen = {each: bands.get(each) if value is None else value for each, value in given.items()}
            return {each: value for each, value in chosen.items() if value is not None}
        value = LIMITS.get(self.type, 0.0) if self.limit is None else self.limit
        return {self.severity or Severity.AMBER: value}

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> Self:
        if reason := next(iter(_unfit(self)), ""):
            msg = f"rule '{self.name}': {reason}"
            raise ValueError(msg)
        return self


def _unfit(rule: RuleSettings) -> Iterable[str]:
    """Yield which keys do not belong to a rule's type, which are missing, and why it can never fire."""
    kind = rule.type
    allowed = {
        "places": kind not in OF_CAMERAS | OF_GATEWAY,
        "cameras": kind in OF_CAMERAS,
        "quantity": kind in CROWDS or kind is RuleType.QUEUE,
        "limit": kind not in CROWDS | WITHOUT_LIMIT and kind is not RuleType.CONDITIONS,
        "severity": kind not in CROWDS,
        "gate": kind is RuleType.TAILGATING,
        "conditions": kind is RuleType.CONDITIONS,
        **dict.fromkeys(("amber", "red", "critical"), kind in CROWDS),
    }
    yield from (
        f"{key} does not belong to type {kind}; remove it"
        for key, fits in allowed.items()
        if not fits and getattr(rule, key) not in (None, ())
    )
    if allowed["places"] and not rule.places:
        yield "it has no places; name where it applies"
    if kind is RuleType.CONDITIONS and not rule.conditions:
        yield "it has no conditions; say what is compared"
    if kind in NEEDS_LIMIT and rule.limit is None:
        yield f"type {kind} needs a limit, in persons"
    if kind is RuleType.TAILGATING and rule.gate is None:
        yield "type tailgating needs gate: the counter of those who were admitted"
    yield from _never(rule)


def _never(rule: RuleSettings) -> Iterable[str]:
    """Yield why a rule can never fire, as far as it says itself."""
    wanted = {
        RuleType.QUEUE: (Quantity.QUEUE_LENGTH, Quantity.QUEUE_WAIT),
        **dict.fromkeys(CROWDS, (Quantity.DENSITY, Quantity.PEAK_DENSITY, Quantity.VORONOI_DENSITY)),
    }.get(rule.type, ())
    if rule.quantity is not None and rule.quantity not in wanted:
        yield f"quantity {rule.quantity} does not belong to type {rule.type}; choose from {', '.join(wanted)}"
    limits = list(rule.limits.values())
    if limits != sorted(set(limits)):
        yield "amber must be below red, and red below critical, so that each worse level can be reached"
    if rule.type is RuleType.COUNTER_FLOW and limits[0] > 0.5:
        yield f"it can never fire: the weaker direction has at most half, and the limit is {limits[0]:g}"
    if rule.type in {RuleType.SERVICEABILITY, RuleType.DISK} and not limits[0]:
        yield f"it can never fire: {rule.type} is never below 0; set a higher limit"
    if rule.type is RuleType.SERVICEABILITY and limits[0] > 1:
        yield f"serviceability is a share of time, and the limit is {limits[0]:g}; write 0.95 for 95 %"
    if rule.type in {RuleType.QUEUE, RuleType.CAPACITY, RuleType.TAILGATING, RuleType.CLOCK} and not limits[0]:
        yield "a limit of 0 is always reached; set a higher limit"
    yield from (reason for each in rule.conditions for reason in impossible(each))
    if rule.combine is ConditionsJoin.ALL:
        yield from contradictions(rule.conditions)
    if rule.active and max(each.length_s for each in rule.active) < rule.held_s:
        yield f"it can never fire: it must hold for {rule.held_s:g} s, and its active hours are shorter"
    if rule.escalation and [each.after_min for each in rule.escalation] != sorted(
        each.after_min for each in rule.escalation
    ):
        yield "escalation: later contacts must have later times; sort them"
