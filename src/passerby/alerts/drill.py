"""A drill: the alert of a rule, raised to practise."""

from __future__ import annotations

from collections.abc import Iterable

from passerby.alerts.alert import Alert
from passerby.alerts.evaluator import FindingKind, RuleFinding
from passerby.alerts.rule import AlertRule
from passerby.errors import AlertConflictError, UsageError


def drill_finding(rule: str, rules: Iterable[AlertRule], opened: Iterable[Alert], *, time_s: float) -> RuleFinding:
    """Return what raises the alert of a rule; of several severities the worst.

    Args:
        rule: Its name.
        rules: All rules of the site.
        opened: The open alerts.
        time_s: When, UTC since 1970, s.

    Raises:
        UsageError: There is no rule of this name.
        AlertConflictError: A drill of it is open already.
    """
    given = list(rules)
    known = [each for each in given if each.name == rule]
    if not known:
        names = ", ".join(dict.fromkeys(each.name for each in given)) or "none"
        msg = f"there is no rule '{rule[:64]}'; the site file has: {names}"
        raise UsageError(msg)
    if any(each.about.drill and each.about.rule == rule for each in opened):
        msg = f"a drill of rule '{rule}' is open already; resolve it first"
        raise AlertConflictError(msg)
    worst = max(known, key=lambda each: each.severity.rank)
    return RuleFinding(worst, worst.targets()[0], FindingKind.CONDITION, met=True, time_s=time_s)
