"""Runs detectors on a camera's frames as they arrive, with regular self-tests that prove the detectors work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.layout import Shape
from passerby.vision.inspect.ensemble import DetectorEnsemble, Look
from passerby.vision.inspect.patience import LONGEST, PROGRESS_S, spent_in
from passerby.vision.inspect.schedule import Schedule
from passerby.vision.inspect.self_test import self_test
from passerby.vision.picture.cuts import START, CutSide, ScenePosition

PATIENCE_S = 2.0
"""A pass that takes longer has failed; the loop continues without it."""
TEST_PATIENCE_S = 60.0
"""A self-test may take longer: the first one loads the networks."""
HANG_S = 10.0
"""Detectors that are late by more than this and have done nothing for as long need a restart of their process."""
TEST_EVERY_S = 300.0
"""A detector's answers do not count if its last self-test is longer ago than this, however long it was idle."""
UNDER_WAY = "the self-test is under way"
RETRY_S = 5.0
"""A failed self-test is repeated after this time."""


@dataclass(frozen=True, slots=True)
class _Glance:
    frame: Frame
    side: CutSide


@dataclass(frozen=True, slots=True)
class _Test:
    places: Sequence[int]  # indices of detectors in the ensemble
    shape: Shape


@dataclass(frozen=True, slots=True)
class _Answer:
    look: Look | None = None
    test: _Test | None = None
    failure: str = ""


