"""Rules find what they describe, when it has held for long enough, and never take silence for calm."""

from __future__ import annotations

import itertools
from datetime import UTC
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.alerts.made import DENSE, GATE, HALL, NOON_S, YARD, begins, rule, run, seen

from passerby.alerts.evaluator import FindingKind, RuleSet
from passerby.alerts.hours import WHOLE_WEEK, WeekHours
from passerby.alerts.observation import Subject, SubjectKind
from passerby.alerts.rule import Condition, Form
from passerby.settings.site.alert_rule import PlacesJoin

CONDITION, BLIND = FindingKind.CONDITION, FindingKind.NOT_OBSERVED


def test_an_alert_needs_the_condition_to_hold_without_a_break():
    assert run([rule()], [seen(5.0, second) for second in range(1, 11)]) == [(10, CONDITION, True)]
    broken = [seen(0.0 if second == 6 else 5.0, second) for second in range(1, 16)]
    assert begins(run([rule()], broken)) == []


def test_the_value_of_the_limit_itself_meets_it():
    assert begins(run([rule(hold_s=0)], [seen(4.7, 1)])) == [1]
    assert begins(run([rule(hold_s=0)], [seen(4.699, 1)])) == []


def test_between_limit_and_end_nothing_changes():
    wavering = [seen(5.0 if second <= 10 else 4.5 if second % 2 else 4.69, second) for second in range(1, 40)]
    assert run([rule()], wavering) == [(10, CONDITION, True)]
    over = [*wavering, *(seen(4.2, second) for second in range(40, 51))]
    assert run([rule()], over) == [(10, CONDITION, True), (49, CONDITION, False)]


def test_ten_seconds_may_be_one_window_of_ten_seconds():
    assert begins(run([rule()], [seen(5.0, 10, length_s=10.0)])) == [10]


def test_a_lower_bound_raises_an_alert_but_ends_none():
    high = [seen(5.0, second, at_least=True) for second in range(1, 11)]
    assert begins(run([rule()], high)) == [10]
    low = [seen(1.0, second, at_least=True) for second in range(11, 60)]
    assert run([rule()], [*high, *low]) == [(10, CONDITION, True)]


def test_a_lower_bound_is_never_below_a_limit():
    few = rule(Condition("occupancy", 5.0, 6.0, above=False), hold_s=0)
    assert begins(run([few], [seen(3.0, 1, quantity="occupancy", at_least=True)])) == []
    assert begins(run([few], [seen(3.0, 1, quantity="occupancy")])) == [1]


def test_a_window_that_was_hardly_observed_does_not_count():
    assert begins(run([rule(hold_s=0)], [seen(9.0, 1, coverage=0.4)])) == []


@pytest.mark.parametrize("gap", ["silence", "hardly observed"])
def test_a_blind_camera_raises_not_observed_and_keeps_what_was_raised(gap):
    dense = [seen(5.0, second) for second in range(1, 11)]
    others = []
    for second in range(11, 100):
        others.append(seen(0.0, second, YARD))
        if gap == "hardly observed":
            others.append(seen(0.0, second, coverage=0.1))
    again = [seen(5.0, 100.0)]
    rules = [rule(blind_s=30.0)]
    found = run(rules, [*dense, *others, *again])
    assert found[0] == (10, CONDITION, True)
    assert [each[1:] for each in found[1:]] == [(BLIND, True)]
    assert 40 <= found[1][0] <= 43
    rule_set = RuleSet(rules, ZoneInfo("UTC"))
    everything = []
    for each in [*dense, *others, *again, seen(5.0, 101.0)]:
        everything += [*rule_set.step(each.end_s), *rule_set.observe([each])]
    assert [(each.kind, each.met) for each in everything] == [(CONDITION, True), (BLIND, True), (BLIND, False)]


def test_a_place_that_was_never_observed_is_reported_too():
    found = run([rule(blind_s=30.0)], [seen(0.0, second, YARD) for second in range(1, 60)])
    assert [each[1:] for each in found] == [(BLIND, True)]


