from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passerby.measure.ground import Ground
from passerby.measure.hysteresis import HysteresisBand
from passerby.measure.place import Line, Space

GATE = Line("gate", (100, 50), (100, 250), Space.PICTURE)
TREMBLE = np.array([[6.0, 3.0]])


def near(x, y, *, lines=(GATE,), ground=None):
    return bool(HysteresisBand(lines, ground).holds(np.array([[x, y]], float), TREMBLE)[0])


def test_within_the_band_is_who_could_be_on_the_other_side():
    assert near(95, 150)
    assert near(105, 150)
    assert not near(93, 150)
    assert not near(107, 150)


def test_beside_the_end_of_a_line_there_is_no_band():
    assert not near(100, 40)
    assert not near(100, 260)


def test_without_lines_nobody_is_within_a_band():
    assert not near(100, 150, lines=())


@given(st.floats(-300, 300), st.floats(-300, 300))
def test_a_line_on_the_ground_has_the_same_verge_as_where_it_shows(x, y):
    picture = np.array([[0.0, 0], [800, 0], [800, 600], [0, 600]])
    ground = Ground.from_points(picture, picture / 100)
    metric = Line("gate", (1.0, 0.5), (1.0, 2.5), Space.GROUND)
    if min(abs(abs(x - 100) - 6), abs(y - 50), abs(y - 250), abs(y - 47), abs(y - 253), abs(x - 100)) > 1e-3:
        assert near(x, y) == near(x, y, lines=(metric,), ground=ground)
