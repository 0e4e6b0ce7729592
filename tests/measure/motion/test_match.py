from __future__ import annotations

import numpy as np

from passerby.measure.motion.match import continued, unhidden
from passerby.measure.motion.tuning import Tuning


def people(*feet):
    x, y = np.array(feet, float).reshape(-1, 2).T
    return np.stack((x - 16, y - 80, x + 16, y), axis=1)


def who(expected, found, *, unseen_s=0.1, sure=True):
    known = people(*expected)
    return continued(
        known, np.full(len(known), unseen_s), found, sure=np.full(len(found), sure), tuning=Tuning()
    ).tolist()


def test_each_body_takes_the_box_where_it_is_expected():
    assert who([(100, 300), (200, 300)], people((204, 302), (98, 299))) == [1, 0]


def test_a_leap_is_the_same_body_where_nobody_else_is_near():
    assert who([(100, 300)], people((135, 300))) == [0]
    assert who([(100, 300)], people((135, 300)), unseen_s=0.5) == [0]  # by then anybody gets that far
    assert who([(100, 300)], people((180, 300))) == [-1]


def test_a_leap_is_nobody_where_two_could_have_made_it():
    assert who([(100, 300), (170, 300)], people((135, 300))) == [-1]
    assert who([(100, 300)], people((135, 300), (65, 300))) == [-1, -1]


def test_a_leap_to_a_faint_box_is_nobody():
    assert who([(100, 300)], people((135, 300)), sure=False) == [-1]


def test_who_is_behind_another_has_the_box_that_looks_like_a_repeat():
    known, front, back = people((100, 300), (104, 292)), people((100, 300)), people((104, 292))
    mended, hidden, has = unhidden(known, np.array([0]), np.array([1]), boxes=front, repeats=back, tuning=Tuning())
    assert (mended.tolist(), hidden.tolist(), has.tolist()) == ([0], [1], [0])


def test_who_took_the_box_of_another_gives_it_back():
    known, front, back = people((100, 300), (104, 290)), people((103, 290)), people((100, 301))
    mended, hidden, has = unhidden(known, np.array([0]), np.array([1]), boxes=front, repeats=back, tuning=Tuning())
    assert (mended.tolist(), hidden.tolist(), has.tolist()) == ([1], [0], [0])


def test_a_repeat_of_one_body_alone_is_nobody():
    known = people((100, 300))
    mended, hidden, _ = unhidden(
        known, np.array([0]), np.array([], int), boxes=people((100, 300)), repeats=people((101, 300)), tuning=Tuning()
    )
    assert (mended.tolist(), hidden.tolist()) == ([0], [])
