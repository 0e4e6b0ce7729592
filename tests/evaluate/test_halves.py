"""A labelled clip is divided by time, and nobody who is seen at the division is in both halves."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerby.errors import UsageError
from passerby.evaluate.halves import APART_S, halves
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.truth import Rows, Truth

BOX = (10.0, 10.0, 20.0, 40.0)


def truth(frames: range, listed: range | None = None) -> Truth:
    rows = Rows(Path("gt.txt"))
    for frame in frames:
        rows.add(frame, BOX, BOX, person=frame, place=f"line {frame}")
    return rows.truth(TruthFormat.MOT, listed=listed)


def test_the_halves_hold_every_label_but_those_at_the_division():
    times_s = [index / 10 for index in range(200)]
    early, late = halves(truth(range(200)), times_s)
    assert (early.first, early.end, late.end) == (0, 100, 200)
    assert times_s[late.first] - times_s[early.end - 1] > APART_S
    assert sorted(early.truth.frames) == list(range(100))
    assert sorted(late.truth.frames) == list(range(late.end - late.first))
    first_person = late.truth.frames[0].people[0]
    assert first_person == late.first


def test_times_divide_a_clip_and_not_the_number_of_frames():
    times_s = [index / 100 for index in range(1000)] + [10 + index for index in range(11)]
    early, late = halves(truth(range(1011)), times_s)
    assert times_s[early.end] == pytest.approx(10.0)
    assert times_s[late.first] == pytest.approx(12.0)


def test_listed_frames_are_divided_too():
    early, late = halves(truth(range(0, 200, 10), range(0, 200, 10)), [index / 10 for index in range(200)])
    assert early.truth.listed == frozenset(range(0, 100, 10))
    assert late.truth.listed == frozenset({frame - late.first for frame in range(120, 200, 10)})


@pytest.mark.parametrize(
    ("labelled", "seconds", "said"),
    [(range(100), 5, "too short"), (range(90), 20, "second half of the clip has no labels")],
)
def test_what_cannot_be_divided_is_refused(labelled, seconds, said):
    with pytest.raises(UsageError, match=said):
        halves(truth(labelled), [index / 10 for index in range(10 * seconds)])
