from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measure.walkers import SIZE, boxes, walk

from passerby.errors import MeasureError
from passerby.measure.flow import crossings
from passerby.measure.ground import Ground
from passerby.measure.motion.motion import Motion
from passerby.measure.place import Line, Space
from passerby.measure.view import Steps, View
from passerby.vision.detections import Detections, Kind


def counts(views):
    return [len(view.points_px) for view in views]


def test_nothing_that_leaves_names_anybody():
    names = {field.name for kind in (View, Steps) for field in fields(kind) if field.name[0] != "_"}
    assert names == {
        *("time_s", "span_s", "points_px", "points_m", "velocities", "kinds", "steps_px", "steps_m"),
        *("turns", "followed", "unsure", "missed", "missed_riders", "passed", "turned", "ends", "times_s"),
    }


def test_every_moment_comes_once_in_order_and_late():
    motion = Motion(SIZE)
    early = [view for number in range(10) for view in motion.observe(number / 10, boxes([(400, 300)]))]
    assert early == []
    rest = [view for number in range(10, 40) for view in motion.observe(number / 10, boxes([(400, 300)]))]
    times = [view.time_s for view in [*rest, *motion.finish()]]
    assert times == [number / 10 for number in range(40)]


def test_somebody_counts_from_the_first_sight_on():
    views = list(walk(Motion(SIZE), lambda t: [(100 + 40 * t, 300)], 4))
    assert counts(views) == [1] * 40


def test_a_flicker_is_nobody():
    motion = Motion(SIZE)
    views = []
    for number in range(40):
        views += motion.observe(number / 10, boxes([(400, 300)] if number in {10, 11} else []))
    assert counts([*views, *motion.finish()]) == [0] * 40


def test_two_boxes_of_one_body_are_one_person():
    double = boxes([(400, 300)], height=80), boxes([(402, 301)], height=64, score=0.6)
    motion = Motion(SIZE)
    views = [view for n in range(40) for view in motion.observe(n / 10, Detections.joined(list(double)))]
    assert counts([*views, *motion.finish()]) == [1] * 40


def test_who_is_hidden_for_a_second_is_still_there():
    views = list(walk(Motion(SIZE), lambda t: [] if 2 <= t < 3 else [(100 + 40 * t, 300)], 6))
    assert counts(views) == [1] * 60
    hidden = views[25]
    assert hidden.points_px[0] == pytest.approx([200, 300], abs=3)


def test_who_left_is_gone():
    views = list(walk(Motion(SIZE), lambda t: [(100 + 40 * t, 300)] if t < 3 else [], 8))
    assert counts(views)[:30] == [1] * 30
    assert counts(views)[31:] == [0] * 49


def test_an_uncertain_thing_that_never_moved_is_furniture():
    assert max(counts(walk(Motion(SIZE), lambda _: [(400, 300)], 5, score=0.52))) == 0
    assert max(counts(walk(Motion(SIZE), lambda t: [(300 + 40 * t, 300)], 5, score=0.52))) == 1


def test_trembling_makes_no_step():
    noise = np.random.default_rng(1).normal(0, 1.5, (100, 2))
    views = walk(Motion(SIZE), lambda t: [(400, 300) + noise[round(10 * t)]], 10)
    assert sum(len(view.steps_px.ends) for view in views) == 0


def test_steps_lead_from_where_one_began_to_where_one_ended():
    views = list(walk(Motion(SIZE), lambda t: [(100 + 50 * t, 300)], 6))
    ends = np.concatenate([view.steps_px.ends for view in views])
    assert ends[0, 0] == pytest.approx([100, 300], abs=2)
    assert ends[-1, 1, 0] > 380
    assert (ends[1:, 0] == ends[:-1, 1]).all()  # one walker: each step begins where the last one ended


def test_speed_is_that_of_the_walk():
    views = list(walk(Motion(SIZE), lambda t: [(100 + 50 * t, 300)], 6))
    assert views[30].velocities[0] == pytest.approx([50, 0], abs=0.5)


def test_on_calibrated_ground_points_and_speed_are_metric():
    picture = np.array([[0.0, 0], [800, 0], [800, 600], [0, 600]])
    ground = Ground.from_points(picture, picture / 100)
    views = list(walk(Motion(SIZE, ground), lambda t: [(100 + 50 * t, 300)], 6))
    assert views[30].points_m[0] == pytest.approx([2.5, 3.0], abs=0.05)
    assert views[30].velocities[0] == pytest.approx([0.5, 0], abs=0.01)
    assert sum(len(view.steps_m.ends) for view in views) == sum(len(view.steps_px.ends) for view in views) > 5


