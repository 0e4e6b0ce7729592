"""Silence where somebody speaks, with a margin, and where nothing is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.media.sound_plan import without
from passerby.redact.speech import BY_HAND, MARGIN_S, NOT_JUDGED, SPEECH, JudgedSound, audible_of

STEP_S = 0.032


def pieces(likely: list[float], start_s: float = 0.0) -> list[JudgedSound]:
    return [JudgedSound(start_s + n * STEP_S, start_s + (n + 1) * STEP_S, each) for n, each in enumerate(likely)]


def test_quiet_sound_is_heard_from_its_first_to_its_last_judged_moment():
    heard, silences = audible_of(pieces([0.0] * 100, start_s=2.0))
    assert heard == ((2.0, pytest.approx(5.2)),)
    assert silences == []


@pytest.mark.parametrize("likely", [0.3, 0.9, math.nan])
def test_speech_and_what_cannot_be_told_are_silent_with_a_margin(likely: float):
    heard, (silence,) = audible_of(pieces([0.0] * 50 + [likely] + [0.0] * 50))
    assert silence.reason == SPEECH
    assert silence.start_s == pytest.approx(50 * STEP_S - MARGIN_S)
    assert silence.end_s == pytest.approx(51 * STEP_S + MARGIN_S)
    assert heard == ((0.0, silence.start_s), (silence.end_s, pytest.approx(101 * STEP_S)))


def test_a_pause_in_speaking_is_silent_too():
    _, silences = audible_of(pieces([0.0] * 50 + [1.0] + [0.0] * 25 + [1.0] + [0.0] * 50))
    assert len(silences) == 1


def test_what_was_not_judged_between_two_pieces_is_silent():
    heard, (gap,) = audible_of([*pieces([0.0] * 50), *pieces([0.0] * 50, start_s=5.0)])
    assert (gap.start_s, gap.end_s, gap.reason) == (pytest.approx(1.6), 5.0, NOT_JUDGED)
    assert heard == ((0.0, pytest.approx(1.6)), (5.0, pytest.approx(6.6)))


def test_nothing_judged_is_nothing_heard():
    assert audible_of([]) == ((), [])


def test_times_named_by_hand_are_silent_whatever_was_judged():
    heard, silences = audible_of(pieces([0.0] * 100), [(1.0, 2.0)])
    assert heard == ((0.0, 1.0), (2.0, pytest.approx(3.2)))
    assert [each.reason for each in silences] == [BY_HAND]


spans = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0.01, 20)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=6
)


@given(st.floats(0, 120), spans, spans)
def test_a_moment_is_left_only_where_it_was_and_was_not_cut(moment: float, some, cut):
    left = any(a < moment < b for a, b in without(some, cut))
    assert not left or any(a <= moment <= b for a, b in some)
    assert not left or not any(a < moment < b for a, b in cut)
