from __future__ import annotations

from dataclasses import replace

from tests.alerts.made import HALL, NOON_S, YARD, rule, seen

from passerby.alerts.compared import compared
from passerby.alerts.rule import Condition, Form

RATE = Condition("occupancy", 30.0, 27.0, form=Form.RATE, over_s=60.0)
TOTAL = Condition("crossings_in", 10.0, 9.0, form=Form.TOTAL, over_s=60.0)


def steps(made, given, step_s=60):
    """Return what was compared at the first subject, with seconds after noon."""
    series = compared(made, given, step_s)[0]
    return [(at - NOON_S, round(value, 6)) for at, value in zip(series.starts_s, series.values, strict=True)]


def persons(values, *, first=10, every=10):
    return [seen(value, first + every * at, quantity="occupancy", length_s=10.0) for at, value in enumerate(values)]


def test_a_rate_is_the_change_per_minute_over_its_period():
    rising = persons([2 * number for number in range(13)])  # 12 more a minute
    assert steps(rule(RATE), rising) == [(0, 12.0), (60, 12.0), (120, 12.0)]


def test_a_sum_is_that_of_its_period():
    given = [seen(1.0, 10 * at, quantity="crossings_in", length_s=10.0, counts=True) for at in range(1, 13)]
    assert steps(rule(TOTAL), given) == [(0, 6.0), (60, 6.0)]


def test_of_a_step_the_value_nearest_to_the_limit_is_returned():
    above = Condition("occupancy", 5.0, 4.0)
    given = persons([1, 4, 2, 3, 1, 2])
    assert steps(rule(above), given) == [(0, 4.0)]
    assert steps(rule(replace(above, above=False)), given) == [(0, 1.0)]


def test_nothing_is_compared_over_a_gap():
    before, after = persons([0] * 8), persons([100] * 8, first=600)
    made = rule(RATE, blind_s=60.0)
    assert {value for _, value in steps(made, [*before, *after])} == {0.0}


def test_each_place_has_its_own_and_one_without_signals_has_none():
    made = rule(RATE, subjects=(HALL, YARD))
    of_hall, of_yard = compared(made, persons([0] * 8), 60)
    assert (of_hall.subject, of_yard.subject) == (HALL, YARD)
    assert of_hall.values
    assert of_yard.values == ()
