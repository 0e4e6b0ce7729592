"""Which frames are looked at live: every one counts as inspected as long as the detectors keep up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stage import plain

from passerby.vision.inspect.inspector import PASS_GAP_S
from passerby.vision.inspect.schedule import Schedule
from passerby.vision.picture.cuts import START, CutSide, ScenePosition


def passes(times_ms: Sequence[int], *, cost_ms: int = 0, lag_s: float = 0.3, sparse: bool = False) -> list[float]:
    """Times of the frames looked at, s, when each look takes `cost_ms` and the clock follows the frames."""
    schedule = Schedule(lag_s=lag_s)
    schedule.sparse = sparse
    chosen: list[float] = []
    free_ms = 0
    frames = [plain(each) for each in times_ms]
    for now_ms in range(times_ms[-1] + 1000):
        while frames and frames[0].pts <= now_ms:
            schedule.add(frames.pop(0))
        if now_ms >= free_ms and (frame := schedule.choose(now_ms / 1000)) is not None:
            chosen.append(frame.time_s)
            free_ms = now_ms + cost_ms
            schedule.took(cost_ms / 1000, free_ms / 1000)
    return chosen


def inspected(times_ms: Sequence[int], looked_s: Sequence[float]) -> list[bool]:
    looks = np.array(looked_s)
    near = [looks[np.abs(looks - each / 1000) <= PASS_GAP_S + 1e-6] - each / 1000 for each in times_ms]
    return [bool((each <= 1e-9).any() and (each >= -1e-9).any()) for each in near]


steps = st.lists(st.integers(5, 400), min_size=1, max_size=30)


@settings(max_examples=40)
@given(steps, st.booleans())
def test_every_frame_but_the_last_ones_is_inspected_by_quick_detectors(waits: list[int], sparse: bool) -> None:
    times = np.cumsum(waits).tolist()
    looked = passes(times, sparse=sparse, lag_s=10.0)
    sound = inspected(times, looked)
    undecided = sum(each / 1000 > looked[-1] for each in times) if looked else len(times)
    assert undecided <= PASS_GAP_S * 1000 / 5 + 1
    assert all(sound[: len(times) - undecided])
    assert looked == sorted(looked)


@pytest.mark.parametrize(("step_ms", "dense", "sparse"), [(100, 10, 5), (40, 8.3, 6.25), (50, 10, 6.7), (200, 5, 5)])
def test_passes_are_as_rare_as_the_rule_allows_only_under_load(step_ms: int, dense: float, sparse: float) -> None:
    times = [i * step_ms for i in range(10_000 // step_ms)]
    assert len(passes(times)) / 10 == pytest.approx(dense, abs=0.3)
    assert len(passes(times, sparse=True)) / 10 == pytest.approx(sparse, abs=0.3)


def test_slow_detectors_are_asked_less_often_and_still_inspect_every_frame() -> None:
    times = [i * 100 for i in range(100)]
    looked = passes(times, cost_ms=150)
    assert len(looked) < 60
    sound = inspected(times, looked)
    assert sum(sound) >= 95


def test_too_slow_detectors_look_at_new_frames_and_leave_old_ones() -> None:
    times = [i * 100 for i in range(100)]
    looked = passes(times, cost_ms=500)
    assert max(np.diff(looked)) < 0.9
    assert 10 - looked[-1] < 1


def test_no_more_frames_wait_than_somebody_would_look_at() -> None:
    schedule = Schedule(lag_s=0.3)
    for index in range(1000):
        schedule.add(plain(index * 40))
    assert len(schedule._since) <= 0.3 / 0.04 + 1


def test_after_a_calm_time_passes_are_dense_again() -> None:
    schedule = Schedule(lag_s=0.3)
    for index in range(20):
        schedule.add(plain(index * 100))
        schedule.took(0.2, index / 10)
    assert schedule.sparse
    for index in range(20, 200):
        schedule.took(0.01, index / 10)
    assert not schedule.sparse


@settings(max_examples=40)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=12), st.integers(12, 60), st.booleans())
def test_the_first_and_the_last_frame_of_every_take_are_looked_at(lengths: list[int], rate: int, sparse: bool) -> None:
    schedule = Schedule(lag_s=10.0)
    schedule.sparse = sparse
    takes = [take for take, length in enumerate(lengths) for _ in range(length)]
    sides: dict[int, CutSide] = {}
    frames = [(plain(round(1000 * k / rate)), ScenePosition(take, take // 2)) for k, take in enumerate(takes)]
    for frame, place in frames:
        schedule.add(frame, place)
        while (chosen := schedule.choose(frame.time_s)) is not None:
            sides[chosen.pts] = schedule.side
    last = len(lengths) - 1
    for take in range(last):
        times = [frame.pts for (frame, place) in frames if place.take == take]
        assert take == 0 or sides[times[0]] is (CutSide.CUT if take % 2 else CutSide.NEW_SCENE)
        assert times[-1] in sides
    beyond = [pts for pts, side in sides.items() if side is CutSide.NEW_SCENE]
    assert len(beyond) == sum(take % 2 == 0 for take in range(1, len(lengths)))


def test_a_frame_before_a_cut_that_was_passed_over_as_too_old_does_not_hide_the_cut() -> None:
    schedule = Schedule(lag_s=0.3)
    schedule.add(plain(0), START)
    for time_ms in range(1000, 1100, 40):
        schedule.add(plain(time_ms), ScenePosition(1, 1))
    assert schedule.choose(1.1) is not None
    assert schedule.side is CutSide.NEW_SCENE
