"""Detectors that look live: they prove themselves first, and what they say too late counts for nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

import pytest
from tests.stage import found, plain
from tests.waiting import until

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect import live_inspector, self_test
from passerby.vision.inspect.ensemble import DetectorEnsemble, Look
from passerby.vision.inspect.live_inspector import LiveInspector
from passerby.vision.inspect.planner import DetectorPlan, Planner

SHAPE = Shape(640, 360, Layout.YUV420, Colour(), Fraction(10), Fraction(1, 1000))
UPRIGHT = Shape(480, 360, Layout.YUV420, Colour(), Fraction(10), Fraction(1, 1000))
HEAD = (20.0, 16.0, 30.0, 40.0)


class Seeing:
    """A detector that finds the drawn people, unless it is blind; a gate may hold it up."""

    name = "made-up"
    finds = frozenset({Kind.PERSON})

    def __init__(self) -> None:
        self.blind = False
        self.tests = 0
        self.gate = threading.Event()
        self.gate.set()

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        self.gate.wait(20)
        if frames[0].camera != "self-test":
            return [found(HEAD)]
        self.tests += 1
        bodies = [(x - 10.0, y + 0.4 * h, x + 10.0, y + 0.6 * h) for x, y, h, _ in self_test.FIGURES]
        return [found() if self.blind else found(*bodies)]


@contextmanager
def watching(detector: Seeing) -> Iterator[LiveInspector]:
    watch = LiveInspector(DetectorEnsemble([detector]), SHAPE, lag_s=0.3, notify=lambda: None)
    try:
        yield watch
    finally:
        detector.gate.set()
        watch.close()


def looks_until(what: Callable[[], object], watch: LiveInspector, now_s: float) -> list[Look]:
    """Ask the inspector at one moment of the frames' time until something is true, and return its looks."""
    looks: list[Look] = []

    def happened() -> object:
        if done := what():
            return done
        looks.extend(watch.looks(now_s))
        return None

    until(happened, every_s=0.002)
    return looks


def proven(watch: LiveInspector, now_s: float = 0.0) -> None:
    assert watch.refusal
    watch.ask(now_s)
    looks_until(lambda: watch.begun, watch, now_s)


def test_nothing_counts_as_inspected_before_the_self_test_has_passed() -> None:
    with watching(Seeing()) as watch:
        assert "self-test" in watch.refusal
        assert not watch.begun
        proven(watch)
        assert not watch.refusal


def test_frames_are_looked_at_after_the_self_test() -> None:
    with watching(Seeing()) as watch:
        proven(watch)
        watch.add(plain(100))
        assert watch.ask(0.1) is not None
        heard: list[Look] = []
        looks_until(lambda: heard or heard.extend(watch.looks(0.2)), watch, 0.2) if not heard else None
        assert [look.time_s for look in heard] == [0.1]
        assert not heard[0].failure


def test_a_detector_that_goes_blind_is_found_out_and_forgiven_when_it_sees_again() -> None:
    detector = Seeing()
    with watching(detector) as watch:
        proven(watch)
        detector.blind = True
        later_s = live_inspector.TEST_EVERY_S + 1
        watch.ask(later_s)
        looks_until(lambda: watch.refusal, watch, later_s)
        assert "0 of 3" in watch.refusal
        detector.blind = False
        watch.ask(later_s + live_inspector.RETRY_S)
        looks_until(lambda: not watch.refusal, watch, later_s + live_inspector.RETRY_S)
        assert detector.tests == 3
        assert (watch.tests, watch.tests_failed) == (3, 1)


def test_no_detector_is_asked_whose_self_test_is_old_however_long_it_was_idle() -> None:
    detectors = [Seeing() for _ in range(4)]
    for detector, name in zip(detectors, ("easy", "usual", "hard", "hardest"), strict=True):
        detector.name = name
    names = ({"easy"}, {"usual"}, {"hard", "hardest"})
    planner = Planner([DetectorPlan(min(each), frozenset(each)) for each in names], budget_ms=10_000)
    watch = LiveInspector(DetectorEnsemble(detectors, planner=planner), SHAPE, lag_s=0.3, notify=lambda: None)
    try:
        proven(watch)
        assert [each.tests for each in detectors] == [1, 1, 1, 1]
        passed_s = [0.0] * 4
        for later_s in range(0, 1200, 20):
            watch.add(plain(1000 * later_s))
            asked = watch.ask(later_s)
            while asked is None:  # a self-test comes first
                before = [each.tests for each in detectors]
                looks_until(lambda: watch._at_work is None, watch, later_s)
                tested = [place for place in range(4) if detectors[place].tests > before[place]]
                assert len(tested) == 1  # one at a time: frames wait meanwhile
                passed_s[tested[0]] = later_s
                asked = watch.ask(later_s)
            looks_until(lambda: watch._at_work is None, watch, later_s)
            assert max(later_s - each for each in passed_s) < live_inspector.TEST_EVERY_S
        assert all(each.tests <= 6 for each in detectors)
    finally:
        watch.close()


def test_detectors_that_failed_their_test_are_shown_no_frame_until_they_pass_it() -> None:
    detector = Seeing()
    detector.blind = True
    with watching(detector) as watch:
        proven(watch)
        assert "0 of 3" in watch.refusal
        watch.add(plain(4900))
        assert watch.ask(4.9) is None
        detector.blind = False
        watch.ask(live_inspector.RETRY_S)
        looks_until(lambda: not watch.refusal, watch, live_inspector.RETRY_S)
        assert watch.ask(live_inspector.RETRY_S) is not None


def test_other_proportions_are_tested_anew_and_the_same_are_not() -> None:
    detector = Seeing()
    with watching(detector) as watch:
        proven(watch)
        watch.begin_again(Shape(1280, 720, Layout.YUV420, Colour(), Fraction(10), Fraction(1, 1000)))
        assert not watch.refusal
        watch.begin_again(UPRIGHT)
        proven(watch)
        assert detector.tests == 2


def test_a_late_answer_is_a_failure_and_counts_for_nothing_when_it_comes() -> None:
    detector = Seeing()
    with watching(detector) as watch:
        proven(watch)
        detector.gate.clear()
        watch.add(plain(100))
        watch.ask(0.1)
        late_s = 0.2 + live_inspector.PATIENCE_S
        (failure,) = watch.looks(late_s)
        assert "no answer" in failure.failure
        assert not list(watch.looks(late_s))
        assert watch.ask(late_s) is None  # it is still at work
        detector.gate.set()
        watch.add(plain(3000))
        assert looks_until(lambda: watch.ask(3.0), watch, 3.0) == []


def test_a_detector_that_hangs_for_long_is_an_error() -> None:
    detector = Seeing()
    with watching(detector) as watch:
        proven(watch)
        detector.gate.clear()
        watch.add(plain(100))
        watch.ask(0.1)
        with pytest.raises(DetectorError, match="hangs"):
            list(watch.looks(0.2 + live_inspector.PATIENCE_S + live_inspector.HANG_S))
