from __future__ import annotations

import numpy as np
import pytest
from tests.measure.views import SECOND, values, view

from passerby.errors import MeasureError
from passerby.measure.place import Zone
from passerby.measure.reading import Quantity
from passerby.measure.speed import ZoneSpeed, individual_speed, mean_speed

HALL = Zone("hall", ((0, 0), (4, 0), (4, 4), (0, 4)))


def test_speeds_of_a_zone_are_those_of_who_is_inside():
    measure = ZoneSpeed(HALL)
    measure.observe(view([(1, 1), (2, 2), (9, 9)], velocities=[(1, 0), (0, 2), (50, 0)]))
    got = values(measure.readings(SECOND))
    assert got[Quantity.MEAN_SPEED] == got[Quantity.SPEED_P50] == 1.5
    assert got[Quantity.SPEED_P15] < 1.5 < got[Quantity.SPEED_P85]


def test_nobody_has_no_speed():
    measure = ZoneSpeed(HALL)
    measure.observe(view())
    assert measure.readings(SECOND) == []
    with pytest.raises(MeasureError, match="no one is in it"):
        mean_speed(np.empty((0, 2)), np.empty(0), HALL)


def test_a_speed_needs_time():
    with pytest.raises(MeasureError, match="no time"):
        individual_speed(np.zeros((1, 2)), np.ones((1, 2)), span_s=0)
