from __future__ import annotations

import pytest

from passerby.errors import MeasureError
from passerby.measure.service_level import UPPER_PER_M2, Use, letter, level_of_service

SQUARE_FEET = {Use.WALKWAY: (35, 25, 15, 10, 5), Use.STAIR: (20, 15, 10, 7, 4), Use.QUEUE: (13, 10, 7, 3, 2)}


@pytest.mark.parametrize("use", Use)
def test_the_bounds_are_fruins_areas(use):
    assert UPPER_PER_M2[use] == pytest.approx([1 / (0.09290304 * feet) for feet in SQUARE_FEET[use]], abs=0.006)


@pytest.mark.parametrize("use", Use)
def test_levels_rise_with_density_and_a_bound_belongs_to_the_better(use):
    bounds = UPPER_PER_M2[use]
    assert [level_of_service(bound, use) for bound in bounds] == [1, 2, 3, 4, 5]
    assert level_of_service(bounds[-1] + 0.01, use) == 6
    assert [letter(level) for level in range(1, 7)] == list("ABCDEF")


@pytest.mark.parametrize("bad", [-0.1, float("nan")])
def test_no_density_has_no_level(bad):
    with pytest.raises(MeasureError, match="no level"):
        level_of_service(bad, Use.QUEUE)
