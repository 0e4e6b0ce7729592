"""Rules and observations for tests of alerts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC

from passerby.alerts.book import AlertBook
from passerby.alerts.evaluator import FindingKind, RuleFinding, RuleSet
from passerby.alerts.event import AlertEvent
from passerby.alerts.observation import Observation, Subject, SubjectKind
from passerby.alerts.rule import AlertRule, Condition
from passerby.settings.site.alert_rule import Severity

NOON_S = 1_795_348_800.0
"""Sunday, 22 November 2026, 12:00 UTC."""
HALL, YARD, GATE = (Subject(SubjectKind.PLACE, name) for name in ("hall", "yard", "gate"))
DENSE = Condition("density", 4.7, 4.23)


def rule(
    *conditions: Condition, name: str = "crowd", subjects: Sequence[Subject] = (HALL,), **more: object
) -> AlertRule:
    given = {"severity": Severity.RED, "summary": "density of 4.7 1/m2 or more", **more}
    return AlertRule(name, subjects=tuple(subjects), conditions=conditions or (DENSE,), **given)


def seen(
    value: float, second: float, subject: Subject = HALL, quantity: str = "density", **more: object
) -> Observation:
    """A window that ends at a second after noon; a second long if nothing else is said."""
    length_s = more.pop("length_s", 1.0)
    return Observation(subject, quantity, value, NOON_S + second - length_s, NOON_S + second, **more)


def run(rules: Iterable[AlertRule], given: Iterable[Observation], zone=UTC) -> list[tuple[float, FindingKind, bool]]:
    """Return what rules find, with seconds after noon; the clock follows the observations."""
    rule_set = RuleSet(rules, zone)
    found = []
    for each in given:
        found += rule_set.step(each.end_s)
        found += rule_set.observe([each])
    return [(finding.time_s - NOON_S, finding.kind, finding.met) for finding in found]


def begins(found: Iterable[tuple[float, FindingKind, bool]]) -> list[float]:
    """Seconds after noon at which something began."""
    return [second for second, _, met in found if met]


def finding(
    made: AlertRule, second: float = 0.0, *, met: bool = True, kind: FindingKind = FindingKind.CONDITION, at: int = 0
) -> RuleFinding:
    return RuleFinding(made, made.targets()[at], kind, met, NOON_S + second, 5.0)


def nobody(_: Subject) -> frozenset[str]:
    return frozenset()


def judged(book: AlertBook, *findings: RuleFinding, **more: object) -> list[AlertEvent]:
    return book.judge(findings, nobody, **more)
