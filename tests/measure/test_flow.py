from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.measure.views import SECOND, steps, values, view

from passerby.errors import MeasureError
from passerby.measure.flow import LineFlow, crossings, flow, specific_flow
from passerby.measure.place import Line, Space
from passerby.measure.reading import LOWER_BOUND, Quantity
from passerby.measure.view import Steps
from passerby.vision.detections import Kind

GATE = Line("gate", (0, 0), (2, 0))
heights = st.lists(st.floats(-3, 3).map(lambda y: round(y, 2)), min_size=2, max_size=20)


def counted(*moves, line=GATE):
    measure = LineFlow(line)
    measure.observe(view(moves=moves))
    return values(measure.readings(SECOND))


def test_passing_beside_the_line_is_no_crossing():
    assert counted(((3, -1), (3, 1)))[Quantity.FLOW] == 0


def test_in_is_to_the_left():
    got = counted(((1, -1), (1, 1)), ((1, -1), (1, 1)), ((0.5, 1), (1, -1)))
    assert (got[Quantity.CROSSINGS_IN], got[Quantity.CROSSINGS_OUT]) == (2, 1)
    assert got[Quantity.FLOW] == 3
    assert got[Quantity.SPECIFIC_FLOW] == 1.5
    assert got[Quantity.COUNTER_FLOW_SHARE] == pytest.approx(1 / 3)


@given(heights)
@example([-1.0, 0.0])
@example([0.0, -1.0, 0.0, 1.0])
def test_net_crossings_depend_only_on_where_a_walk_starts_and_ends(path):
    got = counted(*(((1, y), (1, z)) for y, z in pairwise(path)))
    net = got[Quantity.CROSSINGS_IN] - got[Quantity.CROSSINGS_OUT]
    assert net == int(path[-1] >= 0) - int(path[0] >= 0)


@given(heights, st.floats(-2.5, 2.5))
def test_moving_the_line_along_a_straight_street_keeps_the_count(starts, shift):
    moves = [((1, -4), (1, 4)) if y < 0 else ((1, 4), (1, -4)) for y in starts]
    moved = replace(GATE, a=(0, shift), b=(2, shift))
    assert counted(*moves) == counted(*moves, line=moved)


@given(heights)
def test_time_reversed_swaps_in_and_out(path):
    path = [y or 0.01 for y in path]  # on the line itself left and right are a rule, not a symmetry
    there = counted(*(((1, y), (1, z)) for y, z in pairwise(path)))
    back = counted(*(((1, y), (1, z)) for y, z in pairwise(path[::-1])))
    assert there[Quantity.CROSSINGS_IN] == back[Quantity.CROSSINGS_OUT]
    assert there[Quantity.CROSSINGS_OUT] == back[Quantity.CROSSINGS_IN]


@given(st.lists(st.integers(0, 1999), max_size=20), st.integers(100, 1900))
def test_two_lines_end_to_end_count_what_one_counts(places, cut):
    places, cut = [x / 1000 for x in places], cut / 1000  # nearer to an end rounding decides
    walk = steps(*(((x, -1), (x, 1)) for x in [*places, cut]))
    halves = (replace(GATE, b=(cut, 0)), replace(GATE, a=(cut, 0)))
    assert sum(len(crossings(walk, half).times_s) for half in halves) == len(crossings(walk, GATE).times_s)


def test_a_crossing_has_its_time_on_the_way():
    found = crossings(steps(((1, -1), (1, 3)), times_s=(10.0, 12.0)), GATE)
    assert found.times_s.tolist() == [10.5]


def test_a_step_beyond_the_horizon_is_none():
    assert len(crossings(Steps(np.full((1, 2, 2), np.nan), np.zeros((1, 2)), np.zeros(1, np.int8)), GATE).times_s) == 0


def test_classes_are_counted_apart_and_wrong_ways_are_events():
    measure = LineFlow(GATE, (Kind.PERSON, Kind.CAR), one_way=True)
    measure.observe(view(moves=[((1, 1), (1, -1))], kind=Kind.CAR))
    readings = measure.readings(SECOND)
    assert values(readings, "car")[Quantity.CROSSINGS_OUT] == values(readings, "car")[Quantity.WRONG_WAY] == 1
    assert values(readings, "person")[Quantity.CROSSINGS_OUT] == 0


def test_there_is_no_flow_without_time_nor_per_metre_without_metres():
    with pytest.raises(MeasureError, match="no time"):
        flow(3, 0.0)
    with pytest.raises(MeasureError, match="line 'gate': it is in pixels"):
        specific_flow(1.0, replace(GATE, space=Space.PICTURE))


def test_a_crossing_whose_moving_region_went_the_other_way_counts_that_way_and_is_no_event():
    measure = LineFlow(GATE, (Kind.CAR,), one_way=True)
    out = replace(view(moves=[((1, 1), (1, -1))], kind=Kind.CAR), turned=((GATE.name, Kind.CAR, False),))
    measure.observe(replace(out, missed=frozenset({GATE.name})))
    made = measure.readings(SECOND)
    assert {each.quantity: (each.value, each.estimator) for each in made} == {
        Quantity.CROSSINGS_IN: (1, LOWER_BOUND),
        Quantity.CROSSINGS_OUT: (0, LOWER_BOUND),
    }
