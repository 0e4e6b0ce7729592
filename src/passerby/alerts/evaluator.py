"""Follows rules: observations in, findings out. Pure: the same observations give the same findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum

from passerby.alerts.hours import include
from passerby.alerts.observation import Observation, Subject
from passerby.alerts.rule import AlertRule
from passerby.alerts.trigger import Trigger
from passerby.settings.site.alert_rule import PlacesJoin

LONGEST_STEP_S = 5.0
"""A longer step of the clock was no time that passed: the clock was set, or the machine slept."""
_SPANS = 3.0
"""Between two windows of one subject, at most so many of their lengths count as time in which a rule held."""


class FindingKind(StrEnum):
    """What was found."""

    CONDITION = "condition"
    """What the rule describes."""
    NOT_OBSERVED = "not_observed"
    """Nobody can say whether it is so: the place or camera is not observed."""


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """A rule began or ceased to hold.

    Args:
        rule: The rule.
        subjects: Where.
        kind: What was found.
        met: Whether it began to hold, else it ceased.
        time_s: When, UTC since 1970, s.
        value: What was compared with the first limit.
    """

    rule: AlertRule
    subjects: tuple[Subject, ...]
    kind: FindingKind
    met: bool
    time_s: float
    value: float = 0.0


@dataclass(slots=True)
class _Target:
    """One alert that a rule can raise: its triggers by subject, and for how long they have been as they are."""

    subjects: tuple[Subject, ...]
    triggers: list[list[Trigger]]
    held_s: float = 0.0
    over_s: float = 0.0
    last_s: float | None = None
    last_of: dict[Subject, float] = field(default_factory=dict)
    found: bool | None = None
    blind: dict[Subject, bool] = field(default_factory=dict)


class RuleEvaluator:
    """Follows one rule.

    Args:
        rule: The rule.
        zone: Time zone of its hours.
    """

    def __init__(self, rule: AlertRule, zone: tzinfo) -> None:
        self._rule = rule
        self._zone = zone
        self._targets = [_Target(subjects, self._triggers(subjects)) for subjects in rule.targets()]
        self._of: dict[Subject, list[tuple[_Target, list[Trigger]]]] = {}
        for target in self._targets:
            triggers = [each for of_subject in target.triggers for each in of_subject]
            for subject in frozenset[Subject]().union(*(each.needs for each in triggers)):
                concerned = [each for each in triggers if subject in each.needs]
                self._of.setdefault(subject, []).append((target, concerned))
        self._seen_s: dict[Subject, float] = {}
        self._span_s: dict[Subject, float] = {}

    def _triggers(self, subjects: Sequence[Subject]) -> list[list[Trigger]]:
        rule = self._rule
        return [[Trigger(each, where, rule.min_coverage) for each in rule.conditions] for where in subjects]

    @property
    def needs(self) -> frozenset[Subject]:
        """All subjects that the rule looks at."""
        return frozenset(self._of)

    def observe(self, given: Observation, steady_s: float) -> list[RuleFinding]:
        """Take one observation.

        Args:
            given: The observation.
            steady_s: Time that has passed since the start, on a clock that never jumps, s.
        """
        active = self._active(given.end_s)
        found = []
        for target, triggers in self._of.get(given.subject, ()):
            for trigger in triggers:
                trigger.observe(given)
            if any(trigger.covers(given) for trigger in triggers):
                self._seen_s[given.subject] = steady_s
                self._span_s[given.subject] = given.length_s
            if any(trigger.takes(given) or trigger.covers(given) for trigger in triggers):
                self._follow(target, given, active=active)
                found += self._judge(target, given.end_s)
        return found

    def step(self, now_s: float, steady_s: float) -> list[RuleFinding]:
        """Let time pass: find what is no longer observed, or outside its hours.

        Args:
            now_s: UTC since 1970, s.
            steady_s: As for `observe`.
        """
        active = self._active(now_s)
        found = []
        for target in self._targets:
            if not active:
                target.held_s, target.over_s = 0.0, max(1.0, self._rule.hold_s)
                found += self._judge(target, now_s)
            found += self._blindness(target, now_s, steady_s, active=active)
        return found

    def _active(self, now_s: float) -> bool:
        return not self._rule.active or include(self._rule.active, now_s, self._zone)

    def _blindness(self, target: _Target, now_s: float, steady_s: float, *, active: bool) -> Iterator[RuleFinding]:
        limit_s = self._rule.blind_s
        if limit_s is None:
            return
        for subject in sorted({each for row in target.triggers for trigger in row for each in trigger.needs}):
            seen_s = self._seen_s.setdefault(subject, steady_s)
            blind = active and steady_s - seen_s > limit_s + self._span_s.get(subject, 0.0)
            if blind == target.blind.get(subject, False):
                continue
            target.blind[subject] = blind
            if blind:
                for trigger in (each for row in target.triggers for each in row if subject in each.needs):
                    trigger.set_unobserved()
                target.held_s = target.over_s = 0.0
            yield RuleFinding(self._rule, (subject,), FindingKind.NOT_OBSERVED, blind, now_s)

    def _follow(self, target: _Target, given: Observation, *, active: bool) -> None:
        """Add the time of an observation to how long the rule has held, or not."""
        set_back = given.end_s < target.last_of.get(given.subject, given.end_s) - given.length_s
        last_s = given.start_s if target.last_s is None or set_back else target.last_s
        passed_s = min(max(0.0, given.end_s - last_s), _SPANS * given.length_s)
        target.last_s = given.end_s if set_back else max(last_s, given.end_s)
        target.last_of[given.subject] = given.end_s
        holds = self._holds(target) if active else False
        if holds is None:
            return
        target.held_s = target.held_s + passed_s if holds else 0.0
        target.over_s = 0.0 if holds else target.over_s + passed_s
        if holds and not target.held_s:
            target.held_s = given.length_s

    def _judge(self, target: _Target, time_s: float) -> list[RuleFinding]:
        hold_s = self._rule.hold_s - 1e-3
        if target.found is not True and target.held_s > 0 and target.held_s >= hold_s:
            target.found = True
        elif target.found is not False and target.over_s > 0 and target.over_s >= hold_s:
            target.found = False
        else:
            return []
        value = max((row[0].value for row in target.triggers), default=0.0)
        return [RuleFinding(self._rule, target.subjects, FindingKind.CONDITION, target.found, time_s, value)]

    def _holds(self, target: _Target) -> bool | None:
        """Return whether the rule holds; None = it cannot be said."""
        each = [_joined([trigger.met for trigger in row], need_all=self._rule.need_all) for row in target.triggers]
        return _joined(each, need_all=self._rule.join is not PlacesJoin.ANY)


class RuleSet:
    """Follows all rules of a site, and derives from all times that come in a clock that never jumps.

    Args:
        rules: The rules.
        zone: Time zone of their hours.
        longest_step_s: A longer step of the clock counts as this long, s.
    """

    def __init__(self, rules: Iterable[AlertRule], zone: tzinfo, *, longest_step_s: float = LONGEST_STEP_S) -> None:
        self._evaluators = [RuleEvaluator(rule, zone) for rule in rules]
        self._longest_step_s = longest_step_s
        self._now_s: float | None = None
        self.steady_s = 0.0
        """Time that has passed, s."""
        self._of: dict[Subject, list[RuleEvaluator]] = {}
        for evaluator in self._evaluators:
            for subject in evaluator.needs:
                self._of.setdefault(subject, []).append(evaluator)

    @property
    def needs(self) -> frozenset[Subject]:
        """All subjects that the rules look at."""
        return frozenset(self._of)

    def observe(self, given: Iterable[Observation]) -> list[RuleFinding]:
        """Take observations, in the order of their ends."""
        return [
            finding
            for each in given
            for evaluator in self._of.get(each.subject, ())
            for finding in evaluator.observe(each, self.steady_s)
        ]

    def step(self, now_s: float) -> list[RuleFinding]:
        """Let time pass until now, UTC since 1970, s."""
        if self._now_s is not None:
            self.steady_s += min(max(0.0, now_s - self._now_s), self._longest_step_s)
        self._now_s = now_s
        return [finding for evaluator in self._evaluators for finding in evaluator.step(now_s, self.steady_s)]


def _joined(parts: Sequence[bool | None], *, need_all: bool) -> bool | None:
    """Return a conjunction or disjunction of three values; None = not known.

    >>> _joined([True, None], need_all=True), _joined([True, None], need_all=False)
    (None, True)
    """
    decisive = not need_all
    if decisive in parts:
        return decisive
    return None if None in parts else need_all