def test_a_rate_compares_the_change_over_its_period():
    rising = rule(Condition("occupancy", 30.0, 27.0, form=Form.RATE, over_s=60.0), hold_s=0)
    slow = [seen(second * 0.4, second, quantity="occupancy") for second in range(1, 200)]
    assert begins(run([rising], slow)) == []
    fast = [seen(second * 0.6, second, quantity="occupancy") for second in range(1, 200)]
    assert begins(run([rising], fast)) == [49]  # four fifths of the period


def test_a_rate_from_a_lower_bound_is_not_known():
    rising = rule(Condition("occupancy", 30.0, 27.0, form=Form.RATE, over_s=60.0), hold_s=0)
    bounds = [seen(second * 0.6, second, quantity="occupancy", at_least=second < 190) for second in range(1, 190)]
    assert begins(run([rising], bounds)) == []


def test_an_entry_is_an_alert_at_once_and_over_after_ten_seconds_without_another():
    track_bed = rule(Condition("zone_entry", 1.0, 0.0, form=Form.TOTAL, over_s=10.0), hold_s=0, name="track-bed")
    quiet = [seen(0.0, second, quantity="occupancy") for second in range(1, 30)]
    entry = seen(1.0, 5, quantity="zone_entry", counts=True, coverage=0.0)
    found = run([track_bed], sorted([*quiet, entry], key=lambda each: each.end_s))
    assert found == [(1, CONDITION, False), (5, CONDITION, True), (15, CONDITION, False)]


def tailgating(**more):
    less = {"less": GATE, "less_quantity": "crossings_in"}
    passed = Condition("crossings_in", 3.0, 2.7, form=Form.TOTAL, over_s=60.0, **less)
    return rule(passed, hold_s=0, name="tailgating", **more)


def crowd_through(door: dict[int, int], gate: dict[int, int], **of_gate):
    seconds = [
        seen(door.get(second, 0), second, quantity="crossings_in", counts=True, kind="person")
        for second in range(1, 301)
    ]
    minutes = [
        seen(gate.get(second, 0), second, GATE, "crossings_in", counts=True, length_s=60.0, **of_gate)
        for second in range(60, 301, 60)
    ]
    return sorted([*seconds, *minutes], key=lambda each: each.end_s)


def test_more_persons_through_a_door_than_its_gate_admitted():
    admitted = crowd_through(dict.fromkeys(range(1, 61), 1), {60: 60})
    assert begins(run([tailgating()], admitted)) == []
    assert begins(run([tailgating()], crowd_through({70: 5}, {120: 2}))) == [120]
    assert begins(run([tailgating()], crowd_through({70: 4}, {120: 2}))) == []


def test_a_gate_that_reports_late_accuses_nobody_and_a_partial_one_neither():
    assert begins(run([tailgating()], crowd_through({70: 50}, {120: 50}))) == []
    assert begins(run([tailgating(blind_s=None)], crowd_through({70: 50}, {120: 2}, coverage=0.3))) == []


def test_a_gate_that_falls_silent_is_reported():
    doors = [seen(0, second, quantity="crossings_in", counts=True, kind="person") for second in range(1, 900)]
    assert [each[1:] for each in run([tailgating(blind_s=600.0)], doors)] == [(BLIND, True)]


@pytest.mark.parametrize(("need_all", "expected"), [(True, [5]), (False, [2])])
def test_conditions_are_combined(need_all, expected):
    two = rule(DENSE, Condition("mean_speed", 0.3, 0.33, above=False), hold_s=0, need_all=need_all)
    given = [seen(5.0, 2), seen(1.0, 2, quantity="mean_speed"), seen(5.0, 5), seen(0.2, 5, quantity="mean_speed")]
    assert begins(run([two], given)) == expected


@pytest.mark.parametrize(
    ("together", "expected"), [(PlacesJoin.EACH, [1, 3]), (PlacesJoin.ALL, [3]), (PlacesJoin.ANY, [1])]
)
def test_several_places_have_alerts_of_their_own_or_one_together(together, expected):
    both = rule(subjects=(HALL, YARD), hold_s=0, join=together)
    given = [seen(5.0, 1), seen(0.0, 1, YARD), seen(5.0, 3), seen(5.0, 3, YARD)]
    assert begins(run([both], given)) == expected


