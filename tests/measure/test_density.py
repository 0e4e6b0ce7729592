from __future__ import annotations

import numpy as np
import pytest
from tests.measure.views import SECOND, values, view

from passerby.errors import MeasureError
from passerby.measure.density import ZoneDensity, density
from passerby.measure.place import Space, Zone
from passerby.measure.reading import Quantity
from passerby.measure.service_level import Use

FLOOR = Zone("floor", ((0, 0), (8, 0), (8, 4), (0, 4)))


def test_pixels_have_no_density():
    with pytest.raises(MeasureError, match="zone 'view': it is in pixels"):
        density(np.zeros((1, 2)), Zone("view", FLOOR.outline, Space.PICTURE))


def test_a_span_gives_mean_peak_and_level():
    measure = ZoneDensity(FLOOR, use=Use.WALKWAY)
    measure.observe(view([(1, 1), (2, 2)]))
    measure.observe(view([(1, 1), (2, 2), (3, 3), (4, 1)]))
    got = values(measure.readings(SECOND))
    assert got[Quantity.DENSITY] == 3 / 32
    assert got[Quantity.PEAK_DENSITY] == 4 / 32
    assert got[Quantity.LEVEL_OF_SERVICE] == 1
