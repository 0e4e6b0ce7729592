"""The live loop: whatever a camera or a detector does, there is a picture, and nobody in it is bare."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from tests.stage import BARE, plain
from tests.vision.inspect.test_live_inspector import HEAD, Seeing
from tests.waiting import until

from passerby.errors import DetectorError, PasserbyError, SourceError
from passerby.health.status import CameraState, Redaction
from passerby.media.fault import Fault
from passerby.media.frame import Frame
from passerby.media.layout import Shape
from passerby.media.outage import Outage
from passerby.pipelines.camera_queue import AHEAD, CameraQueue
from passerby.pipelines.live import CoveredPicture, LiveLoop, LiveStages, Timing
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.live import LiveRedactor
from passerby.redact.rule import rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.inspect import live_inspector
from passerby.vision.inspect.ensemble import DetectorEnsemble
from passerby.vision.inspect.live_inspector import LiveInspector

TICK = Fraction(1, 1_000_000)
DELAY_S = 0.2
SIZE = (48, 64)
PATIENCE_S = 60
FOR_EVER = threading.Event()
"""Is set when a test has ended."""
Item = Frame | Outage


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """End what a test began: its loops would compute for the rest of the run."""
    before = set(threading.enumerate())
    yield
    FOR_EVER.set()
    until(lambda: set(threading.enumerate()) <= before, shown=threading.enumerate)
    FOR_EVER.clear()


class BrightFault:
    """A monitor that sees one fault in bright pictures."""

    def observe(self, frame: Frame, /) -> frozenset[Fault]:
        return frozenset({Fault.BLURRED}) if frame.planes[0][0, 0] == BARE else frozenset()


def live(size: tuple[int, int] = SIZE, *, damaged: str = "") -> Frame:
    """A frame of this moment."""
    return replace(plain(0, size=size, damaged=damaged), pts=round(time.time() * 1e6), time_base=TICK)


def flowing(over: threading.Event, *, size: tuple[int, int] = SIZE, damaged: str = "") -> Iterator[Item]:
    while not over.is_set():
        yield live(size, damaged=damaged)
        time.sleep(0.04)


def for_ever(*parts: Callable[[], Iterator[Item]]) -> Iterator[Item]:
    for part in parts:
        yield from part()
    FOR_EVER.wait()


def loop(feed: Iterator[Item], detector: Seeing, delay_s: float = DELAY_S) -> LiveLoop:
    rules = rules_for(frozenset({CoverKind.PEOPLE}), score=0.2, margin=0.1)

    def cover(_: Shape) -> LiveStages:
        redactor = Redactor(CoverPlan(rules, hold_s=1.0, motion=False), style_named("solid"), look_ahead_s=delay_s)
        return LiveStages(LiveRedactor(redactor, delay_s=delay_s), None)

    def detectors(notify: Callable[[], None]) -> LiveInspector:
        shape = Shape(64, 48, plain(0).layout, plain(0).colour, Fraction(25), TICK)
        return LiveInspector(DetectorEnsemble([detector]), shape, lag_s=DELAY_S / 2, notify=notify)

    return LiveLoop(
        "door", feed, detectors=detectors, cover=cover, monitor=BrightFault, timing=Timing(time.time, delay_s)
    )


def shown(
    pictures: Iterator[CoveredPicture | None], enough: Callable[[list[CoveredPicture]], bool]
) -> list[CoveredPicture]:
    """What viewers get until that is enough, however slow the machine is; nobody's head is ever bare."""
    end_s = time.monotonic() + PATIENCE_S
    got: list[CoveredPicture] = []
    x1, y1, x2, y2 = (int(edge) for edge in HEAD)
    for each in pictures:
        if each is not None:
            got.append(each)
            if each.redaction is not Redaction.NONE:
                assert not (each.frame.planes[0][y1:y2, x1:x2] == BARE).any()
        if got and enough(got):
            break
        assert time.monotonic() < end_s, kinds(got)
    times = [each.frame.pts * each.frame.time_base for each in got]
    assert times == sorted(times)
    return got


def active(pictures: list[CoveredPicture]) -> bool:
    return pictures[-1].redaction is Redaction.ACTIVE


def kinds(pictures: list[CoveredPicture]) -> list[Redaction]:
    """What was seen, each stretch once."""
    order: list[Redaction] = []
    for each in pictures:
        if not order or order[-1] is not each.redaction:
            order.append(each.redaction)
    return order


def test_a_camera_is_covered_whole_first_and_then_where_somebody_is() -> None:
    of = loop(flowing(FOR_EVER), Seeing())
    got = shown(of.pictures(), active)
    assert kinds(got)[-2:] == [Redaction.WHOLE, Redaction.ACTIVE]
    assert (got[-1].frame.planes[0] == BARE).any()
    status = of.status()
    assert (status.state, status.faults, status.redaction) == (
        CameraState.DEGRADED,
        {Fault.BLURRED},
        Redaction.ACTIVE,
    )


def test_while_there_is_no_picture_viewers_get_a_notice_and_the_state_says_why() -> None:
    def gone() -> Iterator[Item]:
        yield Outage("the camera does not answer", refused=False, since_s=time.time())

    over = threading.Event()
    of = loop(for_ever(lambda: flowing(over), gone), Seeing())
    pictures = of.pictures()
    shown(pictures, active)
    over.set()
    got = shown(pictures, lambda got: [each.redaction for each in got[-2:]] == [Redaction.NONE] * 2)
    assert got[-1].frame.whole == "no picture"
    assert of.status().state is CameraState.NO_PICTURE
    assert of.status().detail == "the camera does not answer"


