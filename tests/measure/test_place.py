from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.errors import MeasureError
from passerby.measure.place import Line, Space, Zone

SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
coordinates = st.floats(-50, 50, allow_nan=False)


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_a_point_that_is_not_finite_is_refused_by_number(bad):
    with pytest.raises(MeasureError, match="zone 'hall': point 2"):
        Zone("hall", ((0, 0), (bad, 0), (1, 1)))
    with pytest.raises(MeasureError, match="line 'door': point 1"):
        Line("door", (bad, 0), (1, 1))


def test_a_line_without_length_is_refused():
    with pytest.raises(MeasureError, match="needs a length"):
        Line("door", (1, 1), (1, 1))


def test_left_is_left_on_the_plan_and_on_the_screen():
    upwards = ((0.0, 0.0), (0.0, 1.0))
    left, right = np.array([[-1.0, 0.5]]), np.array([[1.0, 0.5]])
    assert Line("plan", *upwards).left(left) == 1
    assert Line("screen", *upwards, Space.PICTURE).left(right) == 1  # y points down: looking down the screen


@pytest.mark.parametrize(
    ("outline", "text"),
    [
        (((0, 0), (1, 1)), "give at least 3"),
        (((0, 0), (2, 2), (2, 0), (0, 2)), "edge 1 crosses edge 3"),
        (((0, 0), (0, 0), (2, 0), (0, 2)), "twice"),
        (((0, 0), (1, 1), (2, 2)), "no area"),
    ],
)
def test_an_outline_that_encloses_nothing_sound_is_refused(outline, text):
    with pytest.raises(MeasureError, match=text):
        Zone("hall", outline)


@pytest.mark.parametrize(
    ("hole", "text"),
    [
        (((5, 5), (6, 5), (6, 6)), "outside the zone"),
        (((3, 3), (5, 3), (5, 5)), "touches another edge"),
    ],
)
def test_a_hole_that_is_not_within_is_refused(hole, text):
    with pytest.raises(MeasureError, match=text):
        Zone("hall", SQUARE, holes=(hole,))


def test_a_hole_is_not_part_of_the_zone():
    zone = Zone("hall", SQUARE, holes=(((1, 1), (2, 1), (2, 2), (1, 2)),))
    assert zone.area == 15
    assert zone.holds(np.array([[1.5, 1.5], [3.0, 3.0], [nan, 1.0]])).tolist() == [False, True, False]


@given(st.lists(st.tuples(coordinates, coordinates), max_size=40), coordinates)
def test_splitting_a_zone_adds_up(points, cut):
    cut = min(49.0, max(-49.0, cut))
    spots = np.array([*points, (cut, 0.0), (cut, 50.0), (-50.0, -50.0)])
    whole = Zone("all", ((-50, -50), (50, -50), (50, 50), (-50, 50)))
    west = Zone("west", ((-50, -50), (cut, -50), (cut, 50), (-50, 50)))
    east = Zone("east", ((cut, -50), (50, -50), (50, 50), (cut, 50)))
    assert (west.holds(spots) ^ east.holds(spots)).tolist() == whole.holds(spots).tolist()
    assert west.area + east.area == pytest.approx(whole.area)