def test_one_unseen_place_keeps_all_from_being_known_but_not_any():
    given = [seen(5.0, second) for second in range(1, 20)]
    assert begins(run([rule(subjects=(HALL, YARD), join=PlacesJoin.ALL)], given)) == []
    assert begins(run([rule(subjects=(HALL, YARD), join=PlacesJoin.ANY)], given)) == [10]


def test_hours_are_those_of_the_sites_zone_and_end_an_alert():
    vienna = ZoneInfo("Europe/Vienna")  # one hour ahead: noon is 13:00
    until = WeekHours(WHOLE_WEEK, 0, 13 * 60 + 1)
    found = run([rule(active=(until,), hold_s=5.0)], [seen(5.0, second) for second in range(1, 90)], vienna)
    assert found == [(5, CONDITION, True), (60, CONDITION, False)]
    after = WeekHours(WHOLE_WEEK, 13 * 60 + 1, 14 * 60)
    assert begins(run([rule(active=(after,), hold_s=5.0)], [seen(5.0, second) for second in range(1, 90)], vienna)) == [
        64
    ]


def test_outside_its_hours_a_rule_does_not_report_blindness():
    night = WeekHours(WHOLE_WEEK, 0, 60)
    assert run([rule(active=(night,), blind_s=30.0)], [seen(0, second, YARD) for second in range(1, 99)]) == [
        (1, CONDITION, False)
    ]


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_a_clock_that_jumps_raises_nothing_and_loses_nothing(jump_s):
    before = [seen(5.0, second) for second in range(1, 5)]
    after = [seen(5.0, second + jump_s) for second in range(5, 12)]
    found = run([rule(blind_s=30.0)], [*before, *after])
    assert [each[1:] for each in found] == [(CONDITION, True)]
    assert found[0][0] - jump_s in {8, 9, 10}, "three windows of time at most count across the jump"
    calm = [seen(1.0, second + (jump_s if second > 5 else 0)) for second in range(1, 25)]
    assert begins(run([rule(blind_s=30.0)], calm)) == []


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans(), st.floats(0, 1)), max_size=60))
def test_the_same_observations_give_the_same_findings(values):
    given_ = [seen(v, second, at_least=bound, coverage=c) for second, (v, bound, c) in enumerate(values, 1)]
    assert run([rule(hold_s=3.0, blind_s=5.0)], given_) == run([rule(hold_s=3.0, blind_s=5.0)], given_)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=80))
def test_an_alert_begins_only_after_enough_dense_seconds_and_ends_alternate(values):
    found = [met for _, _, met in run([rule(hold_s=3.0)], [seen(v, s) for s, v in enumerate(values, 1)])]
    assert all(one != other for one, other in itertools.pairwise(found))
    if True in found:
        assert sum(value >= 4.23 for value in values) >= 3


def test_days_and_midnight():
    friday_night = WeekHours(frozenset({4}), 22 * 60, 6 * 60)
    assert friday_night.length_s == 8 * 3600
    assert NOON_S % 86400 == 43200


class CountedSubject(Subject):
    """A place that counts how often it is looked up, together with all others."""

    looked_up: ClassVar[int] = 0

    def __hash__(self) -> int:
        CountedSubject.looked_up += 1
        return hash((self.kind, self.name))


def test_what_is_observed_at_one_place_costs_the_same_however_many_places_a_rule_has():
    """Each observation used to be compared with all places of a rule: 500 of them took a processor of their own."""
    costs = []
    for places in (3, 300):
        everywhere = tuple(CountedSubject(SubjectKind.PLACE, f"place {number}") for number in range(places))
        rules = RuleSet([rule(subjects=everywhere, hold_s=0, blind_s=None)], UTC)
        CountedSubject.looked_up = 0
        (found,) = rules.observe([seen(9.0, 1, everywhere[1])])
        assert found.subjects == (everywhere[1],)
        costs.append(CountedSubject.looked_up)
    assert costs[0] == costs[1]
