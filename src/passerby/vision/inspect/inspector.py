"""Decides which frames the detectors look at, asks them in time, and says what was seen when."""

from __future__ import annotations

import queue
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.detector import Detector
from passerby.vision.inspect.ensemble import DetectorEnsemble, Look
from passerby.vision.inspect.planner import Planner
from passerby.vision.picture.foreground import Foreground

PASS_GAP_S = 0.125
"""A frame counts as inspected when passes lie within this time before and after it."""
PATIENCE_S = 60.0
"""A detector that takes longer for one frame has failed."""
FAREWELL_S = 2.0
"""One that is late still gets this long to come back before it is left behind."""


@dataclass(frozen=True, slots=True)
class InspectedFrame:
    """A frame and what is known of it so far.

    Args:
        frame: The raw frame.
        look: The pass on this very frame; None where the passes around it must do.
        moving: What moves in it, as `Foreground.mask` gives it.
    """

    frame: Frame
    look: Look | None
    moving: NDArray[np.uint8] | None = None


class FrameInspector:
    """Several detectors that look at one stream together.

    Args:
        detectors: Their answers are united; at least one looks at every pass.
        occasional: Names of those that are asked at every other pass only: what they find is held longer
            than that, and the others inspect the frame.
        planner: Chooses who of them looks, instead of all.
        foreground: Whether motion before a still camera is an opinion too.
        patience_s: A detector that takes longer for one frame has failed.

    Raises:
        DetectorError: No detector looks at every pass: frames would count as inspected that nobody saw.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        occasional: Collection[str] = (),
        planner: Planner | None = None,
        foreground: bool = True,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._panel = DetectorEnsemble(detectors, occasional=occasional, planner=planner)
        self.detectors = self._panel.detectors
        self._foreground = Foreground() if foreground else None
        self._patience_s = patience_s
        self._asked: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Look] = queue.SimpleQueue()
        self._owed = 0
        self._thread = threading.Thread(target=self._answer, name="passerby-detect", daemon=True)
        self._thread.start()

    def inspect(self, frames: Iterable[Frame]) -> Iterator[InspectedFrame]:
        """Look at the first and the last sound frame and at enough between that each is inspected.

        While the detectors look at one frame, motion in the next ones is followed.
        """
        waiting: list[InspectedFrame] = []  # the first one is being looked at
        for frame, due in self._planned(frames):
            if due:
                yield from self._settled(waiting)
                refusal = self._ask(frame)
                waiting = [InspectedFrame(frame, refusal, self._moving(frame))]
            elif waiting and not frame.damaged:
                waiting.append(InspectedFrame(frame, None, self._moving(frame)))
            else:  # damage may go on for ever: it is handed on, not hoarded
                yield from self._settled(waiting)
                waiting = []
                yield InspectedFrame(frame, None, self._moving(frame))
        yield from self._settled(waiting)

    def _planned(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, bool]]:
        """Tell of each frame whether it needs a pass; that shows when the next sound one comes."""
        held: Frame | None = None
        behind: list[Frame] = []  # damaged frames that came after it
        last_pass_s = -np.inf
        for frame in frames:
            if held is not None:
                due = frame.time_s - last_pass_s > PASS_GAP_S
                if frame.damaged and not due:
                    behind.append(frame)
                    continue
                if due:
                    last_pass_s = held.time_s
                yield held, due
                yield from ((each, False) for each in behind)
                behind = []
            held = None if frame.damaged else frame
            if frame.damaged:
                yield frame, False
        if held is not None:
            yield held, True
            yield from ((each, False) for each in behind)

    def close(self) -> None:
        """Let the detectors' thread end; one that hangs is left behind."""
        self._asked.put(None)
        self._thread.join(FAREWELL_S if self._owed else self._patience_s)

    def _moving(self, frame: Frame) -> NDArray[np.uint8] | None:
        return None if self._foreground is None or frame.damaged else self._foreground.mask(frame)

    def _ask(self, frame: Frame) -> Look | None:
        """Let the detectors look at a frame; return a failure when they still hang on an earlier one."""
        while self._owed:  # an answer that came too late says nothing about this frame
            try:
                self._answers.get(block=False)
            except queue.Empty:
                return Look(frame.time_s, failure="a detector hangs")
            self._owed -= 1
        self._asked.put(frame)
        return None

    def _settled(self, waiting: list[InspectedFrame]) -> Iterator[InspectedFrame]:
        """Yield frames of which the first was asked about, with the answer or with why there is none."""
        if not waiting:
            return
        first = waiting[0]
        look = first.look
        if look is None:
            try:
                look = self._answers.get(timeout=self._patience_s)
            except queue.Empty:
                self._owed += 1
                look = Look(first.frame.time_s, failure=f"a detector gave no answer within {self._patience_s:g} s")
        yield InspectedFrame(first.frame, look, first.moving)
        yield from waiting[1:]

    def _answer(self) -> None:
        while (frame := self._asked.get()) is not None:
            self._answers.put(self._panel.look(frame))
