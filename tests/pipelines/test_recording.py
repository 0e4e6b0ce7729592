"""The loop from end to end with made-up parts: nothing bare, nothing lost, no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stage import BARE, Box, Clip, Kept, Sees, bare, found

from passerby.errors import DetectorError, OutputError, SourceError
from passerby.media.frame import Frame
from passerby.pipelines.recording import Demanding, Prefetch, run
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.frame_record import FrameRecord
from passerby.redact.mask import Cover
from passerby.redact.paint import Canvas
from passerby.redact.rule import rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import Style, style_named
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.picture.scenery import Observed

RULES = rules_for(frozenset({CoverKind.PEOPLE}), score=0.2, margin=0.1)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
    assert set(threading.enumerate()) <= before


def walker(frame: Frame) -> Box:
    x = 5 + 10 * frame.time_s
    return x, 12, x + 10, 40


def covering(
    clip: Clip, output: Kept, answer: Callable[[Frame], object], *, patience_s: float = 20.0
) -> Iterator[FrameRecord]:
    watch = FrameInspector([Sees(answer)], observed=Observed.NOTHING, patience_s=patience_s)
    redactor = Redactor(CoverPlan(RULES, hold_s=0.5, motion=False), style_named("solid"), look_ahead_s=0.5)
    try:
        yield from run(clip, watch, redactor, output=output)
    finally:
        watch.close()


def sees_the_walker(frame: Frame) -> object:
    return found(walker(frame))


def test_every_frame_is_written_once_covered_and_recorded_as_it_was_written() -> None:
    output, times = Kept(), range(0, 3000, 40)
    records = list(covering(Clip(times), output, sees_the_walker))
    assert output.finished
    assert [frame.pts for frame in output.frames] == list(times)
    assert [record.index for record in records] == list(range(len(times)))
    for record, frame in zip(records, output.frames, strict=True):
        assert record.time_s == pytest.approx(frame.pts / 1000)
        assert record.whole == frame.whole == ""
        hidden = np.count_nonzero(frame.planes[0] != BARE)
        assert hidden == pytest.approx(record.covered_share * frame.planes[0].size, abs=4 * (48 + 64))
        x = int(5 + 10 * record.time_s)
        assert not (frame.planes[0][12:40, x : x + 10] == BARE).any()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 300), st.booleans(), st.booleans()), max_size=30))
def test_whatever_comes_in_as_many_frames_go_out_and_none_is_bare_in_doubt(
    steps: list[tuple[int, bool, bool]],
) -> None:
    times = np.cumsum([wait for wait, _, _ in steps]).tolist()
    torn = {index: "torn" for index, (_, damaged, _) in enumerate(steps) if damaged}
    fails = {time for time, (_, _, failing) in zip(times, steps, strict=True) if failing}

    def answer(frame: Frame) -> object:
        return None if frame.pts in fails else found((20, 10, 40, 40))

    output = Kept()
    records = list(covering(Clip(times, damaged=torn), output, answer))
    assert [frame.pts for frame in output.frames] == times
    assert [record.whole for record in records] == [frame.whole for frame in output.frames]
    for index, frame in enumerate(output.frames):
        if frame.whole or index in torn:
            assert frame.whole
            assert bare(frame) == 0
        assert not (frame.planes[0][10:40, 20:40] == BARE).any()


@pytest.mark.parametrize("times", [[], [40]], ids=["no frame", "one frame"])
def test_the_shortest_sources_are_finished_too(times: list[int]) -> None:
    output = Kept()
    assert len(list(covering(Clip(times), output, sees_the_walker))) == len(times)
    assert output.finished
    assert all(0 < bare(frame) < 48 * 64 for frame in output.frames)


@pytest.mark.parametrize("breaks_at", [0, 1, 30, 59])
def test_a_source_that_breaks_off_stops_the_work_unfinished(breaks_at: int) -> None:
    output = Kept()
    with pytest.raises(SourceError, match="cannot be read any further"):
        list(covering(Clip(range(0, 2400, 40), breaks_at=breaks_at), output, sees_the_walker))
    assert not output.finished


@pytest.mark.parametrize("fails_at", [0, 1, 20])
def test_a_target_that_fails_stops_the_work(fails_at: int) -> None:
    output = Kept(fails_at=fails_at)
    records: list[FrameRecord] = []
    with pytest.raises(OutputError, match="no space left"):
        records.extend(covering(Clip(range(0, 100_000, 40)), output, sees_the_walker))
    assert len(output.frames) == fails_at
    assert not output.finished


def test_a_target_that_cannot_be_completed_is_an_error_after_the_last_record() -> None:
    work = covering(Clip(range(0, 400, 40)), Kept(fails_to_finish=True), sees_the_walker)
    for _ in range(10):
        next(work)
    with pytest.raises(OutputError, match="cannot be renamed"):
        next(work)


@pytest.mark.parametrize("after", [1, 7])
def test_who_stops_early_leaves_nothing_finished(after: int) -> None:
    output = Kept()
    work = covering(Clip(range(0, 1_000_000, 40)), output, sees_the_walker)
    for _ in range(after):
        next(work)
    work.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(output.frames) == after
    assert not output.finished


def test_a_detector_that_hangs_and_recovers_bares_nothing() -> None:
    go_on, went_on = threading.Event(), threading.Event()

    def answer(frame: Frame) -> object:
        if frame.time_s > 1.0 and not went_on.is_set():
            go_on.wait(60)
            went_on.set()
        return found((20, 10, 40, 40))

    output = Kept()
    work = covering(Clip(range(0, 20_000, 40)), output, answer, patience_s=1.0)
    for record in work:
        if record.whole:
            go_on.set()
            assert went_on.wait(60)
        threading.Event().wait(0.002)
    assert went_on.is_set()
    assert not output.frames[0].whole
    assert any(frame.whole for frame in output.frames)
    assert not output.frames[-1].whole
    assert all(bare(frame) == 0 for frame in output.frames if frame.whole)
    assert not any((frame.planes[0][10:40, 20:40] == BARE).any() for frame in output.frames)


class Breaks:
    """A style that fails."""

    name = "breaks"

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        raise ZeroDivisionError


def raises(frame: Frame) -> object:
    raise RuntimeError


def hangs(frame: Frame) -> object:
    return threading.Event().wait(2)


@pytest.mark.parametrize(
    ("answer", "style", "said"),
    [
        (raises, style_named("solid"), "made-up failed: RuntimeError"),
        (lambda frame: None, style_named("solid"), "instead of Detections"),
        (hangs, style_named("solid"), "no answer"),
        (sees_the_walker, Breaks(), "style breaks failed: ZeroDivisionError"),
    ],
    ids=["error", "nonsense", "hangs", "style"],
)
def test_the_reason_for_covering_a_frame_whole_does_not_name_the_source(
    answer: Callable[[Frame], object], style: Style, said: str
) -> None:
    watch = FrameInspector([Sees(answer)], observed=Observed.NOTHING, patience_s=0.1 if answer is hangs else 60)
    redactor = Redactor(CoverPlan(RULES, hold_s=0.5, motion=False), style, look_ahead_s=0.5)
    (record,) = run(Clip([0]), watch, redactor, output=Kept())
    watch.close()
    assert said in record.whole
    assert "stage" not in record.whole


@pytest.mark.parametrize("fails", [{0, 40, 80}, {0, 40}, set()], ids=["always", "at first", "never"])
def test_a_copy_is_finished_only_if_something_was_inspected(fails: set[int]) -> None:
    watch = FrameInspector([Sees(lambda frame: None if frame.pts in fails else found())], observed=Observed.NOTHING)
    redactor = Redactor(CoverPlan(RULES, hold_s=0.5, motion=False), style_named("solid"), look_ahead_s=0.5)
    kept = Kept()
    work = run(Clip([0, 40, 80]), watch, redactor, output=Demanding(kept, redactor, name="a film"))
    if len(fails) == 3:
        with pytest.raises(
            DetectorError, match=r"^a film: no frame could be inspected .*instead of Detections.*--effort fast"
        ):
            list(work)
    else:
        list(work)
    watch.close()
    assert kept.finished == (len(fails) < 3)


def test_a_damaged_picture_is_a_black_copy_and_no_fault_of_the_detectors() -> None:
    watch = FrameInspector([Sees(lambda frame: found())], observed=Observed.NOTHING)
    redactor = Redactor(CoverPlan(RULES, hold_s=0.5, motion=False), style_named("solid"), look_ahead_s=0.5)
    kept = Kept()
    list(run(Clip([0], damaged={0: "torn"}), watch, redactor, output=Demanding(kept, redactor, name="a film")))
    watch.close()
    assert kept.finished


def test_a_foreign_error_of_the_source_comes_out_as_it_is() -> None:
    class Odd(Clip):
        def __iter__(self) -> Iterator[Frame]:
            yield from Clip([0, 40])
            msg = "a bug"
            raise ZeroDivisionError(msg)

    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(covering(Odd([]), Kept(), sees_the_walker))


def test_the_source_is_read_only_a_little_ahead() -> None:
    taken: list[int] = []

    class Told(Clip):
        def __iter__(self) -> Iterator[Frame]:
            for frame in super().__iter__():
                taken.append(frame.pts)
                yield frame

    work = covering(Told(range(0, 1_000_000, 40)), Kept(), sees_the_walker)
    for _ in range(10):
        next(work)
    threading.Event().wait(0.2)
    assert len(taken) < 100
    work.close()  # type: ignore[attr-defined]  # it is a generator


def test_a_source_that_blocks_for_ever_does_not_keep_the_end_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passerby.pipelines.recording.FAREWELL_S", 0.2)
    ends = threading.Event()

    def blocked() -> Iterator[int]:
        yield 1
        ends.wait(20)

    with Prefetch(blocked()) as items:
        assert next(iter(items)) == 1
    assert not ends.is_set()
    ends.set()
