from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.measure.motion.smoothing import smoothed

AWAY_S = np.linspace(-1, 1, 21)


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 1.5))
def test_a_box_and_its_change_are_those_of_a_weighted_straight_line(seed, reach_s):
    chance = np.random.default_rng(seed)
    seen = chance.random((21, 5)) < 0.8
    seen[[8, 10, 12]] = True
    boxes = np.where(seen[:, None], chance.normal(0, 100, (21, 4, 5)), 0.0)
    value, change = smoothed(AWAY_S, seen, boxes, reach_s=np.full(5, reach_s))
    for body in range(5):
        used = seen[:, body] & (np.abs(AWAY_S) < reach_s)
        weight = np.sqrt(1 - (AWAY_S[used] / reach_s) ** 2)
        slope, level = np.polyfit(AWAY_S[used], boxes[used, :, body], 1, w=weight)
        assert value[body] == pytest.approx(level, abs=1e-6)
        assert change[body] == pytest.approx(slope, abs=1e-6)


def test_one_sight_alone_stands_still():
    seen = np.arange(21)[:, None] == 10
    boxes = np.where(seen[:, None], 7.0, 0.0) * np.ones((1, 4, 1))
    value, change = smoothed(AWAY_S, seen, boxes, reach_s=np.ones(1))
    assert value.tolist() == [[7] * 4]
    assert change.tolist() == [[0] * 4]
