"""Who looks when, and what becomes of it when a detector fails, hangs or recovers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.stage import Clip, Sees, found, plain
from tests.vision.net_files import weights

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.vision.detections import Detections
from passerby.vision.detector import Detector, detect_or_fail
from passerby.vision.inspect.ensemble import RECENT_S, Look
from passerby.vision.inspect.inspector import PASS_GAP_S, FrameInspector, InspectedFrame
from passerby.vision.inspect.patience import Clocks
from passerby.vision.inspect.self_test import self_test
from passerby.vision.picture.scenery import Observed

HEAD = (20.0, 16.0, 30.0, 40.0)


@contextmanager
def watching(
    *detectors: Detector,
    patience_s: float = 20.0,
    observed: Observed = Observed.NOTHING,
    occasional: Sequence[str] = (),
) -> Iterator[FrameInspector]:
    """A watch whose thread has ended afterwards."""
    before = set(threading.enumerate())
    inspector = FrameInspector(detectors, observed=observed, patience_s=patience_s, occasional=occasional)
    own = set(threading.enumerate()) - before
    try:
        yield inspector
    finally:
        inspector.close()
        for thread in own:
            thread.join(10)
            assert not thread.is_alive()


def inspected(
    times_ms: Sequence[int], detector: Detector, *, damaged: dict[int, str] | None = None
) -> list[InspectedFrame]:
    with watching(detector) as watch:
        return list(watch.inspect(Clip(times_ms, damaged=damaged)))


def looks(seen: Sequence[InspectedFrame]) -> list[Look]:
    return [each.look for each in seen if each.look is not None]


waits = st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=40)


@settings(max_examples=60)
@given(waits)
@example([(40, False)] * 30)
@example([(40, False), (40, True), (40, False)])
@example([(40, False)] * 4 + [(40, True)] * 20 + [(40, False)] * 4)
def test_every_sound_frame_of_any_timing_is_inspected(steps: list[tuple[int, bool]]) -> None:
    times = np.cumsum([wait for wait, _ in steps]).tolist()
    damaged = {index: "torn" for index, (_, torn) in enumerate(steps) if torn}
    detector = Sees(lambda frame: found(HEAD))
    seen = inspected(times, detector, damaged=damaged)
    assert [each.frame.pts for each in seen] == times
    passes = np.array([look.time_s for look in looks(seen)])
    assert not any(each.frame.damaged for each in seen if each.look is not None)
    for each in seen:
        if not each.frame.damaged:
            near = np.abs(passes - each.frame.time_s) <= PASS_GAP_S + 1e-6
            assert (near & (passes <= each.frame.time_s)).any()
            assert (near & (passes >= each.frame.time_s)).any()


def test_not_every_frame_needs_a_pass() -> None:
    detector = Sees(lambda frame: found())
    inspected(range(0, 2000, 20), detector)
    assert len(detector.seen) < 25


def test_an_empty_source_and_a_single_frame_are_no_special_cases() -> None:
    assert inspected([], Sees(lambda frame: found())) == []
    (only,) = inspected([70], Sees(lambda frame: found(HEAD)))
    assert only.look is not None
    assert len(only.look.found[0]) == 1


def test_damaged_frames_without_end_are_handed_on_not_hoarded() -> None:
    def frames() -> Iterator[Frame]:
        yield plain(0)
        for k in range(1, 100):
            taken.append(k)
            yield plain(40 * k, damaged="torn")

    taken: list[int] = []
    with watching(Sees(lambda frame: found())) as watch:
        for number, each in enumerate(watch.inspect(frames())):
            assert each.frame.pts == 40 * number
            assert len(taken) <= number + 5


def test_the_answers_of_all_detectors_are_kept_apart_and_in_order() -> None:
    one, other = Sees(lambda frame: found(HEAD)), Sees(lambda frame: found())
    with watching(one, other, one) as watch:
        (seen,) = watch.inspect(Clip([0]))
    assert seen.look is not None
    assert [len(answer) for answer in seen.look.found] == [1, 0, 1]


def raising(error: Exception) -> Callable[[Frame], object]:
    def answer(frame: Frame) -> object:
        raise error

    return answer


def nonsense(**changes: object) -> Callable[[Frame], object]:
    whole = {
        "boxes_px": np.array([HEAD], np.float32),
        "scores": np.array([0.5], np.float32),
        "kinds": np.array([0], np.int8),
    }
    return lambda frame: Detections(**{**whole, **changes})  # type: ignore[arg-type]


def box(*corners: float) -> dict[str, object]:
    return {"boxes_px": np.array([corners], np.float32)}


BROKEN = {
    "error": raising(RuntimeError("CUDA")),
    "error without text": raising(RuntimeError()),
    "our error without text": raising(DetectorError()),
    "no memory": raising(MemoryError()),
    "not a number": nonsense(**box(0, 0, np.nan, 9)),
    "endless": nonsense(**box(0, 0, np.inf, 9)),
    "overflow": nonsense(**box(-3e38, 0, 3e38, 9)),
    "inside out": nonsense(**box(9, 0, 0, 9)),
    "too few scores": nonsense(scores=np.empty(0, np.float32)),
    "score over one": nonsense(scores=np.array([1.5], np.float32)),
    "score is no number": nonsense(scores=np.array([np.nan], np.float32)),
    "nothing at all": lambda frame: None,
    "another type": lambda frame: [HEAD],
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_fails_the_pass_and_says_why(answer: Callable[[Frame], object]) -> None:
    seen = inspected([0, 500, 1000], Sees(answer))
    assert all(look.failure for look in looks(seen))
    assert len(looks(seen)) == 3


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_nothing_but_our_own_error_leaves_a_detector(answer: Callable[[Frame], object]) -> None:
    with pytest.raises(DetectorError):
        detect_or_fail(Sees(answer), plain(0))


@pytest.mark.parametrize("answers", [[], [found(), found()], None, 5], ids=str)
def test_a_wrong_number_of_answers_is_a_failure(answers: object) -> None:
    class Miscounts(Sees):
        def detect(self, frames: Sequence[Frame]) -> list[Detections]:
            return answers  # type: ignore[return-value]  # that is the fault

    with pytest.raises(DetectorError):
        detect_or_fail(Miscounts(lambda frame: None), plain(0))


def test_one_broken_detector_among_good_ones_fails_the_pass() -> None:
    with watching(Sees(lambda frame: found(HEAD)), Sees(BROKEN["error"])) as watch:
        (seen,) = watch.inspect(Clip([0]))
    assert seen.look is not None
    assert "CUDA" in seen.look.failure
    assert not seen.look.found


def test_a_detector_that_recovers_is_believed_again() -> None:
    def answer(frame: Frame) -> object:
        if frame.pts in {500, 1000}:
            msg = "lost"
            raise RuntimeError(msg)
        return found(HEAD)

    seen = looks(inspected([0, 500, 1000, 1500, 2000], Sees(answer)))
    assert [bool(look.failure) for look in seen] == [False, True, True, False, False]


def test_a_late_answer_is_never_taken_for_another_frame() -> None:
    late = threading.Event()

    def answer(frame: Frame) -> object:
        if frame.pts == 0:
            late.wait(10)
        return found((float(frame.pts), 0.0, float(frame.pts) + 9, 9.0))

    with watching(Sees(answer), patience_s=0.05) as watch:
        frames = watch.inspect(Clip(range(0, 100_000, 500)))
        first, second = next(frames), next(frames)
        assert first.look is not None
        assert "no answer within" in first.look.failure
        assert second.look is not None
        assert "hangs" in second.look.failure
        late.set()
        for each in frames:
            look = each.look
            if look is not None and not look.failure:
                assert look.time_s == each.frame.time_s
                assert look.found[0].boxes_px[0, 0] == each.frame.pts
                break
            threading.Event().wait(0.01)
        else:
            pytest.fail("it never recovered")


def test_a_detector_that_hangs_for_ever_costs_its_patience_once() -> None:
    stuck = threading.Event()
    with watching(Sees(lambda frame: stuck.wait(30)), patience_s=0.05) as watch:
        seen = looks(list(watch.inspect(Clip(range(0, 5000, 500)))))
        stuck.set()
    assert len(seen) == 10
    assert all(look.failure for look in seen)


def test_a_detector_that_is_blind_fails_the_proof() -> None:
    with pytest.raises(DetectorError, match="0 of 3"):
        self_test(Sees(lambda frame: found()))


@pytest.mark.parametrize("occasional", [(), ("made-up",)])
def test_a_watch_in_which_nobody_looks_at_every_pass_is_refused(occasional: tuple[str, ...]) -> None:
    detectors = [Sees(lambda frame: found())] if occasional else []
    with pytest.raises(DetectorError, match="every pass"):
        FrameInspector(detectors, occasional=occasional)


@given(waits)
def test_who_takes_turns_rests_at_every_other_pass_unless_its_last_answer_is_old(
    steps: list[tuple[int, bool]],
) -> None:
    times = np.cumsum([wait for wait, _ in steps]).tolist()
    always, turns = Sees(lambda frame: found(HEAD)), Sees(lambda frame: found(HEAD, HEAD))
    turns.name = "turns"
    with watching(always, turns, occasional=("turns",)) as watch:
        passes = looks(list(watch.inspect(Clip(times))))
    assert len(always.seen) == len(passes)
    answered_s = 0.0
    for k, look in enumerate(passes):
        assert look.found[0] is not None
        assert (look.found[1] is None) == (k % 2 == 1 and look.time_s - answered_s <= RECENT_S)
        assert look.hits == 1
        answered_s = answered_s if look.found[1] is None else look.time_s


def test_after_a_failed_first_pass_everybody_is_asked() -> None:
    def answer(frame: Frame) -> object:
        return None if frame.pts == 0 else found(HEAD)

    turns = Sees(answer)
    turns.name = "turns"
    with watching(Sees(lambda frame: found(HEAD)), turns, occasional=("turns",)) as watch:
        passes = looks(list(watch.inspect(Clip([0, 500, 1000, 1500]))))
    assert [bool(look.failure) for look in passes] == [True, False, False, False]
    assert turns.seen[:2] == [0.0, 0.5]


LATE = """
import sys, time
from passerby.process.exit_status import leave
from passerby.vision.inspect.inspector import FrameInspector
from tests.stage import plain
from tests.vision.net_files import net

