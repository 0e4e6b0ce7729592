from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.stage import plain

from passerby.assembly.live_crowd import FRESH_S, LiveCrowd
from passerby.measure.crowd import DENSE_HITS, SPARSE_HITS, CrowdView
from passerby.vision.inspect.density_map_inspector import MapAnswer

PERSONS = np.full((3, 4), 25.0, np.float32)


class Maps:
    """Answers so many looks after it was asked; 0 = never."""

    def __init__(self, after=1, failure=""):
        self.after, self.failure = after, failure
        self.asked = []
        self._waiting = None

    def ask(self, frame):
        if self._waiting is not None:
            return False
        self.asked.append(frame.time_s)
        self._waiting = [frame.time_s, self.after]
        return True

    def answer(self):
        if self._waiting is None:
            return None
        self._waiting[1] -= 1
        if self._waiting[1]:
            return None
        time_s, self._waiting = self._waiting[0], None
        return MapAnswer(time_s, None if self.failure else PERSONS, self.failure)


def told(crowd, hits, *, start_s=100.0, step_s=0.125):
    """Return the views of looks one after the other, each with so many faint hits."""
    views = []
    for at, count in enumerate(hits):
        time_s = start_s + at * step_s
        views += list(crowd.views(CrowdView(time_s, None, count), plain(round(1000 * time_s))))
    return views


def test_a_sparse_picture_is_never_mapped():
    maps = Maps()
    views = told(LiveCrowd(maps), [SPARSE_HITS] * 40)
    assert maps.asked == []
    assert 4 <= len(views) <= 6
    assert not any(view.weight for view in views)


def test_in_a_dense_picture_the_map_counts_at_the_frame_that_it_saw():
    crowd = LiveCrowd(Maps(after=2))
    views = [view for view in told(crowd, [DENSE_HITS] * 40) if view.persons is not None]
    assert len(views) > 10
    assert {view.weight for view in views} == {1.0}
    assert crowd.problem == ""


def test_a_map_that_does_not_answer_leaves_dense_zones_without_a_count_and_says_so():
    crowd = LiveCrowd(Maps(after=0))
    views = told(crowd, [0] * 8 + [DENSE_HITS] * 120)
    dense = [view for view in views if view.hits]
    assert dense[0].time_s < 101 + FRESH_S + 0.2
    assert not any(view.valid for view in dense)
    assert crowd.problem == "dense zones are not counted: the density map is too slow"


def test_an_answer_that_comes_too_late_says_nothing():
    views = told(LiveCrowd(Maps(after=90)), [DENSE_HITS] * 100)
    assert all(view.persons is None for view in views)


def test_a_map_that_fails_says_why_until_it_works_again():
    maps = Maps(failure="out of memory")
    crowd = LiveCrowd(maps)
    assert not any(view.valid for view in told(crowd, [DENSE_HITS] * 8))
    assert crowd.problem == "dense zones are not counted: out of memory"
    maps.failure = ""
    told(crowd, [DENSE_HITS] * 8, start_s=110.0)
    assert crowd.problem == ""


def test_an_answer_about_another_stream_is_nobodys():
    maps = Maps(after=3)
    maps.ask(plain(99_000))  # of the pictures before the camera changed its resolution
    views = told(LiveCrowd(maps), [DENSE_HITS] * 2)
    assert [view.persons for view in views] == [None]


@given(st.lists(st.integers(0, 900), max_size=60), st.integers(0, 20))
def test_views_come_in_order_and_a_dense_picture_is_never_left_to_boxes_for_long(hits, after):
    views = told(LiveCrowd(Maps(after)), hits)
    times = [view.time_s for view in views]
    assert times == sorted(times)
    assert all(view.time_s <= 100 + 0.125 * len(hits) for view in views)
