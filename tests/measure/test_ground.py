from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.errors import MeasureError
from passerby.measure.ground import Ground
from passerby.measure.lens import BrownLens

PICTURE = np.array([[100.0, 500.0], [700.0, 500.0], [550.0, 200.0], [250.0, 200.0]])
FLOOR = np.array([[0.0, 0.0], [6.0, 0.0], [6.0, 12.0], [0.0, 12.0]])


def test_the_given_points_come_back():
    ground = Ground.from_points(PICTURE, FLOOR)
    assert ground.to_ground(PICTURE) == pytest.approx(FLOOR, abs=1e-9)
    assert ground.to_picture(FLOOR) == pytest.approx(PICTURE, abs=1e-6)
    assert ground.fit(PICTURE, FLOOR).rms_px < 1e-6


@pytest.mark.parametrize(
    "origin", [(5e5, 5.3e6), (-2.0037e7, 2.0037e7), (3.35e7, 5.8e6)], ids=["UTM", "Mercator", "GK"]
)
def test_it_is_as_exact_far_from_the_origin_as_near_it(origin):
    near, far = Ground.from_points(PICTURE, FLOOR), Ground.from_points(PICTURE, FLOOR + origin)
    x, y = np.meshgrid(np.linspace(100, 700, 7), np.linspace(190, 590, 5))
    points = np.stack((x.ravel(), y.ravel()), axis=1)
    assert far.to_ground(points) - origin == pytest.approx(near.to_ground(points), abs=1e-6)
    assert far.to_picture(far.to_ground(points)) == pytest.approx(points, abs=1e-5)
    assert far.px_per_m(points) == pytest.approx(near.px_per_m(points), rel=1e-5)
    assert far.mirrored == near.mirrored


@pytest.mark.parametrize(
    ("ground", "text"),
    [
        (FLOOR * 1e-5 + [16.37, 48.21], "16.37, 48.21, lie within 0.00012 m: these are degrees, not metres"),
        (FLOOR * 1e-5 - [70.1, 33.4], "these are degrees"),
        (FLOOR * 1e-3, "lie within 0.012 m of each other; give metres"),
    ],
)
def test_degrees_and_grounds_that_are_too_small_are_refused(ground, text):
    with pytest.raises(MeasureError, match=text):
        Ground.from_points(PICTURE, ground)


def test_a_tile_of_40_cm_is_ground_enough():
    assert Ground.from_points(PICTURE, FLOOR / 30).to_ground(PICTURE) == pytest.approx(FLOOR / 30, abs=1e-7)


def test_a_point_that_does_not_fit_is_named():
    picture = np.array([*PICTURE, [400.0, 330.0]])
    floor = np.array([*FLOOR, [3.0, 3.0]])
    fit = Ground.from_points(picture, floor).fit(picture, floor)
    assert fit.rms_px > 5
    assert fit.rms_m > 0.1
    assert fit.worst in range(1, 6)


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        (PICTURE[:3], "3 picture points; give at least 4"),
        (np.array([[0, 0], [1, 1], [2, 2], [5, 0]]), "picture points 1, 2, 3 lie on a line"),
        (np.array([[0, 0], [9, 0], [9, 0], [0, 9]]), "picture points 2 and 3 are the same"),
        (np.array([[0, 0], [np.nan, 0], [9, 0], [0, 9]]), "picture point 2 is not finite"),
    ],
)
def test_points_that_say_nothing_are_refused_by_number(picture, text):
    with pytest.raises(MeasureError, match=text):
        Ground.from_points(picture.astype(float), FLOOR[: len(picture)])


def test_crossed_points_are_refused():
    with pytest.raises(MeasureError, match="horizon"):
        Ground.from_points(PICTURE, FLOOR[[0, 2, 1, 3]])


def test_there_is_no_ground_above_the_horizon():
    ground = Ground.from_points(PICTURE, FLOOR)
    assert np.isnan(ground.to_ground(np.array([[400.0, -400.0]]))).all()
    assert np.isnan(ground.to_picture(np.array([[3.0, -500.0]]))).all()


def test_a_metre_has_fewer_pixels_far_away():
    near, far = Ground.from_points(PICTURE, FLOOR).px_per_m(np.array([[400.0, 490.0], [400.0, 210.0]]))
    assert near > far > 0


@given(st.floats(-0.2, 0.05), st.floats(0, 12), st.floats(0, 6))
def test_a_bent_picture_is_straightened(k1, along, across):
    lens = BrownLens((700.0, 700.0), (400.0, 300.0), (k1, 0.01, 0.001, -0.001))
    bent = lens.bent(PICTURE)
    place = np.array([[across, along]])
    ground = Ground.from_points(bent, FLOOR, lens=lens)
    assert ground.to_ground(ground.to_picture(place)) == pytest.approx(place, abs=1e-3)
