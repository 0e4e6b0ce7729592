"""Live frames: each waits its time and leaves covered; what nobody inspected leaves whole or not at all."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stage import BARE, bare, found, plain

from passerby.redact import live
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.live import LATE, LiveRedactor
from passerby.redact.rule import rules_for
from passerby.redact.stream import Covered, Redactor
from passerby.redact.style import style_named
from passerby.vision.inspect.ensemble import Look
from passerby.vision.picture.cuts import START, ScenePosition
from passerby.vision.picture.similarity import STILL, Similarity

DELAY_S = 0.5
HEAD = (20.0, 16.0, 30.0, 40.0)
RULES = rules_for(frozenset({CoverKind.PEOPLE}), score=0.2, margin=0.1)


def redactor() -> LiveRedactor:
    plan = CoverPlan(RULES, hold_s=1.0, motion=False)
    return LiveRedactor(Redactor(plan, style_named("solid"), look_ahead_s=DELAY_S), delay_s=DELAY_S)


def run(times_ms: list[int], looks: list[Look], *, refusal: str = "", lag_ms: int = 0) -> dict[float, Covered]:
    """Frames as they come, looks `lag_ms` after their frame; what left, by the moment it left."""
    covering, left = redactor(), {}
    for now_ms in range(0, times_ms[-1] + 3000, 10):
        for each in times_ms:
            if now_ms - 10 < each <= now_ms:
                covering.take(plain(each), None)
        for look in looks:
            if now_ms - 10 < look.time_s * 1000 + lag_ms <= now_ms:
                covering.learn(look)
        for done in covering.due(now_ms / 1000, refusal):
            left[now_ms / 1000 + len(left) * 1e-9] = done
    return left


def seen(*times_ms: int) -> list[Look]:
    return [Look(each / 1000, (found(HEAD),)) for each in times_ms]


def test_an_inspected_frame_leaves_after_the_delay_covered_where_somebody_is() -> None:
    left = run(list(range(0, 2000, 100)), seen(*range(0, 2000, 100)), lag_ms=80)
    assert len(left) == 20
    for now_s, done in left.items():
        assert abs(now_s - done.time_s - DELAY_S) < 0.011
        assert not done.frame.whole
        assert 0 < bare(done.frame) < 48 * 64


def test_cover_reaches_back_before_the_first_sight() -> None:
    looks = [Look(each / 1000, (found(HEAD) if each >= 1000 else found(),)) for each in range(0, 3000, 100)]
    left = run(list(range(0, 3000, 100)), looks, lag_ms=80)
    first_covered_s = min(done.time_s for done in left.values() if bare(done.frame) < 48 * 64)
    assert first_covered_s < 1.0


def test_a_late_pass_is_waited_for() -> None:
    left = run([0, 100, 200], seen(0, 100, 200), lag_ms=900)
    assert [done.frame.whole for done in left.values()] == ["", "", ""]


def test_what_was_not_inspected_is_dropped_while_pictures_flow() -> None:
    times = list(range(0, 3000, 100))
    left = run(times, seen(*range(0, 3000, 400)), lag_ms=80)
    assert {round(done.time_s * 1000) for done in left.values()} >= set(range(0, 2600, 400))
    assert all(not done.frame.whole or done.frame.whole == LATE for done in left.values())


def test_passes_that_are_far_too_rare_do_not_count_unless_the_camera_is_as_slow() -> None:
    busy = run(list(range(0, 6000, 100)), seen(*range(0, 6000, 700)), lag_ms=80)
    assert {done.frame.whole for done in busy.values() if done.time_s > 0.2} == {LATE}
    slow = run(list(range(0, 6000, 700)), seen(*range(0, 6000, 700)), lag_ms=80)
    assert {done.frame.whole for done in slow.values()} == {""}


def test_without_any_pass_a_picture_covered_whole_comes_now_and_then() -> None:
    left = run(list(range(0, 6000, 100)), [])
    assert 3 <= len(left) <= 8
    assert {done.frame.whole for done in left.values()} == {LATE}


def test_a_refusal_covers_what_waits_too() -> None:
    left = run([0, 100, 200], seen(0, 100, 200), refusal="the self-test failed")
    assert [done.frame.whole for done in left.values()] == ["the self-test failed"] * 3


def test_a_failed_pass_covers_the_frames_around_it() -> None:
    looks = seen(0, 100, 300, 400)
    looks.insert(2, Look(0.2, failure="the detector broke"))
    left = run([0, 50, 100, 150, 200, 250, 300, 350], looks)
    whole = [round(done.time_s * 1000) for done in left.values() if done.frame.whole]
    assert whole == [150, 200, 250]


def test_a_doubted_span_is_covered_whole_whatever_was_seen() -> None:
    covering = redactor()
    for each in range(0, 1000, 100):
        covering.take(plain(each), None)
        covering.learn(seen(each)[0])
    covering.cover_whole(0.2, 0.5, "the camera moved")
    whole = [round(done.time_s * 1000) for done in covering.due(2.0) if done.frame.whole]
    assert whole == [300, 400, 500]


def test_doubts_are_forgotten_however_long_nothing_counts_as_inspected() -> None:
    covering = redactor()
    for each in range(0, 60_000, 100):
        covering.take(plain(each), None)
        covering.cover_whole(0.0, each / 1000 + 1.0, "the scene changed")
        list(covering.due(each / 1000, "the self-test failed"))
    assert len(covering._doubts) < 50


def test_memory_is_bounded_however_long_the_delay(monkeypatch: object) -> None:
    covering = redactor()
    size = (720, 1280)
    for each in range(60):
        covering.take(plain(each * 10, size=size), None)
        list(covering.due(each / 100))
    held = covering._waiting_bytes
    assert held <= live.WAITING_BYTES + size[0] * size[1] * 3 // 2


steps = st.lists(st.tuples(st.integers(20, 400), st.sampled_from(["seen", "failed", "none"])), min_size=1, max_size=25)


@settings(max_examples=60)
@given(steps, st.integers(0, 1500))
def test_nobody_is_ever_bare_and_time_never_goes_back(plan: list[tuple[int, str]], lag_ms: int) -> None:
    times = np.cumsum([wait for wait, _ in plan]).tolist()
    looks = [
        Look(each / 1000, (found(HEAD),)) if what == "seen" else Look(each / 1000, failure="broken")
        for each, (_, what) in zip(times, plan, strict=True)
        if what != "none"
    ]
    left = list(run(times, looks, lag_ms=lag_ms).values())
    shown = [done.time_s for done in left]
    assert shown == sorted(set(shown))
    for done in left:
        x1, y1, x2, y2 = (int(edge) for edge in HEAD)
        assert not (done.frame.planes[0][y1:y2, x1:x2] == BARE).any()


def test_a_shot_that_nobody_looked_at_is_never_shown_although_passes_lie_close_on_both_sides() -> None:
    covering, left = redactor(), []
    for time_ms in range(0, 2000, 40):
        place = ScenePosition(1, 1) if 1000 <= time_ms < 1080 else ScenePosition(2, 0) if time_ms >= 1080 else START
        covering.take(plain(time_ms), None, place)
        if (time_ms % 120 == 0 or time_ms == 1080) and not 1000 <= time_ms < 1080:
            covering.learn(Look(time_ms / 1000, (found(HEAD),)))
        left += covering.due(time_ms / 1000)
    shown = {round(done.time_s * 1000): done.frame.whole for done in left}
    assert shown[960] == shown[1080] == ""
    assert all(shown.get(time_ms, LATE) == LATE for time_ms in (1000, 1040))


def test_cover_of_a_live_camera_moves_with_its_view() -> None:
    covering, left = redactor(), []
    step = Similarity(1, 2 + 0j)
    for k in range(30):
        time_ms = 40 * k
        moves = 10 <= k < 20
        covering.take(plain(time_ms), None, step=step if moves else STILL)
        if k % 3 == 0 and k <= 9:
            covering.learn(Look(time_ms / 1000, (found(HEAD),)))
        elif k % 3 == 0:
            covering.learn(Look(time_ms / 1000, (found(),)))
        left += covering.due(time_ms / 1000)
    left += covering.due(9.0)
    done = {round(each.time_s * 1000): each for each in left}
    x1, y1, x2, y2 = (int(edge) for edge in HEAD)
    for k, shift in ((9, 0), (10, 2), (12, 6)):  # it is lost when the camera turns, and held where it stands
        assert not (done[40 * k].frame.planes[0][y1:y2, x1 + shift : x2 + shift] == BARE).any()
    assert (done[480].frame.planes[0][y1:y2, x1 : x1 + 2] == BARE).any()
