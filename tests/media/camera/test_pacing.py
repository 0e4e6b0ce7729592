from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.media.camera.pacing import FrameRateCap, Pacer


@pytest.mark.parametrize(("given_fps", "wanted", "passed"), [(30, 25, 25), (25, 10, 10), (10, 25, 10), (60, 7.5, 7.5)])
def test_no_more_pictures_pass_than_wanted(given_fps, wanted, passed):
    thinner = FrameRateCap(wanted)
    count = sum(thinner.passes(round(i * 1e6 / given_fps)) for i in range(given_fps * 20))
    assert count == pytest.approx(passed * 20, abs=1)


@given(st.lists(st.integers(1, 300_000), max_size=100))
def test_those_that_pass_lie_apart(steps):
    thinner, time_us, passed = FrameRateCap(10), 0, []
    for step in steps:
        time_us += step
        if thinner.passes(time_us):
            passed.append(time_us)
    assert all(later - sooner >= 80_000 for sooner, later in zip(passed, passed[2:], strict=False))
    assert len(passed) <= time_us / 100_000 + 2


def test_a_file_plays_in_real_time():
    pacer = Pacer()
    assert [pacer.due_s(i / 10, 100 + i / 50) for i in range(4)] == pytest.approx([100, 100.1, 100.2, 100.3])


def test_what_is_late_or_jumps_is_shown_now():
    pacer = Pacer()
    assert pacer.due_s(0.0, 100) == 100
    assert pacer.due_s(0.1, 107) == 107
    assert pacer.due_s(500.0, 107) == 107
    assert pacer.due_s(None, 107) == 107
    assert pacer.due_s(None, 107) == pytest.approx(107.04)
