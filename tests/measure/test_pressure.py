from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measure.views import SECOND, values, view

from passerby.measure.place import Zone
from passerby.measure.pressure import ZonePressure, crowd_pressure
from passerby.measure.reading import Quantity

velocities = st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=2, max_size=10)


@given(velocities, st.tuples(st.floats(-3, 3), st.floats(-3, 3)))
def test_marching_together_presses_nobody_more(speeds, march):
    moving = np.array(speeds)
    assert crowd_pressure(2.0, moving + np.array(march)) == pytest.approx(crowd_pressure(2.0, moving), abs=1e-9)


def test_one_alone_is_not_pressed():
    assert crowd_pressure(5.0, np.array([[1.0, 1.0]])) == 0


def test_a_zone_is_pressed_by_density_times_variance():
    measure = ZonePressure(Zone("hall", ((0, 0), (2, 0), (2, 1), (0, 1))))
    measure.observe(view([(0.5, 0.5), (1.5, 0.5)], velocities=[(1, 0), (-1, 0)]))
    assert values(measure.readings(SECOND)) == {Quantity.CROWD_PRESSURE: 1.0}
