from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.measure.views import SECOND, steps, values, view
from tests.measure.walkers import SIZE, walk

from passerby.errors import MeasureError
from passerby.measure.motion.motion import Motion
from passerby.measure.place import Line, Space, Zone
from passerby.measure.reading import LOWER_BOUND, Quantity
from passerby.measure.traffic import LineHeadway, StoppedVehicles, Turns, mean_headway
from passerby.vision.detections import Kind

LANE = Line("lane", (0, 0), (2, 0))
YARD = Zone("yard", ((0, 0), (10, 0), (10, 10), (0, 10)))
WEST = Line("west", (200, 0), (200, 600), Space.PICTURE)
SOUTH = Line("south", (0, 500), (800, 500), Space.PICTURE)


def passing(time_s):
    made = steps(((1, -1), (1, 1)), kind=Kind.CAR, times_s=(time_s - 1, time_s + 1))
    return replace(view(), steps_m=made)


def test_headway_is_the_time_between_vehicles():
    measure = LineHeadway(LANE)
    for time_s in (1.0, 3.0, 7.0):
        measure.observe(passing(time_s))
    assert values(measure.readings(SECOND)) == {Quantity.HEADWAY: 3.0}
    assert mean_headway(np.array([1.0, 3.0, 7.0])) == 3.0


def test_over_a_gap_there_is_no_headway():
    measure = LineHeadway(LANE)
    measure.observe(passing(1.0))
    measure.observe(replace(passing(60.0), span_s=0.0))
    assert measure.readings(SECOND) == []
    with pytest.raises(MeasureError, match="at least two are needed"):
        mean_headway(np.array([1.0]))


def stopped(times, at=(5, 5), kind=Kind.CAR, speed=0.0):
    measure = StoppedVehicles(YARD, after_s=10, still=0.3, spot=1.5)
    for time_s in times:
        measure.observe(view([at], velocities=[(speed, 0)], kind=kind, time_s=time_s))
    return sum(reading.value for reading in measure.readings(SECOND))


def test_a_vehicle_that_stands_too_long_is_one_event():
    assert stopped(np.arange(0, 60)) == 1


def test_a_short_stop_a_moving_vehicle_and_a_person_are_none():
    assert stopped(np.arange(0, 9)) == stopped(np.arange(0, 60), speed=2) == 0
    assert stopped(np.arange(0, 60), kind=Kind.PERSON) == 0


def test_who_stops_after_the_spot_was_empty_is_a_new_event():
    assert stopped([*np.arange(0, 20), *np.arange(30, 50)]) == 2


def test_a_turn_leads_from_gate_to_gate_and_names_nobody():
    def path(t):
        return [(50 + 100 * t, 250)] if t < 3 else [(350, 250 + 100 * (t - 3))]

    measure = Turns([WEST, SOUTH])
    for each in walk(Motion(SIZE, gates=[WEST, SOUTH]), path, 6.2, kind=Kind.CAR):
        measure.observe(each)
    made = measure.readings(SECOND)
    assert [(each.place, each.value, each.kind) for each in made] == [("west > south", 1, "car")]


@pytest.mark.parametrize(
    "doubt", [{"unsure": frozenset({Kind.CAR})}, {"missed": frozenset({"south"})}], ids=["ambiguous", "missed"]
)
def test_turns_are_a_lower_bound_where_vehicles_were_missed(doubt):
    measure = Turns([WEST, SOUTH])
    measure.observe(replace(view(), turns=((0, 1, Kind.CAR), (0, 1, Kind.BICYCLE)), **doubt))
    assert {each.kind: each.estimator for each in measure.readings(SECOND)} == {"bicycle": "tracks", "car": LOWER_BOUND}
    measure.observe(replace(view(), turns=((0, 1, Kind.CAR),)))
    assert [each.estimator for each in measure.readings(SECOND)] == ["tracks"]
