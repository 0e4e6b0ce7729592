from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measure.views import SECOND, values, view

from passerby.errors import MeasureError
from passerby.measure.density import ZoneDensity, density, voronoi_density
from passerby.measure.place import Space, Zone
from passerby.measure.reading import Quantity
from passerby.measure.service_level import Use

FLOOR = Zone("floor", ((0, 0), (8, 0), (8, 4), (0, 4)))
spots = st.lists(st.tuples(st.floats(0.1, 7.9), st.floats(0.1, 3.9)), min_size=1, max_size=25, unique=True)


def test_pixels_have_no_density():
    with pytest.raises(MeasureError, match="zone 'view': it is in pixels"):
        density(np.zeros((1, 2)), Zone("view", FLOOR.outline, Space.PICTURE))


@given(spots)
def test_over_the_whole_floor_both_densities_are_the_same(points):
    spread = np.unique(np.round(np.array(points), 2), axis=0)
    assert voronoi_density(spread, FLOOR, FLOOR) == pytest.approx(density(spread, FLOOR))


def test_nobody_has_no_density():
    assert voronoi_density(np.empty((0, 2)), FLOOR, FLOOR) == 0


def test_a_cell_ends_where_it_is_cut_off():
    alone = np.array([[4.0, 2.0]])
    square = Zone("square", ((3.5, 1.5), (4.5, 1.5), (4.5, 2.5), (3.5, 2.5)))
    assert voronoi_density(alone, square, FLOOR) == pytest.approx(1 / 32)
    assert voronoi_density(alone, square, FLOOR, cut_off_m=1.0) == pytest.approx(1 / 3.0, rel=0.02)


def test_a_cell_stays_on_its_persons_side_of_a_wall():
    around = Zone("around", FLOOR.outline, holes=(((3, 0.5), (5, 0.5), (5, 3.9), (3, 3.9)),))
    west = Zone("west", ((0, 0), (3, 0), (3, 4), (0, 4)))
    assert voronoi_density(np.array([[1.0, 2.0], [7.0, 2.0]]), west, around) == pytest.approx(1 / 12, rel=0.1)


def test_a_span_gives_mean_peak_level_and_the_last_voronoi_density():
    measure = ZoneDensity(FLOOR, FLOOR, use=Use.WALKWAY)
    measure.observe(view([(1, 1), (2, 2)]))
    measure.observe(view([(1, 1), (2, 2), (3, 3), (4, 1)]))
    got = values(measure.readings(SECOND))
    assert got[Quantity.DENSITY] == 3 / 32
    assert got[Quantity.PEAK_DENSITY] == 4 / 32
    assert got[Quantity.LEVEL_OF_SERVICE] == 1
    assert 0 < got[Quantity.VORONOI_DENSITY] < 0.5
