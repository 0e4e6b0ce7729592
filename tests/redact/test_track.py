"""Boxes that belong together: by motion and overlap alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from passerby.redact.track import Track, extend, overlaps

steps = st.lists(st.tuples(st.integers(1, 20), st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=15)


def track_of(walk: list[tuple[int, int, int]]) -> Track:
    """A track with passes at multiples of 50 ms whose box makes the given steps."""
    track, time, x, y = Track(), 0, 50, 50
    for wait, across, down in walk:
        time, x, y = time + wait, x + across, y + down
        track.add(time / 20, (x, y, x + 20, y + 40), score=0.5)
    return track


@given(steps, st.floats(0.0, 12.0), st.floats(0.0, 3.0))
def test_what_is_forgotten_moves_nothing_that_is_still_to_come(
    walk: list[tuple[int, int, int]], before_s: float, later_s: float
) -> None:
    whole, short = track_of(walk), track_of(walk)
    before_s = max(before_s, whole.times_s[0])
    short.forget(before_s)
    assert np.allclose(whole.at(before_s + later_s), short.at(before_s + later_s), atol=1e-3)


@given(st.integers(-40, 40), st.integers(-40, 40), st.floats(-2.0, 4.0))
def test_a_steady_walker_is_where_it_must_be_between_before_and_after_its_boxes(
    across: int, down: int, time_s: float
) -> None:
    track = Track()
    for moment_s in (0.0, 0.5, 0.6, 1.4, 1.5, 2.0):
        x, y = 50 + across * moment_s, 50 + down * moment_s
        track.add(moment_s, (x, y, x + 20, y + 40), score=0.5)
    x, y = 50 + across * time_s, 50 + down * time_s
    assert np.allclose(track.at(time_s), [x, y, x + 20, y + 40], atol=0.05)


def test_what_was_found_once_stands_still() -> None:
    track = track_of([(4, 0, 0)])
    assert track.at(9.0) == track.at(-9.0) == track.boxes[0]


def test_every_box_goes_to_exactly_one_track() -> None:
    boxes = np.array([[0, 0, 10, 20], [1, 0, 11, 20], [100, 0, 110, 20]], np.float32)
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    tracks = extend([], 0.0, boxes=boxes, scores=scores)
    assert len(tracks) == 3
    fresh = extend(tracks, 0.1, boxes=boxes[::-1] + np.float32(0.25), scores=scores)
    assert not fresh
    assert [track.seen for track in tracks] == [2, 2, 2]
    assert [float(track.boxes[1][0] - track.boxes[0][0]) for track in tracks] == [0.25] * 3


def test_what_turns_up_elsewhere_begins_a_track() -> None:
    box = np.array([[0, 0, 10, 20]], np.float32)
    score = np.array([0.9], np.float32)
    tracks = extend([], 0.0, boxes=box, scores=score)
    assert len(extend(tracks, 0.1, boxes=box + 40, scores=score)) == 1
    assert not extend(tracks, 0.2, boxes=np.empty((0, 4), np.float32), scores=np.empty(0, np.float32))
    assert tracks[0].seen == 1


@given(st.integers(4, 30), st.floats(0.3, 2.0), st.booleans())
def test_a_small_fast_face_is_linked_over_a_gap_that_leaves_no_overlap(side: int, leap: float, down: bool) -> None:
    step = np.array([0, 1, 0, 1] if down else [1, 0, 1, 0], np.float32) * np.float32(0.45 * leap * side)
    face = np.array([[50, 50, 50 + side, 50 + side]], np.float32)
    score = np.array([0.9], np.float32)
    tracks = extend([], 0.0, boxes=face, scores=score)
    assert not extend(tracks, 0.2, boxes=face + step, scores=score)
    assert not extend(tracks, 0.4, boxes=face + 2 * step, scores=score)
    assert np.allclose(tracks[0].at(0.3), face[0] + 1.5 * step, atol=1e-3)


def test_two_that_pass_close_by_are_linked_by_overlap_before_nearness() -> None:
    score = np.array([0.9, 0.9], np.float32)
    tracks = extend([], 0.0, boxes=np.array([[0, 0, 10, 10], [14, 0, 24, 10]], np.float32), scores=score)
    assert not extend(tracks, 0.1, boxes=np.array([[16, 0, 26, 10], [2, 0, 12, 10]], np.float32), scores=score)
    assert [float(track.boxes[1][0]) for track in tracks] == [2.0, 16.0]


def test_overlap_is_the_share_of_the_union() -> None:
    a = np.array([[0, 0, 10, 10]], np.float32)
    b = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10], [3, 3, 3, 3]], np.float32)
    assert np.allclose(overlaps(a, b), [[1, 1 / 3, 0, 0]])


@given(st.floats(0.05, 0.29), st.floats(20, 85), st.floats(0.5, 1.0))
def test_a_faint_box_does_not_behead_whoever_was_surely_taller_a_moment_ago(
    faint: float, short: float, sure: float
) -> None:
    track = Track()
    track.add(0.0, (50, 0, 80, 100), score=sure)
    track.add(0.1, (50, 100 - short, 80, 100), score=faint)
    assert track.boxes[-1] == (50, 0, 80, 100)
    track.add(0.2, (50, 100 - short, 80, 100), score=0.4)
    assert track.boxes[-1][1] == 100 - short
    track.add(1.5, (50, 100 - short, 80, 100), score=faint)
    assert track.boxes[-1][1] == 100 - short
