from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measure.views import SECOND, values, view

from passerby.errors import MeasureError
from passerby.measure.density import density
from passerby.measure.place import Zone
from passerby.measure.reading import Quantity
from passerby.measure.voronoi import VoronoiDensity, voronoi_density

FLOOR = Zone("floor", ((0, 0), (8, 0), (8, 4), (0, 4)))
WEST = Zone("west", ((0, 0), (3, 0), (3, 4), (0, 4)))
EAST = Zone("east", ((3, 0), (8, 0), (8, 4), (3, 4)))
spots = st.lists(st.tuples(st.floats(0.1, 7.9), st.floats(0.1, 3.9)), min_size=1, max_size=25, unique=True)


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


@given(spots, st.sampled_from([None, 0.5, 2.0]))
def test_the_parts_of_a_floor_hold_everybody_once(points, cut_off_m):
    spread = np.unique(np.round(np.array(points), 2), axis=0)
    parts = [voronoi_density(spread, part, FLOOR, cut_off_m=cut_off_m) * part.area for part in (WEST, EAST)]
    assert sum(parts) == pytest.approx(len(spread))


def test_two_at_one_point_count_twice():
    twice = np.array([[1.0, 2.0], [1.0, 2.0], [7.0, 2.0]])
    assert voronoi_density(twice, FLOOR, FLOOR, cut_off_m=2.0) == pytest.approx(3 / 32)


def test_one_diagram_of_the_last_moment_serves_all_zones():
    measure = VoronoiDensity([WEST, EAST], FLOOR)
    measure.observe(view([(1, 1)]))
    measure.observe(view([(1, 1), (2.5, 2), (3.2, 2), (7, 1)]))
    made = measure.readings(SECOND)
    assert [each.place for each in made] == ["west", "east"]
    assert sum(each.value * zone.area for each, zone in zip(made, (WEST, EAST), strict=True)) == pytest.approx(4)
    assert values(made[:1])[Quantity.VORONOI_DENSITY] != pytest.approx(2 / WEST.area)  # not the classic density
    assert measure.readings(SECOND) == []


def test_a_zone_outside_the_walkable_area_is_refused():
    with pytest.raises(MeasureError, match="zone 'floor': it extends beyond the walkable area"):
        VoronoiDensity([FLOOR], WEST)