class LiveInspector:
    """Runs a detector ensemble in a separate thread, one request at a time; its own methods never wait.

    Until the self-test has passed, and whenever it last failed, `refusal` says why no frame counts as inspected.

    Args:
        ensemble: The detectors.
        shape: Shape of the stream: the self-test scene is drawn in its proportions.
        lag_s: How old a frame may be when it is inspected, if newer ones wait.
        notify: Called from the detectors' thread when there is an answer.
    """

    def __init__(self, ensemble: DetectorEnsemble, shape: Shape, *, lag_s: float, notify: Callable[[], None]) -> None:
        self.refusal = UNDER_WAY
        self.schedule = Schedule(lag_s=lag_s)
        self._lag_s = lag_s
        self._ensemble = ensemble
        self._shape = shape
        self._notify = notify
        self._asked: queue.SimpleQueue[_Glance | _Test | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._at_work: tuple[_Glance | _Test, float, float] | None = None  # the request, its start time, its time limit
        self._late = False
        self._tested_s: float | None = None
        self.tests = 0
        """Number of self-tests that ended."""
        self.tests_failed = 0
        """Number of them that the detectors failed."""
        self._passed_s = [0.0] * len(ensemble.detectors)
        self._open = True
        self._thread = threading.Thread(target=self._answer, name="passerby-detect", daemon=True)
        self._thread.start()
        self._spent = spent_in(self._thread)
        self._progress = (
            0.0,
            0.0,
        )  # time since the request at the last sign of progress, and the processor time then

    @property
    def begun(self) -> bool:
        """Whether a self-test has passed or failed since the start."""
        return self._tested_s is not None

    def begin_again(self, shape: Shape) -> None:
        """Continue with pictures of another shape; if the proportions change, the self-test runs first."""
        self.schedule = Schedule(lag_s=self._lag_s)
        self._late = self._at_work is not None and isinstance(self._at_work[0], _Glance)  # its answer no longer counts
        if shape.width * self._shape.height != shape.height * self._shape.width:
            self.refusal = UNDER_WAY
            self._shape = shape
            self._tested_s = None

    def add(self, frame: Frame, place: ScenePosition = START) -> None:
        """Add an undamaged frame that arrived, with its take and scene."""
        self.schedule.add(frame, place)

    def ask(self, now_s: float) -> Frame | None:
        """Start the next self-test or pass if the detectors are free; return the frame if it is a pass.

        Args:
            now_s: The present, in the frames' time.
        """
        if self._at_work is not None:
            return None
        if due := self._due(now_s):
            patience_s = TEST_PATIENCE_S if self._tested_s is None else PATIENCE_S * len(due)
            self._begin(_Test(due, self._shape), now_s, patience_s)
            return None
        if self.refusal:  # an answer of failed detectors would count for frames still waiting when they recover
            return None
        frame = self.schedule.choose(now_s)
        if frame is not None:
            self._begin(_Glance(frame, self.schedule.side), now_s, PATIENCE_S)
        return frame

    def looks(self, now_s: float) -> Iterator[Look]:
        """Yield the passes that were finished since the last call, in order of time.

        Raises:
            DetectorError: The detectors hang.
        """
        while self._at_work is not None:
            what, since_s, patience_s = self._at_work
            try:
                answer = self._answers.get(block=False)
            except queue.Empty:
                yield from self._overdue(what, now_s - since_s, patience_s)
                return
            stale = self._late
            self._late = False
            self._at_work = None
            if answer.look is not None:
                self.schedule.took(now_s - since_s, now_s)
                if self.schedule.sparse and self._ensemble.planner is not None:  # it is idle until it is asked
                    self._ensemble.planner.fell_behind()
                if not stale:  # an answer that came too late no longer counts
                    yield answer.look
            elif answer.test is not None and answer.test.shape is self._shape:
                self._learn(answer.test, answer.failure, now_s)

    def close(self) -> None:
        """Let the thread end; one that hangs is abandoned."""
        self._open = False
        self._asked.put(None)

    def _begin(self, what: _Glance | _Test, now_s: float, patience_s: float) -> None:
        self._at_work = (what, now_s, patience_s)
        self._progress = (0.0, self._spent())
        self._asked.put(what)

    def _due(self, now_s: float) -> Sequence[int]:
        """Return which detectors to test now: all at first and after a failure, later one by one, idle or not."""
        everybody = range(len(self._passed_s))
        if self._tested_s is None:
            return everybody
        if self.refusal:
            return everybody if now_s - self._tested_s >= RETRY_S else ()
        oldest = min(everybody, key=self._passed_s.__getitem__)
        return (oldest,) if now_s - self._passed_s[oldest] >= TEST_EVERY_S else ()

    def _learn(self, test: _Test, failure: str, now_s: float) -> None:
        """Record the result of a self-test; the next tests of detectors tested together are spread evenly over time."""
        self.refusal = failure
        self.tests += 1
        self.tests_failed += bool(failure)
        self._tested_s = now_s
        for number, place in enumerate(test.places):
            self._passed_s[place] = now_s - TEST_EVERY_S * number / len(test.places)

    def _overdue(self, what: _Glance | _Test, waited_s: float, patience_s: float) -> Iterator[Look]:
        if self._hang(waited_s, patience_s):
            msg = f"a detector hangs: no answer for {waited_s:.0f} s"
            raise DetectorError(msg)
        if waited_s <= patience_s or self._late:
            return
        self._late = True
        if isinstance(what, _Test):
            self.refusal = f"the self-test is taking longer than {patience_s:g} s"
        else:
            yield Look(what.frame.time_s, failure=f"a detector gave no answer within {patience_s:g} s")

    def _hang(self, waited_s: float, patience_s: float) -> bool:
        """Return whether they have hung: on a busy machine, slow detectors still use processor time."""
        spent_s = self._spent()
        if spent_s - self._progress[1] >= PROGRESS_S:
            self._progress = (waited_s, spent_s)
        late_s, idle_s = waited_s - patience_s, waited_s - self._progress[0]
        return late_s > HANG_S and (idle_s > HANG_S or late_s > LONGEST * HANG_S)

    def _answer(self) -> None:
        while True:
            what = self._asked.get()
            if what is None or not self._open:
                return
            if isinstance(what, _Test):
                self._answers.put(_Answer(test=what, failure=self._failure(what)))
            else:
                self._answers.put(_Answer(look=self._ensemble.look(what.frame, what.side)))
            self._notify()

    def _failure(self, test: _Test) -> str:
        """Return why the tested detectors cannot be trusted ("" = they can)."""
        try:
            for place in test.places:
                self_test(self._ensemble.detectors[place], test.shape)
        except DetectorError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a missing model, too little memory: nothing is inspected
            return f"the self-test failed: {str(error) or type(error).__name__}"
        return ""
