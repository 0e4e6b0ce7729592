"""Several detectors that look at one frame together, and the one answer they give."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.vision.detections import Detections
from passerby.vision.detector import Detector, detect_or_fail
from passerby.vision.inspect.planner import DetectorPlan, Planner, Seen
from passerby.vision.picture.crowd import DENSE_HITS, crowd_cells, faint_hits
from passerby.vision.picture.cuts import CutSide
from passerby.vision.picture.visibility import VisibilityMonitor

RECENT_S = 0.4
"""Who looked longer ago than this is asked even out of turn: what it found is held for a second at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """One pass: what all detectors saw in one frame, or why they did not.

    Args:
        time_s: Presentation time of the frame.
        found: The answer of each detector, in the order of the panel, None from one that was not asked;
            empty after a failure.
        failure: Why the answer cannot be trusted ("" = it can).
        hits: Faint traces of people, for `crowd.BUSY_HITS`.
        crowd: Cells that a dense crowd fills, shape (rows, columns); None where there is none.
        poor: Whether light or weather hide people, so that the answers are to be read at a lower score.
        blind: Why nobody could have been found ("" = somebody could): too dark, too blurred, too noisy.
        plan: Which plan looked, and why ("" = there was nothing to choose).
    """

    time_s: float
    found: tuple[Detections | None, ...] = ()
    failure: str = ""
    hits: int = 0
    crowd: NDArray[np.bool_] | None = None
    poor: bool = False
    blind: str = ""
    plan: str = ""


class DetectorEnsemble:
    """Detectors that look at one stream together; not to be shared between threads.

    Args:
        detectors: Their answers are united; at least one looks at every pass.
        occasional: Names of those that are asked at every other pass only, by turns, while passes follow one another
            closely: what they find is held longer than that, and the others inspect the frame.
        planner: Chooses who of them looks, instead of all.
        clock: Tells how long a pass takes, s.

    Raises:
        DetectorError: No detector looks at every pass: frames would count as inspected that nobody saw.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        occasional: Collection[str] = (),
        planner: Planner | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.detectors = tuple(detectors)
        self.planner = planner
        self._clock = clock
        self._eye = VisibilityMonitor()
        self._plan = planner.plan if planner else DetectorPlan(occasional=tuple(occasional))
        self._begin(self._plan)

    def look(self, frame: Frame, side: CutSide = CutSide.NONE) -> Look:
        """Return what is seen in a frame; whatever goes wrong is a failed look, never an error.

        Args:
            frame: The frame.
            side: On which side of a cut it lies: beside one nobody takes turns.
        """
        try:
            if side is CutSide.NEW_SCENE:
                self._forget()
            return self._chosen(frame, side) if self.planner else self._pass(frame, side)
        except Exception as error:  # noqa: BLE001  # any failure costs the frame, never the thread that asks
            return Look(frame.time_s, failure=str(error) or f"a detector failed: {type(error).__name__}")

    def _begin(self, plan: DetectorPlan) -> None:
        """Ask all detectors of a plan anew: what they answered before it is of another time."""
        places = [k for k, each in enumerate(self.detectors) if not plan.detectors or each.name in plan.detectors]
        inside = [self.detectors[place] for place in places]
        if all(detector.name in plan.occasional for detector in inside):
            msg = "nobody would look at every pass; name a detector that is not occasional"
            raise DetectorError(msg)
        self._plan, self._places, self._inside = plan, places, inside
        self._last: list[Detections | None] = [None] * len(inside)
        self._asked_s = [-inf] * len(inside)
        self._passes = 0

    def _forget(self) -> None:
        """Drop what was seen before a cut: it says nothing of the scene behind it."""
        self._eye = VisibilityMonitor()
        self._begin(self._plan)

    def _chosen(self, frame: Frame, side: CutSide) -> Look:
        """Let the planner choose who looks, and learn from it."""
        planner = self.planner
        if planner is None:
            return self._pass(frame, side)
        if planner.plan is not self._plan:
            self._begin(planner.plan)
        why, since_s = planner.why, self._clock()
        look = self._pass(frame, side)
        cost_ms = 1000 * (self._clock() - since_s)
        known = Detections.joined([answer for answer in look.found if answer is not None])
        longer_px, anew = max(frame.width, frame.height), side is CutSide.NEW_SCENE
        planner.learn(Seen(known, look.hits, longer_px, look.poor, cost_ms, anew=anew))
        return replace(look, plan=why)

    def _pass(self, frame: Frame, side: CutSide) -> Look:
        """Ask every detector whose turn it is; the last answers of the others still tell how dense it is."""
        turns = self._plan.occasional if side is CutSide.NONE else ()
        resting = {name for turn, name in enumerate(turns) if (self._passes + turn) % 2}
        skips = [
            each.name in resting and frame.time_s - asked_s <= RECENT_S
            for each, asked_s in zip(self._inside, self._asked_s, strict=True)
        ]
        self._passes += 1
        found = [None if skip else detect_or_fail(each, frame) for each, skip in zip(self._inside, skips, strict=True)]
        self._asked_s = [old if skip else frame.time_s for old, skip in zip(self._asked_s, skips, strict=True)]
        self._last = [old if new is None else new for new, old in zip(found, self._last, strict=True)]
        known = [new for new in self._last if new is not None]  # all of them, since the first pass asks all
        hits = faint_hits(known, [detector.finds for detector in self._inside])
        crowd = crowd_cells(frame, known) if hits >= DENSE_HITS else None
        seen = self._eye.judge(frame)
        answers = dict(zip(self._places, found, strict=True))
        ordered = tuple(answers.get(place) for place in range(len(self.detectors)))
        return Look(frame.time_s, ordered, "", hits, crowd, seen.poor, seen.blind)
