"""What findings become: one alert for one thing, one announcement for a flood, and nothing that acts by itself."""

from __future__ import annotations

import contextlib
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st
from tests.alerts.made import NOON_S, finding, judged, rule

from passerby.alerts.alert import AlertState
from passerby.alerts.book import FLOOD, AlertBook
from passerby.alerts.escalation import Escalation, waited_before
from passerby.alerts.evaluator import FindingKind
from passerby.alerts.event import AlertEventKind as Kind
from passerby.alerts.event import decoded, encoded
from passerby.alerts.handling import Deed, acknowledge, resolve
from passerby.alerts.hours import WHOLE_WEEK, WeekHours
from passerby.alerts.observation import Subject, SubjectKind
from passerby.alerts.rule import EscalationStep
from passerby.errors import AlertConflictError
from passerby.settings.site.alert_rule import Severity

CAMERAS = tuple(Subject(SubjectKind.CAMERA, f"camera-{number}") for number in range(200))


def kinds(events):
    return [each.kind for each in events]


def test_the_same_condition_raises_one_alert():
    book = AlertBook(UTC)
    red = rule(contacts=("duty",))
    (event,) = judged(book, finding(red))
    assert (event.kind, event.inform) == (Kind.RAISED, ("duty",))
    assert judged(book, finding(red, 5)) == []
    assert len(book.open()) == 1


def test_a_worse_severity_makes_the_alert_worse_and_needs_a_new_acknowledgement():
    book = AlertBook(UTC)
    amber, red = (rule(severity=each) for each in (Severity.AMBER, Severity.RED))
    judged(book, finding(amber))
    (alert,) = book.open()
    book.apply(acknowledge(alert, Deed("ann", NOON_S + 1), book.next_number))
    assert kinds(judged(book, finding(red, 10))) == [Kind.WORSENED]
    (alert,) = book.open()
    assert (alert.severity, alert.state) == (Severity.RED, AlertState.RAISED)
    assert kinds(judged(book, finding(red, 20, met=False))) == [Kind.EASED]
    assert kinds(judged(book, finding(amber, 30, met=False))) == [Kind.ENDED]
    (alert,) = book.open()
    assert not alert.active


def test_amber_and_red_found_at_once_are_one_alert():
    book = AlertBook(UTC)
    events = judged(book, finding(rule(severity=Severity.AMBER)), finding(rule(severity=Severity.RED)))
    assert kinds(events) == [Kind.RAISED, Kind.WORSENED]
    assert [each.severity for each in book.open()] == [Severity.RED]


def test_two_hundred_alarms_in_a_second_are_announced_as_one_with_their_number():
    book = AlertBook(UTC)
    fault = rule(name="fault", subjects=CAMERAS, contacts=("duty",))
    events = judged(book, *(finding(fault, 0.005 * at, at=at) for at in range(200)))
    informing = [each for each in events if each.inform]
    assert len(informing) == 1
    assert informing[0].raised.size == 200
    (leader,) = [each for each in book.open() if each.leads]
    assert leader.announced == len(book.group(leader)) == 200


def test_alarms_that_follow_one_by_one_within_seconds_are_announced_once_more_with_their_number():
    book = AlertBook(UTC)
    fault = rule(name="fault", subjects=CAMERAS, contacts=("duty",))
    events = [each for at in range(200) for each in judged(book, finding(fault, 0.005 * at, at=at))]
    assert sum(bool(each.inform) for each in events) == 1
    assert book.announce([fault], NOON_S + 5) == []
    (grouped,) = book.announce([fault], NOON_S + 11)
    assert (grouped.kind, grouped.size, grouped.inform) == (Kind.GROUPED, 200, ("duty",))
    assert book.announce([fault], NOON_S + 12) == []


def test_a_flood_of_different_rules_joins_one_announcement_but_what_is_critical_does_not():
    book = AlertBook(UTC)
    several = [rule(name=f"rule-{number}", contacts=("duty",)) for number in range(30)]
    events = [each for number, made in enumerate(several) for each in judged(book, finding(made, 0.1 * number))]
    assert sum(bool(each.inform) for each in events) == FLOOD
    critical = rule(name="crush", severity=Severity.CRITICAL, contacts=("duty",))
    (event,) = judged(book, finding(critical, 4))
    assert event.inform == ("duty",)


