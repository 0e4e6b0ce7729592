from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.measure.views import SECOND, steps, view

from passerby.measure.place import Space
from passerby.measure.suggest import Walks


def suggested(*moves):
    walks = Walks((800, 600))
    walks.observe(replace(view(), steps_px=steps(*moves)))
    assert walks.readings(SECOND) == []
    return walks.lines()


def test_a_line_is_suggested_across_the_way():
    rng = np.random.default_rng(1)
    way = [((x, y), (x + 40, y)) for x, y in rng.uniform((100, 280), (700, 320), (200, 2))]
    best = suggested(*way)[0]
    assert best.space is Space.PICTURE
    assert abs(best.normal[0]) > 0.95
    low, high = sorted((best.a[1], best.b[1]))
    assert low < 290
    assert high > 310


def test_where_nobody_walked_nothing_is_suggested():
    assert suggested() == []
    assert suggested(((100, 100), (110, 100))) == []
