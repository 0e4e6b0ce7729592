"""Moments: sights of one labelled person become stretches of time, of which the worst are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passerby.evaluate.moments import KEPT, ExposedHead, Moments
from passerby.evaluate.truth import UNKNOWN

BOX = (1, 2, 3, 4)


def test_labels_without_a_person_are_moments_of_their_own():
    moments = Moments()
    for frame in range(3):
        moments.add(UNKNOWN, ExposedHead(frame, frame / 10, BOX, 0.0))
    assert [(each.frame, each.frames) for each in moments.worst()] == [(0, 1), (1, 1), (2, 1)]


def test_a_moment_shows_its_worst_frame():
    moments = Moments()
    for frame, covered in enumerate([0.7, 0.2, 0.5]):
        moments.add(3, ExposedHead(frame, frame / 10, BOX, covered))
    (moment,) = moments.worst()
    assert (moment.frame, moment.covered, moment.first_s, moment.last_s) == (1, 0.2, 0.0, 0.2)


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 0.79)), max_size=60))
def test_no_more_than_the_worst_are_kept_and_none_counts_twice(sights):
    moments = Moments()
    for frame, (person, covered) in enumerate(sights):
        moments.add(person, ExposedHead(frame, frame / 10, BOX, covered))
    worst = moments.worst()
    assert len(worst) <= KEPT
    assert len({each.frame for each in worst}) == len(worst)
    if len(worst) < KEPT:
        assert sum(each.frames for each in worst) == len(sights)
