"""When rules would have fired over stored signals, and how many alerts a person would have had, before they go live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import groupby

from passerby.alerts.alert import Alert
from passerby.alerts.book import AlertBook
from passerby.alerts.evaluator import RuleSet
from passerby.alerts.event import AlertEvent
from passerby.alerts.load import AlarmLoad, alarm_load, announcements
from passerby.alerts.observation import Observation, SubjectKind
from passerby.alerts.rule import AlertRule

MOST_STEPS = 3600
"""Steps in one gap of the signals: enough to find when a place was no longer observed."""


@dataclass(frozen=True, slots=True)
class AlertReplay:
    """What rules would have done.

    Args:
        alerts: The alerts, oldest first.
        load: The alarm load.
    """

    alerts: tuple[Alert, ...]
    load: AlarmLoad


def replayable(rules: Iterable[AlertRule]) -> list[AlertRule]:
    """Return the rules about places: the states of cameras and of the gateway are not stored."""
    return [each for each in rules if all(subject.kind is SubjectKind.PLACE for subject in each.subjects)]


def replay(
    rules: Iterable[AlertRule],
    given: Iterable[Observation],
    *,
    zone: tzinfo,
    span_s: tuple[float, float],
    operators: int = 1,
) -> AlertReplay:
    """Follow rules over stored observations, as if every alert were acknowledged, and resolved as soon as it is over.

    Args:
        rules: The rules.
        given: The observations, in the order of their ends.
        zone: The site's time zone.
        span_s: Start and end of the period, UTC since 1970, s.
        operators: Persons who share the work.
    """
    followed = [replace(each, by_person=False) for each in rules]
    rule_set = RuleSet(followed, zone, longest_step_s=float("inf"))
    book = AlertBook(zone)
    events: list[AlertEvent] = []
    for now_s, ended in _moments(given, span_s):
        events += book.judge(rule_set.step(now_s), _nobody)
        events += book.judge(rule_set.observe(ended), _nobody)
    alerts = tuple(book.alerts.values())
    load = alarm_load(announcements(events, alerts), (), start_s=span_s[0], end_s=span_s[1], operators=operators)
    return AlertReplay(alerts, load)


def _moments(given: Iterable[Observation], span_s: tuple[float, float]) -> Iterator[tuple[float, list[Observation]]]:
    """Yield each moment with the observations that end then, and moments within gaps."""
    before_s, end_s = span_s
    step_s = 1.0
    for now_s, group in groupby(given, key=lambda each: each.end_s):
        ended = list(group)
        step_s = min(each.length_s for each in ended)
        yield from ((each, []) for each in _gap(before_s, now_s, step_s))
        yield now_s, ended
        before_s = now_s
    yield from ((each, []) for each in _gap(before_s, end_s, step_s))


def _gap(start_s: float, end_s: float, step_s: float) -> Iterator[float]:
    """Yield moments between two, which are left out themselves."""
    step_s = max(step_s, (end_s - start_s) / MOST_STEPS)
    now_s = start_s + step_s
    while now_s < end_s - step_s / 2:
        yield now_s
        now_s += step_s


def _nobody(_: object) -> frozenset[str]:
    return frozenset()
