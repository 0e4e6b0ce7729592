"""Places of a calibrated camera on a floor plan."""

from __future__ import annotations

import numpy as np
import pytest

from passerby.measure.ground import Ground
from passerby.measure.place import Line, Space, Zone
from passerby.measure.plan import LinePlan, ScenePlan, ZonePlan
from passerby.measure.plan_view import PlanScale, places_on_plan

SEEN = np.array([[80, 350], [560, 350], [430, 120], [210, 120]], np.float64)
GROUND = Ground.from_points(SEEN, np.array([[0, 0], [8, 0], [8, 10], [0, 10]], np.float64))
SCALE = PlanScale(0.02, (200.0, 620.0))


def plan(*places, ground=GROUND):
    lines = tuple(LinePlan(each) for each in places if isinstance(each, Line))
    zones = tuple(ZonePlan(each) for each in places if isinstance(each, Zone))
    return ScenePlan(lines, zones, ground)


def test_a_zone_in_metres_lies_where_the_scale_puts_it():
    (found,) = places_on_plan(plan(Zone("hall", ((1, 2), (7, 2), (7, 8), (1, 8)))), SCALE)
    assert found.closed
    assert found.points_px.min(axis=0) == pytest.approx((250, 220))
    assert found.points_px.max(axis=0) == pytest.approx((550, 520))


def test_what_is_drawn_in_the_picture_lies_on_the_same_spot_as_what_is_in_metres():
    seen = tuple(map(tuple, GROUND.to_picture(np.array([[1, 2], [7, 2], [7, 8], [1, 8]], np.float64)).tolist()))
    drawn, measured = (
        places_on_plan(plan(zone), SCALE)[0].points_px
        for zone in (Zone("hall", seen, Space.PICTURE), Zone("hall", ((1, 2), (7, 2), (7, 8), (1, 8))))
    )
    assert drawn.min(axis=0) == pytest.approx(measured.min(axis=0))
    assert drawn.max(axis=0) == pytest.approx(measured.max(axis=0))


@pytest.mark.parametrize(
    "line",
    [Line("door", (1, 5), (7, 5)), Line("door", (120, 300), (500, 300), Space.PICTURE)],
    ids=["in metres", "in the picture"],
)
def test_in_is_the_same_side_on_the_plan_as_in_the_picture(line):
    (found,) = places_on_plan(plan(line), SCALE)
    assert found.into == pytest.approx((0, -1), abs=0.05)  # away from the camera, which is up on this plan
    assert not found.closed


def test_a_plan_that_is_turned_turns_its_places():
    turned = PlanScale(0.5, (10.0, 20.0), 90.0).to_picture(np.array([[2.0, 0.0], [0.0, 2.0]]))
    assert turned == pytest.approx(np.array([[10, 16], [6, 20]]))


def test_what_is_beyond_the_horizon_or_not_calibrated_is_left_out():
    sky = Zone("sky", ((0, -300), (640, -300), (640, -200), (0, -200)), Space.PICTURE)
    assert places_on_plan(plan(sky), SCALE) == []
    assert places_on_plan(plan(sky, ground=None), SCALE) == []
