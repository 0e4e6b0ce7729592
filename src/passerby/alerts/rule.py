"""A rule: what must be observed, for how long, where and when, for an alert to be raised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from passerby.alerts.hours import WeekHours
from passerby.alerts.observation import Subject
from passerby.settings.site.alert_rule import PlacesJoin, Severity

PERSONS = frozenset({"", "person"})
"""Classes that a condition about people matches."""


class Form(StrEnum):
    """Which number of a quantity a condition compares."""

    VALUE = "value"
    """The value of the latest window."""
    RATE = "rate"
    """Its change over a period, per minute."""
    TOTAL = "total"
    """The sum of a period, for counts and events."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one quantity with a limit.

    Args:
        quantity: What is compared.
        limit: From which value on the condition is met, the value itself included.
        clear: Value at which a condition that was met is over; between the two nothing changes (hysteresis).
        above: Whether values above the limit meet it; else values below.
        form: Which number of the quantity is compared.
        over_s: Period of a rate or total, s.
        kinds: Classes that are counted; None = all.
        subject: Where, if it is not where the rule is.
        less: Total only: the counts of this subject, of `less_quantity`, are subtracted.
        less_quantity: As `quantity`, at `less`.
    """

    quantity: str
    limit: float
    clear: float
    above: bool = True
    form: Form = Form.VALUE
    over_s: float = 0.0
    kinds: frozenset[str] | None = PERSONS
    subject: Subject | None = None
    less: Subject | None = None
    less_quantity: str = ""

    def meets(self, value: float, *, at_least: bool) -> bool:
        """Return whether a value meets the condition; one that may be higher is never below a limit."""
        return value >= self.limit if self.above else value <= self.limit and not at_least

    def ends(self, value: float, *, at_least: bool) -> bool:
        """Return whether a value ends a condition that was met; one that may be higher ends no condition above."""
        return value <= self.clear and not at_least if self.above else value >= self.clear


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Who is informed if nobody acknowledges an alert.

    Args:
        after_s: Time after the alert was raised, s.
        contact: Name of the contact.
    """

    after_s: float
    contact: str


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One severity of one rule.

    Args:
        name: Name in the site file; the severities of one rule share it.
        severity: Severity of its alerts.
        summary: What an alert says, such as "density of 4.7 1/m2 or more".
        unit: Unit of the values in it.
        subjects: Where it applies.
        conditions: What is compared.
        join: How the subjects belong together.
        need_all: Whether all conditions must be met; else one is enough.
        hold_s: How long they must be met before an alert is raised, and be over before it has ended, s.
        min_coverage: Windows of which less was observed do not count as observed; their counts are lower bounds.
        blind_s: After so long without an observation, "not observed" is raised, s; None = never.
        active: Hours in which it applies; empty = always.
        quiet: Hours in which nobody is notified unless it is critical.
        contacts: Who is notified at once.
        escalation: Who is notified later, in order of time.
        steps: What is to be done, in order.
        role: Role that the alert is assigned to at first; "" = none.
        by_person: Whether a person resolves its alerts; else they are resolved when their condition is over.
    """

    name: str
    severity: Severity
    summary: str
    subjects: tuple[Subject, ...]
    conditions: tuple[Condition, ...]
    unit: str = "1"
    join: PlacesJoin = PlacesJoin.EACH
    need_all: bool = True
    hold_s: float = 10.0
    min_coverage: float = 0.5
    blind_s: float | None = 60.0
    active: tuple[WeekHours, ...] = ()
    quiet: tuple[WeekHours, ...] = ()
    contacts: tuple[str, ...] = ()
    escalation: tuple[EscalationStep, ...] = ()
    steps: tuple[str, ...] = ()
    role: str = ""
    by_person: bool = True

    def targets(self) -> list[tuple[Subject, ...]]:
        """Return the groups of subjects that have alerts of their own."""
        return [(each,) for each in self.subjects] if self.join is PlacesJoin.EACH else [self.subjects]