detector, frame = net("efficientdet-lite0", 1408), plain(0, size=(720, 1280))
detector.detect([frame])
watch = FrameInspector([detector], patience_s=0.001)
list(watch.inspect([frame]))  # too late on any machine: a pass takes 0.1 s and more
if sys.argv[1] == "closed":
    watch.close()
time.sleep(float(sys.argv[2]))
leave(3)
"""


@pytest.mark.parametrize("how", [("closed", "0"), ("left", "0"), ("left", "0.05"), ("left", "0.1")], ids=str)
def test_a_process_ends_cleanly_while_native_code_of_a_detector_still_runs(how: tuple[str, str]) -> None:
    weights("efficientdet-lite0")
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", LATE, *how]
    paths = os.pathsep.join([str(root), *sys.path])
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "PYTHONPATH": paths}
    )
    assert (done.returncode, done.stderr) == (3, "")


def test_a_detector_that_hangs_for_good_does_not_keep_the_watch_from_closing() -> None:
    stuck = threading.Event()
    watch = FrameInspector([Sees(lambda frame: stuck.wait(60))], observed=Observed.NOTHING, patience_s=0.05)
    assert looks(list(watch.inspect(Clip([0]))))[0].failure
    began = time.monotonic()
    watch.close()
    assert time.monotonic() - began < 30
    stuck.set()


def test_motion_is_an_opinion_of_its_own_only_when_asked_for() -> None:
    def scene(k: int) -> Frame:
        frame = plain(40 * k, size=(180, 320))
        frame.planes[0][80:140, 5 * k - 150 : 5 * k - 120] = 20
        return frame

    for asked in Observed:
        with watching(Sees(lambda frame: found()), observed=asked) as watch:
            masks = [each.moving for each in watch.inspect([scene(k) for k in range(32, 60)])]
        assert any(mask is not None and mask.any() for mask in masks) == (asked is Observed.MOTION)


def test_how_the_camera_moves_is_said_with_and_without_motion_and_not_unless_asked_for() -> None:
    rng = np.random.default_rng(5)
    wall = cv2.GaussianBlur(rng.integers(0, 256, (180, 600)).astype(np.uint8), (0, 0), 3.0)
    wall = cv2.normalize(wall, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)

    def scene(k: int) -> Frame:
        frame = plain(40 * k, size=(180, 320))
        frame.planes[0][...] = wall[:, 5 * k : 5 * k + 320]
        return frame

    for asked in Observed:
        with watching(Sees(lambda frame: found()), observed=asked) as watch:
            steps = [each.step.shift for each in watch.inspect([scene(k) for k in range(30)])]
        went = sum(steps[10:])
        assert abs(went + (0 if asked is Observed.NOTHING else 5 * 20)) < 2


class Busy:
    """A machine on which a second of work takes many; the clock goes on whenever somebody asks."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._now_s = 0.0

    def clocks(self) -> Clocks:
        return Clocks(self._now, lambda: self._share * self._now_s)

    def _now(self) -> float:
        self._now_s += 0.5
        return self._now_s


def test_a_slow_look_on_a_busy_machine_does_not_end_the_rest_of_a_file() -> None:
    slow = threading.Event()

    def answer(frame: Frame) -> object:
        if frame.pts == 0:
            slow.wait(20)
        return found(HEAD)

    watch = FrameInspector([Sees(answer)], observed=Observed.NOTHING, patience_s=4.0, clocks=Busy(0.25).clocks())
    threading.Timer(4.0, slow.set).start()  # longer than its patience by the clock of that machine
    seen = looks(list(watch.inspect(Clip(range(0, 5000, 500)))))
    watch.close()
    assert [look.failure for look in seen] == [""] * 10


def test_a_detector_that_works_without_end_is_left_behind_after_some_retries() -> None:
    stuck = threading.Event()
    watch = FrameInspector(
        [Sees(lambda frame: stuck.wait(60))], observed=Observed.NOTHING, patience_s=0.05, clocks=Busy(1.0).clocks()
    )
    seen = looks(list(watch.inspect(Clip(range(0, 20_000, 500)))))
    stuck.set()
    watch.close()
    assert len(seen) == 40
    assert all(look.failure for look in seen)
