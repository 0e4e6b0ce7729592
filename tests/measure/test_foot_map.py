from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.measure.views import view
from tests.measure.walkers import SIZE, boxes

from passerby.errors import MeasureError
from passerby.measure.foot_map import HOUR_S, LEAST, FootCounter, FootMap
from passerby.measure.place import Space, Zone
from passerby.measure.plan import ScenePlan, ZonePlan
from passerby.measure.scene import Scene

HALL = Zone("hall", ((0, 0), (6, 0), (6, 3), (0, 3)))
AT_S = 7 * HOUR_S + 100.0


def counted(*moments, zone=HALL):
    """Return the map of the hour in which these moments lie, a second apart."""
    counter = FootCounter(zone, width_px=640)
    for number, moves in enumerate(moments):
        counter.observe(view(moves=moves, time_s=AT_S + number, span_s=1.0))
    counter.observe(view(time_s=AT_S + HOUR_S, span_s=1.0))
    (made,) = counter.take()
    return made


def cell(made, column, row):
    return made.counts[(row - made.top) * made.columns + column - made.left]


COMES = ((0.5, 0.5), (1.5, 0.5))
"""A step from cell 0, 0 to cell 1, 0."""


def test_a_foot_point_counts_in_the_cell_that_it_comes_into():
    made = counted(*[[COMES]] * 7)
    assert (made.place, made.start_s, made.observed_s) == ("hall", 7 * HOUR_S, 7.0)
    assert (made.left, made.top, made.columns, made.rows, made.side) == (0, 0, 6, 3, 1.0)
    assert cell(made, 1, 0) == 7
    assert sum(made.counts) == 7


def test_what_came_less_often_than_the_least_reads_as_if_nobody_had():
    assert cell(counted(*[[COMES]] * LEAST), 1, 0) == LEAST
    assert sum(counted(*[[COMES]] * (LEAST - 1)).counts) == 0


def test_a_step_within_a_cell_and_one_that_ends_outside_the_zone_count_nowhere():
    within, leaves = ((1.1, 0.5), (1.9, 0.5)), ((5.5, 0.5), (6.5, 0.5))
    assert sum(counted(*[[within, leaves]] * 20).counts) == 0


def test_whoever_comes_from_outside_counts_in_the_cell_at_the_edge():
    assert cell(counted(*[[((6.5, 0.5), (5.5, 0.5))]] * 6), 5, 0) == 6


def test_one_who_stands_and_trembles_over_an_edge_never_counts():
    there, back = ((0.9, 0.5), (1.1, 0.5)), ((1.1, 0.5), (0.9, 0.5))
    assert sum(counted(*[[there], [back]] * 200).counts) == 0


def test_each_hour_has_a_map_and_what_was_not_followed_is_not_observed():
    counter = FootCounter(HALL, width_px=640)
    for at in (100.0, 101.0, 4000.0):
        counter.observe(view(moves=[COMES] * LEAST, time_s=at, span_s=1.0))
    counter.observe(replace(view(moves=[COMES] * LEAST, time_s=4001.0, span_s=1.0), followed=False))
    counter.observe(view(time_s=9000.0, span_s=1.0))
    first, second = counter.take()
    assert [(each.start_s, each.observed_s, max(each.counts)) for each in (first, second)] == [
        (0, 2.0, 2 * LEAST),
        (HOUR_S, 1.0, LEAST),
    ]
    assert counter.take() == []


def test_an_hour_that_was_not_observed_has_no_map():
    counter = FootCounter(HALL, width_px=640)
    counter.observe(replace(view(moves=[COMES] * LEAST, time_s=100.0, span_s=1.0), followed=False))
    counter.observe(view(time_s=4000.0, span_s=0.0))
    assert counter.take() == []


def test_cells_of_a_picture_are_a_32nd_of_its_width_and_a_large_zone_has_larger_ones():
    picture = Zone("picture", ((0, 0), (640, 0), (640, 480), (0, 480)), Space.PICTURE)
    made = counted([], zone=picture)
    assert (made.side, made.columns, made.rows, made.space) == (20.0, 32, 24, Space.PICTURE)
    field = Zone("field", ((-10, 0), (190, 0), (190, 40), (-10, 40)))
    made = counted([], zone=field)
    assert (made.side, made.left, made.columns, made.rows) == (4.0, -3, 51, 10)


@pytest.mark.parametrize(
    "changes",
    [
        {"counts": (1, 0)},
        {"counts": (LEAST - 1, 0)},
        {"counts": (-5, 0)},
        {"counts": (5, 0, 5)},
        {"columns": 0},
        {"start_s": 100},
        {"observed_s": 0.0},
        {"observed_s": 3601.0},
        {"side": 0.0},
    ],
)
def test_a_map_with_the_count_of_a_few_or_with_impossible_numbers_cannot_be_made(changes):
    whole = FootMap("hall", 0, 10.0, Space.GROUND, 1.0, 0, 0, 2, (5, 0))
    with pytest.raises(MeasureError, match="hall"):
        replace(whole, **changes)


def walked(where, seconds, *, start_s):
    """Return the maps of a scene in which boxes stand where they are told, trembling by two px."""
    zone = Zone("picture", ((0, 0), (800, 0), (800, 600), (0, 600)), Space.PICTURE)
    scene = Scene(ScenePlan(zones=(ZonePlan(zone, use=None, dwell=False, foot_map=True),)), SIZE)
    rng = np.random.default_rng(3)
    for number in range(round(10 * seconds)):
        at = number / 10
        feet = np.array(where(at), float).reshape(-1, 2)
        scene.observe(start_s + at, boxes(feet + rng.normal(0, 2, feet.shape)))
    scene.finish()
    return scene.foot_maps()


def test_people_who_walk_mark_their_way_and_one_who_stands_on_an_edge_does_not():
    def where(at):
        return [(40 + 80 * (at % 8), 330), (350, 200)]  # one walks the same way again and again, one stands on edges

    (made,) = walked(where, 80, start_s=HOUR_S - 70.0)
    rows = np.reshape(made.counts, (-1, made.columns))
    assert rows[330 // 25].max() >= LEAST
    assert rows[150 // 25 : 250 // 25].sum() == 0
