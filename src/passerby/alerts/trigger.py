"""Whether one condition is met at one place, by all that was observed of it: met, over, or not known."""

from __future__ import annotations

from collections import deque

from passerby.alerts.observation import Observation, Subject
from passerby.alerts.rule import Condition, Form

_SPANNED = 0.8
"""Share of a rate's period that must lie between its first and last value."""
_ROUNDING_S = 1e-3
_MOST = 20_000
"""Windows that are held: more than five hours of seconds, should one of two counters fall silent."""


class Trigger:
    """Follows one condition; deterministic: time is that of the observations.

    Args:
        condition: The condition.
        where: Subject to which it applies.
        min_coverage: Windows of which less was observed do not count, but counts in them are lower bounds.
    """

    def __init__(self, condition: Condition, where: Subject, min_coverage: float) -> None:
        self._condition = condition
        self._where = condition.subject or where
        self.needs = frozenset(filter(None, (self._where, condition.less)))
        """The subjects that must be observed."""
        self._min_coverage = min_coverage
        self._seen: deque[Observation] = deque(maxlen=_MOST)
        self._seen_less: deque[Observation] = deque(maxlen=_MOST)
        self._began_s: float | None = None
        self.met: bool | None = None
        """Whether the condition is met; None = not known."""
        self.value = 0.0
        """What was compared last."""

    def takes(self, given: Observation) -> bool:
        """Return whether an observation is one that this condition compares."""
        condition = self._condition
        if condition.kinds is not None and given.kind not in condition.kinds:
            return False
        return (given.subject, given.quantity) in {
            (self._where, condition.quantity),
            (condition.less, condition.less_quantity),
        }

    def covers(self, given: Observation) -> bool:
        """Return whether an observation shows that its subject is observed: for totals, whatever is measured there."""
        if given.coverage < self._min_coverage or given.subject not in self.needs:
            return False
        return self._condition.form is Form.TOTAL or self.takes(given)

    def observe(self, given: Observation) -> None:
        """Take one observation."""
        if self._condition.form is Form.TOTAL:
            self._observe_total(given)
        elif self.takes(given) and (given.coverage >= self._min_coverage or given.counts):
            at_least = given.at_least or (given.counts and given.coverage < self._min_coverage)
            if self._condition.form is Form.RATE:
                self._observe_rate(given, at_least=at_least)
            else:
                self._compare(given.value, at_least=at_least)

    def set_unobserved(self) -> None:
        """Forget what was observed: after a gap, a rate or total would compare what does not belong together."""
        self._seen.clear()
        self._seen_less.clear()
        self._began_s = None
        if not self.met:  # what was met stays met until it is seen to be over
            self.met = None

    def _compare(self, value: float, *, at_least: bool) -> None:
        self.value = value
        if self._condition.meets(value, at_least=at_least):
            self.met = True
        elif self.met is not True:
            # a lower bound below the limit may hide a value above it, and one that meets no limit below is unknown
            self.met = None if at_least and not self._condition.ends(value, at_least=at_least) else False
        elif self._condition.ends(value, at_least=at_least):
            self.met = False

    def _observe_rate(self, given: Observation, *, at_least: bool) -> None:
        while self._seen and self._seen[-1].end_s >= given.end_s:  # repeated, or the clock was set back
            self._seen.pop()
        self._seen.append(given)
        over_s = self._condition.over_s
        while self._seen[0].end_s < given.end_s - over_s - _ROUNDING_S:
            self._seen.popleft()
        first = self._seen[0]
        spanned_s = given.end_s - first.end_s
        if spanned_s >= _SPANNED * over_s and not first.at_least:
            self._compare((given.value - first.value) / spanned_s * 60, at_least=at_least)

    def _observe_total(self, given: Observation) -> None:
        if given.subject not in self.needs:
            return
        if self.takes(given):
            kept = self._seen if given.subject == self._where else self._seen_less
            if kept and given.end_s < kept[-1].start_s:  # the clock was set back
                kept.clear()
                self._began_s = None
            kept.append(given)
        if self._began_s is None:
            self._began_s = given.start_s
        end_s = self._horizon(given.end_s)
        for kept in (self._seen, self._seen_less):
            while kept and kept[0].end_s <= end_s - self._condition.over_s + _ROUNDING_S:
                kept.popleft()
        self._sum_up(end_s)

    def _horizon(self, now_s: float) -> float:
        """Return up to when to add: with counts to subtract, until the last time that both have reported."""
        if self._condition.less is None:
            return now_s
        return min(kept[-1].end_s if kept else float("-inf") for kept in (self._seen, self._seen_less))

    def _sum_up(self, end_s: float) -> None:
        condition = self._condition
        ours = [each for each in self._seen if each.end_s <= end_s + _ROUNDING_S]
        theirs = [each for each in self._seen_less if each.end_s <= end_s + _ROUNDING_S]
        if condition.less is not None:
            if self._began_s is None or not end_s - self._began_s >= condition.over_s - _ROUNDING_S:
                return  # the first counts to subtract may be older than the first that they are compared with
            if any(self._is_bound(each) for each in theirs):
                return  # more may have been admitted than was reported
        value = sum(each.value for each in ours) - sum(each.value for each in theirs)
        self._compare(value, at_least=any(self._is_bound(each) for each in ours))

    def _is_bound(self, given: Observation) -> bool:
        """Return whether the true count may be higher; an event that is reported at once spans no observed time."""
        return given.at_least or 0 < given.coverage < self._min_coverage
