"""Decides which frames the detectors inspect, runs them in time, and reports what they found in which frame."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.detector import Detector
from passerby.vision.inspect.ensemble import DetectorEnsemble, Look
from passerby.vision.inspect.outliner import Outliner
from passerby.vision.inspect.patience import PATIENCE_S, Clocks, Wait
from passerby.vision.inspect.planner import Planner
from passerby.vision.picture.cuts import START, Cuts, CutSide, ScenePosition
from passerby.vision.picture.scenery import Observed, Scenery
from passerby.vision.picture.similarity import STILL, Similarity

PASS_GAP_S = 0.125
"""A frame counts as inspected when there are passes in the same take within this time before and after it."""
LANES = 2
"""Networks that run at the same time: with three networks of much the same cost, more would save nothing."""
RETRIES = 3
"""How many times in a row to wait again for a detector that is late but working, before it is given up."""
FAREWELL_S = 2.0
"""How long to wait for a late detector when closing, before its thread is abandoned."""


@dataclass(frozen=True, slots=True)
class InspectedFrame:
    """A frame and what is known about it so far.

    Args:
        frame: The raw frame.
        look: The pass on this frame; None where only the passes around it apply.
        moving: What moves in it, as `Foreground.mask` returns it.
        place: Its take and scene.
        step: How the view moved since the frame before in this scene, px.
    """

    frame: Frame
    look: Look | None
    moving: NDArray[np.uint8] | None = None
    place: ScenePosition = START
    step: Similarity = STILL


@dataclass(frozen=True, slots=True)
class _Planned:
    """A frame, its take and scene, and on which side of a cut it lies; None where it needs no pass."""

    frame: Frame
    place: ScenePosition
    side: CutSide | None = None


class FrameInspector:
    """Several detectors that inspect one stream together.

    Args:
        detectors: Their answers are combined; at least one runs in every pass.
        occasional: Names of detectors that run only in every other pass: what they find is held longer
            than that, and the other detectors inspect the frame.
        planner: Chooses which detectors run, instead of all.
        observed: What is looked for beside what the detectors find.
        patience_s: A detector that works longer than this on one frame, or does nothing for this long, has failed.
        clocks: The clocks that measure this.
        outliner: Finds outlines in large boxes; None = boxes are covered whole.

    Raises:
        DetectorError: No detector runs in every pass: some frames would count as inspected that none inspected.
    """

    def __init__(  # noqa: PLR0913 - one argument for each part that tests replace
        self,
        detectors: Sequence[Detector],
        *,
        occasional: Collection[str] = (),
        planner: Planner | None = None,
        observed: Observed = Observed.MOTION,
        patience_s: float = PATIENCE_S,
        clocks: Clocks | None = None,
        outliner: Outliner | None = None,
    ) -> None:
        self._ensemble = DetectorEnsemble(
            detectors, occasional=occasional, planner=planner, outliner=outliner, lanes=min(LANES, os.cpu_count() or 1)
        )
        self.detectors = self._ensemble.detectors
        self.segmenters = outliner.segmenters if outliner else ()
        self._cuts = Cuts()
        self._scenery = None if observed is Observed.NOTHING else Scenery(motion=observed is Observed.MOTION)
        self._patience_s = patience_s
        self._clocks = clocks or Clocks()
        self._retries = RETRIES
        self._asked: queue.SimpleQueue[tuple[Frame, CutSide] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Look] = queue.SimpleQueue()
        self._owed = 0
        self._why = ""
        self._thread = threading.Thread(target=self._answer, name="passerby-detect", daemon=True)
        self._thread.start()

    def inspect(self, frames: Iterable[Frame]) -> Iterator[InspectedFrame]:
        """Inspect the first and last undamaged frame of each take, and enough between that all count as inspected.

        While the detectors work on one frame, the motion in the next frames is measured.
        """
        waiting: list[InspectedFrame] = []  # the detectors are working on the first one
        for each in self._planned(frames):
            frame, place = each.frame, each.place
            if each.side is not None:
                yield from self._settled(waiting)
                refusal = self._ask(frame, each.side)
                waiting = [self._watched(frame, place, refusal)]
            elif waiting and not frame.damaged:
                waiting.append(self._watched(frame, place))
            else:  # damaged frames may go on for ever: pass them on, do not collect them
                yield from self._settled(waiting)
                waiting = []
                yield self._watched(frame, place)
        yield from self._settled(waiting)

    def _planned(self, frames: Iterable[Frame]) -> Iterator[_Planned]:
        """Yield each frame with whether it needs a pass, which is known once the next undamaged frame arrives."""
        held: _Planned | None = None
        behind: list[_Planned] = []  # damaged frames that came after it
        before: ScenePosition | None = None  # of the undamaged frame before the held one
        last_pass_s = -np.inf
        place = START

        for frame in frames:
            place = place if frame.damaged else self._cuts.place(frame)
            here = _Planned(frame, place)
            if held is not None:
                side = CutSide.of(before, held.place, place)
                due = side is not CutSide.NONE or frame.time_s - last_pass_s > PASS_GAP_S
                if frame.damaged and not due:
                    behind.append(here)
                    continue
                if due:
                    last_pass_s = held.frame.time_s
                yield replace(held, side=side if due else None)
                yield from behind
                before, behind = held.place, []
            held = None if frame.damaged else here
            if frame.damaged:
                yield here

        if held is not None:
            yield replace(held, side=CutSide.of(before, held.place, None))
            yield from behind

    def close(self) -> None:
        """Let the detectors' thread end; one that hangs is abandoned."""
        self._asked.put(None)
        self._thread.join(FAREWELL_S if self._owed else self._patience_s)

    def _watched(self, frame: Frame, place: ScenePosition, look: Look | None = None) -> InspectedFrame:
        """Return a frame with what moves in it, and how the camera moved."""
        if self._scenery is None or frame.damaged:
            return InspectedFrame(frame, look, None, place)
        return InspectedFrame(frame, look, self._scenery.mask(frame, place), place, self._scenery.step)

    def _ask(self, frame: Frame, side: CutSide) -> Look | None:
        """Let the detectors inspect a frame; return a failure if they still hang on an earlier one."""
        while self._owed:  # an answer that came too late does not apply to this frame
            if self._late_answer() is None:
                return Look(frame.time_s, failure="a detector hangs")
            self._owed -= 1
            self._retries = RETRIES
        self._asked.put((frame, side))
        return None

    def _settled(self, waiting: list[InspectedFrame]) -> Iterator[InspectedFrame]:
        """Yield the waiting frames, the first with the detectors' answer or the reason why there is none."""
        if not waiting:
            return
        first = waiting[0]
        yield replace(first, look=first.look or self._next_answer() or self._late(first.frame))
        yield from waiting[1:]

    def _next_answer(self) -> Look | None:
        """Return the next answer; None if the detectors have stalled or worked on it for too long."""
        wait = Wait(self._patience_s, self._clocks)
        while True:
            try:
                return self._answers.get(timeout=wait.tick_s)
            except queue.Empty:
                self._why = wait.over()
            if self._why:
                self._retries = 0 if wait.stalled else self._retries - 1
                return None

    def _late_answer(self) -> Look | None:
        """Return an overdue answer; do not wait for detectors that have stalled or used up their retries."""
        if self._retries > 0:
            return self._next_answer()
        try:
            return self._answers.get(block=False)
        except queue.Empty:
            return None

    def _late(self, frame: Frame) -> Look:
        self._owed += 1
        return Look(frame.time_s, failure=self._why)

    def _answer(self) -> None:
        while (asked := self._asked.get()) is not None:
            self._answers.put(self._ensemble.look(*asked))
        self._ensemble.close()
