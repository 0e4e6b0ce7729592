"""Detectors that look at a camera's frames while they come, and prove again and again that they can see."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.layout import Shape
from passerby.vision.detector import Detector
from passerby.vision.panel import Look, Panel
from passerby.vision.probe import self_test
from passerby.vision.schedule import Schedule

PATIENCE_S = 2.0
"""A pass that takes longer has failed; the loop goes on without it."""
TEST_PATIENCE_S = 60.0
"""A self-test may take longer: the first one loads the networks."""
HANG_S = 10.0
"""Detectors that are late by this much more do not come back: the process must be started anew."""
TEST_EVERY_S = 300.0
UNDER_WAY = "the self-test is under way"
RETRY_S = 5.0
"""A failed self-test is tried again this soon."""


@dataclass(frozen=True, slots=True)
class _Answer:
    look: Look | None = None
    shape: Shape | None = None
    failure: str = ""


class LiveWatch:
    """Asks a panel in a thread of its own, one thing at a time; its own methods never wait.

    Until the self-test has passed, and whenever it last failed, `refusal` says why nothing counts as inspected.

    Args:
        panel: Who looks.
        shape: Of the stream: the self-test scene is drawn in its proportions.
        lag_s: How old a frame may be when it is looked at, if newer ones wait.
        notify: Called from the panel's thread when there is an answer.
    """

    def __init__(self, panel: Panel, shape: Shape, *, lag_s: float, notify: Callable[[], None]) -> None:
        self.refusal = UNDER_WAY
        self.schedule = Schedule(lag_s=lag_s)
        self._lag_s = lag_s
        self._panel, self._shape, self._notify = panel, shape, notify
        self._asked: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._at_work: tuple[Frame | None, float, float] | None = None  # what is looked at, since when, how long
        self._late = False
        self._tested_s: float | None = None
        self._proven: Shape | None = None
        self._turn = 0
        self._open = True
        self._thread = threading.Thread(target=self._answer, name="passerby-detect", daemon=True)
        self._thread.start()

    @property
    def begun(self) -> bool:
        """Whether a self-test has passed or failed since the beginning."""
        return self._tested_s is not None

    def begin_again(self, shape: Shape) -> None:
        """Go on with pictures of another shape; of other proportions, the self-test comes first."""
        self.schedule = Schedule(lag_s=self._lag_s)
        self._late = self._at_work is not None and self._at_work[0] is not None  # that frame belongs to the past
        if shape.width * self._shape.height != shape.height * self._shape.width:
            self.refusal = UNDER_WAY
            self._shape, self._tested_s = shape, None

    def add(self, frame: Frame) -> None:
        """Take a sound frame that came in."""
        self.schedule.add(frame)

    def ask(self, now_s: float) -> Frame | None:
        """Give the detectors the next thing to look at if they are free; return the frame, if it is one.

        Args:
            now_s: The present, in the frames' time.
        """
        if self._at_work is not None:
            return None
        if self._tested_s is None or now_s - self._tested_s >= (RETRY_S if self.refusal else TEST_EVERY_S):
            self._begin(None, now_s, TEST_PATIENCE_S if self._tested_s is None else PATIENCE_S)
            return None
        if self.refusal:  # what blind detectors say now would count for frames that still wait when they see again
            return None
        frame = self.schedule.choose(now_s)
        if frame is not None:
            self._begin(frame, now_s, PATIENCE_S)
        return frame

    def looks(self, now_s: float) -> Iterator[Look]:
        """Yield what the detectors have answered since the last time, in order of time.

        Raises:
            DetectorError: They hang.
        """
        while self._at_work is not None:
            frame, since_s, patience_s = self._at_work
            try:
                answer = self._answers.get(block=False)
            except queue.Empty:
                yield from self._overdue(frame, now_s - since_s, patience_s)
                return
            stale, self._late, self._at_work = self._late, False, None
            if answer.look is not None:
                self.schedule.took(now_s - since_s, now_s)
                if self.schedule.sparse and self._panel.planner is not None:  # the panel is idle until it is asked
                    self._panel.planner.fell_behind()
                if not stale:  # what came too late says nothing any more
                    yield answer.look
            elif answer.shape is self._shape:
                self.refusal, self._tested_s = answer.failure, now_s

    def close(self) -> None:
        """Let the thread end; one that hangs is left behind."""
        self._open = False
        self._asked.put(None)

    def _begin(self, frame: Frame | None, now_s: float, patience_s: float) -> None:
        self._at_work = (frame, now_s, patience_s)
        self._asked.put(frame)

    def _overdue(self, frame: Frame | None, waited_s: float, patience_s: float) -> Iterator[Look]:
        if waited_s > patience_s + HANG_S:
            msg = f"a detector hangs since {waited_s:.0f} s"
            raise DetectorError(msg)
        if waited_s <= patience_s or self._late:
            return
        self._late = True
        if frame is None:
            self.refusal = f"the self-test takes longer than {patience_s:g} s"
        else:
            yield Look(frame.time_s, failure=f"a detector gave no answer within {patience_s:g} s")

    def _answer(self) -> None:
        while True:
            frame = self._asked.get()
            if not self._open:
                return
            self._answers.put(self._tested(self._shape) if frame is None else _Answer(self._panel.look(frame)))
            self._notify()

    def _tested(self, shape: Shape) -> _Answer:
        return _Answer(None, shape, self._test(shape))

    def _test(self, shape: Shape) -> str:
        """Return why the detectors cannot be trusted ("" = they can)."""
        try:
            for detector in self._due(shape):
                self_test(detector, shape)
            self._proven = shape
        except DetectorError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a model that is gone, memory that is short: nothing is inspected
            return f"the self-test failed: {str(error) or type(error).__name__}"
        return ""

    def _due(self, shape: Shape) -> Sequence[Detector]:
        """Return who is tested: all for a new shape or after a failure, later those at work and one other, by turns."""
        everybody, at_work = self._panel.detectors, self._panel.at_work
        idle = [each for each in everybody if each not in at_work]
        proven, self._proven = self._proven, None
        if proven is not shape or not idle:
            return everybody
        self._turn += 1
        return [*at_work, idle[self._turn % len(idle)]]
