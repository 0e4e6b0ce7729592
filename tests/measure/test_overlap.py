from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.measure.ground import Ground
from passerby.measure.overlap import Sited, overlap
from passerby.measure.place import Space, Zone


def box(name, x0, y0, x1, y1, space=Space.GROUND, holes=()):
    return Sited(Zone(name, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), space, holes))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0.1, 50))
def test_zones_that_touch_do_not_overlap_wherever_and_however_large(x, y, size):
    one = box("one", x, y, x + size, y + size)
    beside = box("beside", x + size, y, x + 2 * size, y + size)
    assert overlap(one, beside, Space.GROUND) == 0
    assert overlap(one, one, Space.GROUND) == pytest.approx(1)
    shifted = box("shifted", x + size / 2, y, x + 1.5 * size, y + size)
    assert overlap(one, shifted, Space.GROUND) == pytest.approx(0.5, abs=0.02)


def test_a_zone_in_the_hole_of_another_shares_nothing_with_it():
    ring = box("ring", 0, 0, 9, 9, holes=(((3, 3), (6, 3), (6, 6), (3, 6)),))
    assert overlap(ring, box("kiosk", 3, 3, 6, 6), Space.GROUND) == 0
    assert overlap(ring, box("corner", 5, 5, 7, 7), Space.GROUND) == pytest.approx(0.75, abs=0.02)


def test_edges_drawn_by_hand_one_pixel_into_each_other_are_no_overlap():
    one, other = box("one", 0, 0, 640, 480, Space.PICTURE), box("other", 639, 0, 1280, 480, Space.PICTURE)
    assert overlap(one, other, Space.PICTURE) == 0


def test_a_zone_in_pixels_is_compared_with_one_in_metres_on_the_ground():
    picture = np.array([[100, 500], [700, 500], [500, 200], [300, 200]], float)
    metres = np.array([[0, 0], [6, 0], [6, 12], [0, 12]], float)
    ground = Ground.from_points(picture, metres)
    drawn = Sited(Zone("drawn", tuple(map(tuple, picture.tolist())), Space.PICTURE), ground)
    half = Sited(Zone("half", ((0, 0), (3, 0), (3, 12), (0, 12))), ground)
    beyond = Sited(Zone("beyond", ((6, 0), (9, 0), (9, 12), (6, 12))), ground)
    assert overlap(drawn, half, Space.GROUND) == pytest.approx(1, abs=0.02)
    assert overlap(drawn, beyond, Space.GROUND) == 0
