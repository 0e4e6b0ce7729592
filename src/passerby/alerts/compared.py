"""What a rule compares with its limits over stored observations: a change, a sum, or the value itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isnan, nan

from passerby.alerts.observation import Observation, Subject
from passerby.alerts.rule import AlertRule
from passerby.alerts.trigger import Trigger


@dataclass(frozen=True, slots=True)
class ComparedSeries:
    """What the first condition of a rule compared at one subject.

    Args:
        subject: Where.
        starts_s: Start of each step, UTC since 1970, s; steps in which nothing could be compared are absent.
        values: The value of each step that came closest to its limit, or went furthest beyond it.
    """

    subject: Subject
    starts_s: tuple[int, ...]
    values: tuple[float, ...]


def compared(rule: AlertRule, given: Iterable[Observation], step_s: int) -> list[ComparedSeries]:
    """Return what a rule's first condition compared, in steps.

    Args:
        rule: The rule.
        given: The observations, in the order of their ends.
        step_s: Length of the steps, s.
    """
    followed = [_Followed(rule, subject, step_s) for subject in rule.subjects]
    for each in given:
        for one in followed:
            one.observe(each)
    return [ComparedSeries(one.subject, tuple(one.steps), tuple(one.steps.values())) for one in followed]


class _Followed:
    def __init__(self, rule: AlertRule, subject: Subject, step_s: int) -> None:
        self._rule = rule
        self.subject = subject
        self._step_s = step_s
        self._trigger = Trigger(rule.conditions[0], subject, rule.min_coverage)
        self._seen_s: float | None = None
        self.steps: dict[int, float] = {}

    def observe(self, given: Observation) -> None:
        if self._trigger.covers(given):
            blind_s = self._rule.blind_s
            since_s = 0.0 if self._seen_s is None else given.start_s - self._seen_s
            if blind_s is not None and since_s > blind_s:  # as live: what lies on both sides does not belong together
                self._trigger.set_unobserved()
            self._seen_s = given.end_s
        self._trigger.value = nan
        self._trigger.observe(given)
        if isnan(self._trigger.value):
            return  # nothing was compared
        start_s = floor(given.start_s / self._step_s) * self._step_s
        known = self.steps.get(start_s, self._trigger.value)
        nearest = max if self._rule.conditions[0].above else min
        self.steps[start_s] = nearest(known, self._trigger.value)
