"""Areas made of places of several cameras: what is not observed lowers the coverage, and nothing counts twice."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from passerby.gateway.area import Area
from passerby.measure.reading import Quantity, Reading
from passerby.settings.site.signals import AreaSettings

NOON_S = 1_795_348_800.0


def reading(place, value, second, quantity=Quantity.OCCUPANCY, *, span_s=1.0, observed_s=None, kind=""):
    observed_s = span_s if observed_s is None else observed_s
    return Reading(place, quantity, value, NOON_S + second, span_s, observed_s, "tracks", kind)


def crossed(place, value, second, **more):
    return reading(place, value, second, Quantity.CROSSINGS_IN, **more)


@pytest.fixture
def venue():
    return Area(AreaSettings(name="venue", zones=("east", "west")), "UTC")


@pytest.fixture
def inside():
    return Area(AreaSettings(name="inside", doors=("north", "gate"), empty_at="04:00"), "Europe/Vienna")


def told(area, *given):
    return [(each.value, each.observed_s / each.span_s) for each in area.readings(list(given))]


def test_a_zone_that_is_none_of_its_own_says_nothing(venue):
    assert told(venue, reading("elsewhere", 9.0, 1)) == []
    assert told(venue, reading("east", 4.0, 2)) == [(4.0, 0.5)]
    assert told(venue, reading("elsewhere", 9.0, 60)) == []


def test_each_second_of_what_comes_together_is_told(venue, inside):
    assert told(venue, *(reading("east", float(second), second) for second in (2, 1, 3))) == [
        (1.0, 0.5),
        (2.0, 0.5),
        (3.0, 0.5),
    ]
    assert [value for value, _ in told(inside, crossed("gate", 1.0, 1), crossed("gate", 2.0, 2))] == [1.0, 3.0]


def test_a_counter_that_tells_each_minute_is_heard_until_the_next(venue):
    assert told(venue, reading("west", 3.0, 60, span_s=60.0)) == [(3.0, 0.5)]
    assert told(venue, reading("east", 4.0, 119)) == [(7.0, 1.0)]
    assert told(venue, reading("east", 4.0, 130)) == [(4.0, 0.5)]


def test_half_observed_zones_make_a_half_observed_area(venue):
    assert told(venue, reading("east", 4.0, 1, observed_s=0.5), reading("west", 3.0, 1)) == [(7.0, 0.75)]


def test_a_door_that_nobody_watches_lowers_the_coverage(inside):
    assert told(inside, crossed("north", 3.0, 1)) == [(3.0, 0.5)]
    assert told(inside, crossed("gate", 2.0, 60, span_s=60.0), crossed("north", 0.0, 60)) == [(5.0, 1.0)]
    assert told(inside, crossed("north", 0.0, 170, observed_s=0.5)) == [(5.0, 0.75)]
    assert told(inside, crossed("north", 0.0, 300)) == [(5.0, 0.5)]


def test_cars_are_not_inside_and_other_places_are_no_doors(inside):
    assert told(inside, crossed("north", 3.0, 1, kind="car"), crossed("elsewhere", 5.0, 1)) == []


def test_it_goes_on_from_what_was_known(inside):
    inside.resume(12.0, NOON_S)
    assert told(inside, crossed("gate", 7.0, 0, span_s=60.0)) == []  # a counter that sends it again
    assert told(inside, crossed("north", 3.0, 1)) == [(15.0, 0.5)]


@pytest.mark.parametrize(
    ("now", "since"),
    [("02:30", "01:30"), ("03:30", "03:00"), ("03:00", "03:00"), ("12:30", "11:30")],  # it was empty at 3:00 UTC
)
def test_what_was_known_holds_since_it_was_empty_and_for_an_hour_at_most(inside, now, since):
    day = datetime(2026, 11, 22, tzinfo=UTC)
    moment, begun = (datetime.combine(day, time.fromisoformat(each), UTC) for each in (now, since))
    assert inside.known_since(moment) == begun


def test_a_night_in_which_clocks_change_empties_it_once(inside):
    begun = datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp() - NOON_S  # midnight in Vienna, before a day of 25 hours
    values = [told(inside, crossed("north", 1.0, begun + 60 * minute))[0][0] for minute in range(26 * 60)]
    assert [minute for minute in range(1, 26 * 60) if values[minute] < values[minute - 1]] == [5 * 60]


def test_what_a_counter_tells_first_after_the_night_belongs_to_the_new_day(inside):
    told(inside, crossed("gate", 5.0, 0))
    next_day_s = 86_400
    assert told(inside, crossed("gate", 80.0, next_day_s, span_s=3600.0))[0][0] == pytest.approx(80 * 0.8)


def test_what_comes_late_from_before_the_night_ends_no_day(inside):
    told(inside, crossed("gate", 5.0, 0), crossed("gate", 10.0, 86_400))
    assert told(inside, crossed("north", 0.0, 60), crossed("gate", 10.0, 86_401))[-1][0] == pytest.approx(16.0)