def test_what_recurs_needs_a_new_acknowledgement_and_chattering_is_only_counted():
    book = AlertBook(UTC)
    red = rule(contacts=("duty",))
    informed = 0
    for round_ in range(10):
        events = [*judged(book, finding(red, 20 * round_)), *judged(book, finding(red, 20 * round_ + 10, met=False))]
        informed += sum(bool(each.inform) for each in events)
    (alert,) = book.open()
    assert (alert.count, alert.state) == (10, AlertState.RAISED)
    assert informed == 4


def test_not_observed_is_an_alert_of_its_own_that_ends_by_itself():
    book = AlertBook(UTC)
    red = rule()
    judged(book, finding(red))
    judged(book, finding(red, 5, kind=FindingKind.NOT_OBSERVED))
    assert {each.about.kind for each in book.open()} == set(FindingKind)
    events = judged(book, finding(red, 9, met=False, kind=FindingKind.NOT_OBSERVED))
    assert kinds(events) == [Kind.ENDED, Kind.RESOLVED]
    assert [each.about.kind for each in book.open()] == [FindingKind.CONDITION]


def test_in_quiet_hours_nobody_is_informed_until_they_end_unless_it_is_critical():
    book = AlertBook(UTC)
    lunch = (WeekHours(WHOLE_WEEK, 12 * 60, 13 * 60),)
    red = rule(contacts=("duty",), quiet=lunch)
    assert not judged(book, finding(red))[0].inform
    assert book.announce([red], NOON_S + 60) == []
    (event,) = book.announce([red], NOON_S + 3600)
    assert (event.kind, event.inform) == (Kind.INFORMED, ("duty",))
    assert book.announce([red], NOON_S + 3601) == []
    critical = rule(name="crush", severity=Severity.CRITICAL, contacts=("duty",), quiet=lunch)
    assert judged(book, finding(critical, 5))[0].inform


def test_nobody_acknowledges_and_the_next_contact_is_informed():
    book, waiting = AlertBook(UTC), Escalation()
    red = rule(escalation=(EscalationStep(300, "manager"), EscalationStep(600, "director")))
    judged(book, finding(red))
    informed = []
    for second in range(0, 1000, 10):
        events = waiting.due(book.speakers(), [red], now_s=NOON_S + second, steady_s=second, number=book.next_number)
        for event in events:
            book.apply(event)
            informed.append((second, event.inform))
    assert informed == [(300, ("manager",)), (600, ("director",))]


def test_an_acknowledged_alert_is_not_escalated_and_a_restart_forgets_no_time():
    book = AlertBook(UTC)
    red = rule(escalation=(EscalationStep(300, "manager"),))
    judged(book, finding(red))
    restarted = Escalation(waited_before(book.open(), NOON_S + 290))
    about = {"now_s": NOON_S + 290, "number": 9}
    assert restarted.due(book.speakers(), [red], steady_s=0.0, **about) == []
    assert len(restarted.due(book.speakers(), [red], steady_s=10.0, **about)) == 1
    book.apply(acknowledge(book.open()[0], Deed("ann", NOON_S + 20), book.next_number))
    assert restarted.due(book.speakers(), [red], steady_s=99.0, **about) == []


def test_what_is_left_of_a_group_after_somebody_took_the_first_is_still_escalated():
    book, waiting = AlertBook(UTC), Escalation()
    fault = rule(name="fault", subjects=CAMERAS[:3], contacts=("duty",), escalation=(EscalationStep(300, "manager"),))
    judged(book, *(finding(fault, at=at) for at in range(3)))
    first, second, _ = book.open()
    book.apply(acknowledge(first, Deed("ann", NOON_S + 1), book.next_number))
    assert [each.id for each in book.speakers()] == [second.id]
    about = {"now_s": NOON_S + 400, "number": book.next_number}
    assert waiting.due(book.speakers(), [fault], steady_s=0.0, **about) == []
    (event,) = waiting.due(book.speakers(), [fault], steady_s=301.0, **about)
    assert (event.alert, event.inform) == (second.id, ("manager",))