def test_a_camera_that_never_had_a_picture_loads_no_networks() -> None:
    come = threading.Event()

    def nothing() -> Iterator[Item]:
        while not come.is_set():
            yield Outage("the camera does not answer", refused=False, since_s=time.time())
            time.sleep(0.05)

    detector = Seeing()
    of = loop(for_ever(nothing, lambda: flowing(FOR_EVER)), detector)
    pictures = of.pictures()
    assert set(kinds(shown(pictures, lambda got: len(got) >= 4))) == {Redaction.NONE}
    assert detector.tests == 0
    assert of.status().state is CameraState.NO_PICTURE
    come.set()
    shown(pictures, active)
    assert detector.tests > 0


def test_the_notice_stays_until_the_first_picture_has_waited_for_the_delay() -> None:
    of = loop(flowing(FOR_EVER), Seeing(), delay_s=4.0)
    got = shown(of.pictures(), lambda got: sum(each.redaction is not Redaction.NONE for each in got) >= 25)
    notices = [each for each in got if each.redaction is Redaction.NONE]
    assert len(notices) >= 4
    assert kinds(got)[0] is Redaction.NONE
    assert Redaction.NONE not in kinds(got)[1:]


def test_a_detector_that_stands_still_covers_whole_and_then_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_inspector, "PATIENCE_S", 0.5)
    monkeypatch.setattr(live_inspector, "HANG_S", 3.0)
    detector = Seeing()
    of = loop(flowing(FOR_EVER), detector)
    pictures = of.pictures()
    shown(pictures, active)
    detector.gate.clear()
    got: list[CoveredPicture] = []
    try:
        with pytest.raises(DetectorError, match="hangs"):
            got.extend(each for each in pictures if each is not None)
    finally:
        detector.gate.set()
    assert got[-1].redaction is Redaction.WHOLE


def test_another_size_of_picture_is_covered_whole_until_it_was_tested() -> None:
    over = threading.Event()
    of = loop(for_ever(lambda: flowing(over), lambda: flowing(FOR_EVER, size=(96, 64))), Seeing())
    pictures = of.pictures()
    shown(pictures, active)
    over.set()
    got = shown(pictures, lambda got: active(got) and got[-1].frame.planes[0].shape == (96, 64))
    assert kinds([each for each in got if each.frame.planes[0].shape == (96, 64)]) == [
        Redaction.WHOLE,
        Redaction.ACTIVE,
    ]


def test_damaged_frames_are_covered_whole() -> None:
    over = threading.Event()
    of = loop(for_ever(lambda: flowing(over), lambda: flowing(FOR_EVER, damaged="torn")), Seeing())
    pictures = of.pictures()
    shown(pictures, active)
    over.set()
    got = shown(pictures, lambda got: got[-1].frame.whole == "torn")
    assert got[-1].redaction is Redaction.WHOLE


def test_a_feed_that_breaks_is_an_error_of_ours() -> None:
    def broken() -> Iterator[Item]:
        yield live()
        msg = "index 7"
        raise IndexError(msg)

    with pytest.raises(SourceError, match="IndexError"):
        list(loop(broken(), Seeing()).pictures())


def test_a_loop_that_nobody_reads_any_more_ends_its_threads() -> None:
    before = set(threading.enumerate())
    pictures = loop(flowing(FOR_EVER), Seeing()).pictures()
    shown(pictures, active)
    assert len(set(threading.enumerate()) - before) == 2
    pictures.close()
    until(lambda: set(threading.enumerate()) <= before)


def test_of_too_many_frames_the_oldest_goes_and_no_other_word_is_lost() -> None:
    waiting = CameraQueue()
    outage = Outage("gone", refused=False, since_s=0.0)
    waiting.put(outage)
    for index in range(AHEAD + 5):
        waiting.put(plain(index))
    items = waiting.take(0.0)
    assert items[0] is outage
    assert [each.pts for each in items if isinstance(each, Frame)] == list(range(5, AHEAD + 5))
    waiting.put(SourceError("broken"))
    assert isinstance(waiting.take(0.0)[0], PasserbyError)
    assert not waiting.take(0.0)
    assert np.isfinite(plain(0).time_s)


def test_who_asks_for_cover_gets_it_at_once_and_it_ends_by_itself() -> None:
    of = loop(flowing(FOR_EVER), Seeing())
    pictures = of.pictures()
    shown(pictures, active)
    of.cover_whole(3.0, "a watchdog found somebody")
    of.cover_whole(0.1, "a shorter order ends no cover sooner")
    (first, *_) = shown(pictures, bool)
    assert first.redaction is Redaction.WHOLE  # also what had waited
    status = of.status()
    assert (status.state, status.detail) == (CameraState.COVERED_WHOLE, "a watchdog found somebody")
    began_s = time.time()
    got = shown(pictures, active)
    assert time.time() - began_s > 0.5  # the longer order counts
    assert set(kinds(got)) <= {Redaction.WHOLE, Redaction.ACTIVE}
