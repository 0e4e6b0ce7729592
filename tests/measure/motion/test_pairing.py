from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passerby.measure.motion.pairing import apart, pair

spots = st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), max_size=12)


def squares(points, side=40.0):
    corners = np.array(points, float).reshape(-1, 2)
    return np.concatenate((corners, corners + side), axis=1)


def test_near_boxes_pair_first():
    old, new = pair(squares([(0, 0), (30, 0)]), squares([(5, 0), (28, 0)]), reach=np.ones(2))
    assert dict(zip(old.tolist(), new.tolist(), strict=True)) == {0: 0, 1: 1}


def test_what_is_far_stays_alone():
    old, _ = pair(squares([(0, 0)]), squares([(100, 0)]), reach=np.ones(1))
    assert len(old) == 0


@given(spots, spots)
def test_each_box_is_paired_at_most_once_and_never_beyond_reach(olds, news):
    old, new = pair(squares(olds), squares(news), reach=np.full(len(olds), 0.5))
    assert len(set(old.tolist())) == len(old) == len(set(new.tolist()))
    assert (np.abs(squares(olds)[old, :2] - squares(news)[new, :2]) <= 20 + 1e-9).all()


@given(spots)
def test_the_boxes_that_remain_are_apart_and_the_others_are_not(points):
    boxes = squares(points)
    scores = np.linspace(1, 0.1, len(points))
    kept = apart(boxes, scores, share=0.5)

    def shared(one, other):
        sides = np.clip(40 - np.abs(boxes[one, :2] - boxes[other, :2]), 0, None)
        return sides.prod() / 1600 > 0.5

    best = set(kept.tolist())
    assert not any(shared(a, b) for a in best for b in best if a < b)
    assert all(any(shared(a, b) for b in best if b < a) for a in set(range(len(points))) - best)