def test_who_is_cut_by_the_border_stands_there_but_makes_no_step():
    views = list(walk(Motion(SIZE), lambda t: [(790 - 1 * t, 300)], 4))
    assert max(counts(views)) == 1
    assert sum(len(view.steps_px.ends) for view in views) == 0


def test_a_car_never_continues_a_person():
    motion = Motion(SIZE)
    views = []
    for number in range(60):
        kind = Kind.PERSON if number < 30 else Kind.CAR
        views += motion.observe(number / 10, boxes([(100 + 4 * number, 300)], kind=kind))
    views += motion.finish()
    assert [list(view.kinds) for view in views] == [[Kind.PERSON]] * 30 + [[Kind.CAR]] * 30


def test_a_frame_that_nobody_looked_at_is_a_gap():
    motion = Motion(SIZE)
    views = []
    for number in range(60):
        at = number / 10
        views += motion.skip(at) if number in {20, 21} else motion.observe(at, boxes([(400, 300)]))
    views += motion.finish()
    assert len(views) == 58
    assert [round(view.span_s, 6) for view in views if view.time_s in {0.0, 1.9, 2.2, 2.3}] == [0, 0.1, 0, 0.1]


def test_a_clock_that_goes_back_is_refused():
    motion = Motion(SIZE)
    motion.observe(1.0, boxes([]))
    with pytest.raises(MeasureError, match=r"the clock went from 1\.0 s to 0\.5 s"):
        motion.observe(0.5, boxes([]))


def test_more_people_than_slots_are_all_there():
    feet = [(20 + 38 * (n % 20), 100 + 90 * (n // 20)) for n in range(120)]
    assert set(counts(walk(Motion((800, 700)), lambda _: feet, 3))) == {120}


GATE = Line("gate", (400, 100), (400, 500), Space.PICTURE)
TO_THE_LINE_AND_BACK = [(0, 300), (2, 397), (6, 397), (8, 300)]
OVER_IT = [(0, 300), (2, 397), (6, 397), (8, 500)]


def told(way, *, seed=0, tremble=1.0, lines=(GATE,)):
    """Return times and directions of crossings of somebody who is at x = way(t), trembling."""
    noise = np.random.default_rng(seed).normal(0, tremble, (round(way[-1][0] * 10) + 1, 2))
    views = walk(
        Motion(SIZE, lines=lines),
        lambda t: [np.array([np.interp(t, *zip(*way, strict=True)), 300]) + noise[round(10 * t)]],
        way[-1][0],
    )
    found = [crossings(view.steps_px, lines[0]) for view in views]
    return [(t, i) for each in found for t, i in zip(each.times_s.tolist(), each.inwards.tolist(), strict=True)]


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0, 2))
def test_who_trembles_beside_a_line_and_goes_back_never_crossed_it(seed, tremble):
    assert told(TO_THE_LINE_AND_BACK, seed=seed, tremble=tremble) == []


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0, 2))
def test_who_trembles_beside_a_line_and_goes_on_crossed_it_once(seed, tremble):
    assert [inwards for _, inwards in told(OVER_IT, seed=seed, tremble=tremble)] == [True]


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_a_walk_back_in_time_swaps_in_and_out(seed):
    there = told(OVER_IT, seed=seed)
    back = told([(8 - t, x) for t, x in reversed(OVER_IT)], seed=seed)
    assert [not inwards for _, inwards in there] == [inwards for _, inwards in back]


@settings(max_examples=15)
@given(st.floats(330, 470))
def test_the_line_moved_along_the_way_keeps_the_count(x):
    way = [(0, 250), (6, 550)]
    assert len(told(way, lines=(Line("gate", (x, 100), (x, 500), Space.PICTURE),))) == 1


def test_who_stood_far_from_a_line_crossed_it_when_they_came_by():
    ((at_s, _),) = told([(0, 385), (20, 385), (21, 450)], tremble=0.0)
    assert at_s == pytest.approx(20.2, abs=0.3)


def test_who_leaves_the_picture_beside_a_line_crossed_it():
    edge = Line("edge", (772, 100), (772, 500), Space.PICTURE)
    views = list(walk(Motion(SIZE, lines=[edge]), lambda t: [(700 + 50 * t, 300)], 2))
    assert sum(len(crossings(view.steps_px, edge).times_s) for view in views) == 1


@given(st.permutations(range(5)))
def test_the_order_of_boxes_is_irrelevant(order):
    def views(order):
        feet = np.array([(100 + 120 * n, 300) for n in range(5)], float)
        return list(walk(Motion(SIZE), lambda t: feet[list(order)] + (20 * t, 0), 3))

    for one, other in zip(views(range(5)), views(order), strict=True):
        assert np.sort(one.points_px[:, 0]) == pytest.approx(np.sort(other.points_px[:, 0]))