def test_other_rules_begin_a_new_clock_and_forget_no_time():
    book, waiting = AlertBook(UTC), Escalation()
    red = rule(escalation=(EscalationStep(300, "manager"),))
    judged(book, finding(red))
    about = {"now_s": NOON_S, "number": 9}
    steps = [0.0, 200.0, 0.0, 99.0, 101.0]
    assert [len(waiting.due(book.speakers(), [red], steady_s=each, **about)) for each in steps] == [0, 0, 0, 0, 1]


def test_a_clock_that_jumps_escalates_nothing():
    book, waiting = AlertBook(UTC), Escalation()
    red = rule(escalation=(EscalationStep(300, "manager"),))
    judged(book, finding(red))
    for second, now_s in ((0, NOON_S), (1, NOON_S + 7200), (2, NOON_S - 7200)):
        assert waiting.due(book.speakers(), [red], now_s=now_s, steady_s=second, number=9) == []
    assert waited_before(book.open(), NOON_S - 7200) == {book.open()[0].id: 0.0}


def test_a_rule_that_is_gone_ends_its_alerts():
    book = AlertBook(UTC)
    judged(book, finding(rule()), finding(rule(name="other")))
    events = book.retire([rule()], NOON_S + 5)
    assert [(each.kind, each.note) for each in events] == [(Kind.ENDED, "its rule is no longer in the site file")]


def test_a_drill_is_marked_and_stands_beside_the_real_alert():
    book = AlertBook(UTC)
    judged(book, finding(rule()))
    judged(book, finding(rule(), 1), drill=Deed("ann", NOON_S + 1, "stairs"))
    assert [each.about.drill for each in book.open()] == [False, True]
    drill = book.open()[1]
    assert [(each.by, each.what, each.text) for each in drill.notes] == [("ann", Kind.RAISED, "stairs")]
    book.apply(acknowledge(drill, Deed("ann", NOON_S + 2), book.next_number))
    book.apply(resolve(book.alerts[drill.id], Deed("ann", NOON_S + 3), book.next_number))
    assert [each.about.drill for each in book.open()] == [False]


def test_events_survive_being_stored_and_make_the_same_alerts():
    book, copy = AlertBook(UTC), AlertBook(UTC)
    fault = rule(name="fault", subjects=CAMERAS[:5], contacts=("duty",), steps=("look",), role="security")
    events = judged(book, *(finding(fault, at=at) for at in range(5)))
    done = acknowledge(book.open()[0], Deed("ann", NOON_S + 3, 'ünïcode\n"quoted"'), book.next_number)
    book.apply(done)
    for event in decoded(encoded([*events, done])):
        copy.apply(event)
    assert copy.alerts == book.alerts
    assert copy.next_number == book.next_number


MANY = [
    rule(name=name, severity=severity, subjects=CAMERAS[:3], by_person=by_person, contacts=("duty",))
    for name, by_person in (("one", True), ("two", False))
    for severity in (Severity.AMBER, Severity.RED)
]
FOUND = st.builds(
    finding,
    st.sampled_from(MANY),
    st.integers(0, 4000),
    met=st.booleans(),
    kind=st.sampled_from(FindingKind),
    at=st.integers(0, 2),
)
DEEDS = st.tuples(st.sampled_from([acknowledge, resolve]), st.integers(0, 20))


@given(st.lists(st.lists(FOUND, min_size=1, max_size=8) | DEEDS, max_size=30))
def test_whatever_happens_the_events_alone_make_the_same_alerts_and_one_is_open_for_each_place(history):
    book, copy = AlertBook(UTC), AlertBook(UTC)
    events = []
    for each in history:
        if isinstance(each, list):
            events += book.judge(each, lambda _: frozenset())
        elif book.alerts:
            what, which = each
            alert = list(book.alerts.values())[which % len(book.alerts)]
            with contextlib.suppress(AlertConflictError):
                events.append(what(alert, Deed("ann", NOON_S), book.next_number))
                book.apply(events[-1])
    for event in decoded(encoded(events)) if events else []:
        copy.apply(event)
    assert copy.alerts == book.alerts
    assert [each.number for each in events] == list(range(1, len(events) + 1))
    opened = [(each.about.rule, each.about.kind, each.about.subjects) for each in book.open()]
    assert len(opened) == len(set(opened))
    assert len(opened) == sum(each.open for each in book.alerts.values())
