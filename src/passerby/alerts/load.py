"""Alarm load: how many alarms a person has to handle, by EEMUA 191.

A good system announces about one alarm per operator in ten minutes; more than ten are a flood, which ends when fewer
than five come in ten minutes. Alarms that stand for more than a day, and those that come three times in a minute, carry
no news. Source: EEMUA Publication 191, Alarm systems, edition 3; ANSI/ISA-18.2 for chattering alarms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from passerby.alerts.alert import Alert
from passerby.alerts.event import AlertEvent, AlertEventKind

SPAN_S = 600.0
TARGET = 1.0
"""Announcements per operator in ten minutes that can be handled."""
FLOOD_BEGINS, FLOOD_ENDS = 10, 5
STANDING_S = 86_400.0
CHATTERING, CHATTERING_S = 3, 60.0


@dataclass(frozen=True, slots=True)
class Announcement:
    """A moment at which a person had to look.

    Args:
        time_s: UTC since 1970, s.
        rule: Name of the rule.
        where: What it was about.
        counted: It was announced by itself; False = it recurred or came with others, and was only counted.
    """

    time_s: float
    rule: str
    where: str
    counted: bool = True


@dataclass(frozen=True, slots=True)
class AlarmFlood:
    """A time in which nobody can handle what comes.

    Args:
        start_s: Start, UTC since 1970, s.
        end_s: End, s.
        count: Announcements per operator in it.
    """

    start_s: float
    end_s: float
    count: float


@dataclass(frozen=True, slots=True)
class AlarmLoad:
    """The figures of a period.

    Args:
        start_s: Start, UTC since 1970, s.
        end_s: End, s.
        operators: Persons who share the work.
        total: Announcements.
        mean: Announcements per operator in ten minutes.
        most: The most of them in any ten minutes.
        share_above: Share of the ten-minute spans with more than `TARGET` per operator, 0 to 1.
        floods: When there were more than `FLOOD_BEGINS` per operator in ten minutes.
        standing: Rule and place of alarms that have stood for more than a day.
        chattering: Rule and place of alarms that came three times in a minute, with how often they came.
        frequent: Rules by their number of announcements, the most frequent first.
    """

    start_s: float
    end_s: float
    operators: int
    total: int
    mean: float
    most: float
    share_above: float
    floods: tuple[AlarmFlood, ...]
    standing: tuple[tuple[str, str], ...]
    chattering: tuple[tuple[str, str, int], ...]
    frequent: tuple[tuple[str, int], ...]


def announcements(events: Iterable[AlertEvent], alerts: Iterable[Alert]) -> list[Announcement]:
    """Return when persons had to look, from what happened to alerts; events of other alerts are left out.

    Drills count: whoever practises is busy.
    """
    by_number = {each.id: each for each in alerts}
    groups: set[str] = set()
    found = []
    for event in events:
        alert = by_number.get(event.alert)
        if alert is None:
            continue
        where = ", ".join(str(each) for each in alert.about.subjects)
        if event.kind is AlertEventKind.RAISED:
            counted = alert.about.group not in groups  # its leader may be out of view
            groups.add(alert.about.group)
            found.append(Announcement(event.time_s, alert.about.rule, where, counted=counted))
        elif event.kind in {AlertEventKind.WORSENED, AlertEventKind.RECURRED}:
            found.append(Announcement(event.time_s, alert.about.rule, where, counted=bool(event.inform)))
    return sorted(found, key=lambda each: each.time_s)


def alarm_load(
    given: Sequence[Announcement], alerts: Iterable[Alert], *, start_s: float, end_s: float, operators: int = 1
) -> AlarmLoad:
    """Return the alarm load of a period.

    Args:
        given: The announcements, in order.
        alerts: The alerts, for those that stand.
        start_s: Start, UTC since 1970, s.
        end_s: End, s; after the start.
        operators: Persons who share the work, at least one.
    """
    inside = [each for each in given if start_s <= each.time_s < end_s]
    times_s = [each.time_s for each in inside if each.counted]
    spans = max(1.0, (end_s - start_s) / SPAN_S)
    per_span = Counter(int((time_s - start_s) // SPAN_S) for time_s in times_s)
    busy = sum(count > TARGET * operators for count in per_span.values())
    return AlarmLoad(
        start_s,
        end_s,
        operators,
        len(times_s),
        len(times_s) / spans / operators,
        _most(times_s) / operators,
        min(1.0, busy / spans),
        tuple(_floods(times_s, operators)),
        tuple(_standing(alerts, end_s)),
        tuple(_chattering(inside)),
        tuple(Counter(each.rule for each in inside if each.counted).most_common()),
    )


def report(load: AlarmLoad) -> list[str]:
    """Return an alarm load as lines of text, each figure beside what EEMUA 191 asks for."""
    lines = [
        f"announcements: {load.total}, {load.mean:.2f} per operator in 10 min (EEMUA 191: about {TARGET:g})",
        f"most in 10 min: {load.most:g} per operator (EEMUA 191: at most {FLOOD_BEGINS})",
        f"10-min spans above {TARGET:g} per operator: {load.share_above:.1%}",
        f"floods: {len(load.floods)}",
        f"standing for more than a day: {len(load.standing)}",
        f"chattering: {len(load.chattering)}",
    ]
    lines += [f"  stands: {rule} at {where}" for rule, where in load.standing]
    lines += [f"  chatters: {rule} at {where}, {count} times" for rule, where, count in load.chattering]
    lines += [f"  {rule}: {count}" for rule, count in load.frequent]
    return lines


def _most(times_s: Sequence[float]) -> int:
    """Return the largest number of announcements in any ten minutes."""
    most = first = 0
    for last, time_s in enumerate(times_s):
        while time_s - times_s[first] >= SPAN_S:
            first += 1
        most = max(most, last - first + 1)
    return most


def _floods(times_s: Sequence[float], operators: int) -> list[AlarmFlood]:
    """Return the floods: they begin above ten in ten minutes, and end when fewer than five came in ten minutes."""
    floods = []
    first = 0
    start = None
    for last, time_s in enumerate(times_s):
        while time_s - times_s[first] >= SPAN_S:
            first += 1
        recent = (last - first + 1) / operators
        if start is None and recent > FLOOD_BEGINS:
            start = first
        elif start is not None and recent < FLOOD_ENDS:
            floods.append(AlarmFlood(times_s[start], times_s[last - 1], (last - start) / operators))
            start = None
    if start is not None:
        floods.append(AlarmFlood(times_s[start], times_s[-1], (len(times_s) - start) / operators))
    return floods


def _standing(alerts: Iterable[Alert], now_s: float) -> list[tuple[str, str]]:
    return [
        (each.about.rule, ", ".join(map(str, each.about.subjects)))
        for each in alerts
        if each.open and now_s - each.raised_s > STANDING_S
    ]


def _chattering(given: Iterable[Announcement]) -> list[tuple[str, str, int]]:
    by_place: dict[tuple[str, str], list[float]] = {}
    for each in given:
        by_place.setdefault((each.rule, each.where), []).append(each.time_s)
    return [
        (rule, where, len(times_s))
        for (rule, where), times_s in sorted(by_place.items())
        if any(
            times_s[at + CHATTERING - 1] - times_s[at] <= CHATTERING_S for at in range(len(times_s) - CHATTERING + 1)
        )
    ]
