"""Runs several detectors on one frame and combines their answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np
from numpy.typing import NDArray

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.vision.detections import Detections, Kind
from passerby.vision.detector import Detector, detect_or_fail
from passerby.vision.inspect.lanes import Lanes
from passerby.vision.inspect.outliner import Outliner
from passerby.vision.inspect.planner import DetectorPlan, Planner, Seen
from passerby.vision.models.catalogue import MODELS
from passerby.vision.picture.crowd import DENSE_HITS, crowd_cells, faint_hits
from passerby.vision.picture.cuts import CutSide
from passerby.vision.picture.structure import structured_cells
from passerby.vision.picture.visibility import VisibilityMonitor
from passerby.vision.silhouette import Silhouettes

log = logging.getLogger(__name__)

RECENT_S = 0.4
"""A detector that ran longer ago than this runs even out of turn: what it found is held for at most a second."""

SURE_SCORE = 0.6
CLOSE_FACE, CLOSE_BODY = 0.12, 0.5
"""Shares of the picture's height from which a confident face or body counts as a close-up."""


@dataclass(frozen=True, slots=True)
class Look:
    """One pass: what all detectors found in one frame, or why they failed.

    Args:
        time_s: Presentation time of the frame.
        found: The answer of each detector, in the order of the detectors, None from one that did not run;
            empty after a failure.
        failure: Why the answer cannot be trusted ("" = it can).
        hits: Number of weak traces of people, for `crowd.BUSY_HITS`.
        crowd: Cells that a dense crowd fills, shape (rows, columns); None where there is none.
        poor: Whether bad light or weather may hide people, so that lower scores count.
        harsh: Whether visibility is so bad that a weak box counts without a second opinion.
        blind: Why no one could have been found ("" = people could): too dark, too blurred, too noisy.
        plan: Which detector plan was used, and why ("" = there was nothing to choose).
        bodies: Indices of the detectors that find bodies, by model: those of one model cannot support each other.
        doubted: Indices of the detectors whose weak boxes need a second opinion.
        area_px: Area of the picture, px²; 0 if unknown, and then no box needs a second opinion.
        rows_px: Height of the picture, px; 0 if unknown.
        unclear: Cells that show something too coarsely for anyone to be found, as `crowd`; None where there are none.
        silhouettes: Where the bodies in large boxes are; None where boxes are covered whole.
    """

    time_s: float
    found: tuple[Detections | None, ...] = ()
    failure: str = ""
    hits: int = 0
    crowd: NDArray[np.bool_] | None = None
    poor: bool = False
    harsh: bool = False
    blind: str = ""
    plan: str = ""
    bodies: tuple[tuple[int, ...], ...] = ()
    doubted: frozenset[int] = frozenset()
    area_px: float = 0.0
    rows_px: float = 0.0
    unclear: NDArray[np.bool_] | None = None
    silhouettes: Silhouettes | None = None

    @property
    def unsupported(self) -> int:
        """Index of the last detector that answered and finds no bodies: its boxes need no second opinion; else 0."""
        bodies = {place for group in self.bodies for place in group}
        fit = [place for place, answer in enumerate(self.found) if answer is not None and place not in bodies]
        return fit[-1] if fit else 0

    def partners_of(self, place: int) -> list[int]:
        """Return the indices of the body networks that can support boxes of the one at a given index."""
        if not any(place in group for group in self.bodies):
            return []
        return [other for group in self.bodies if place not in group for other in group]


class DetectorEnsemble:
    """Detectors that inspect one stream together; must not be shared between threads.

    Args:
        detectors: Their answers are combined; at least one runs in every pass.
        occasional: Names of detectors that run only in every other pass, alternately, while passes follow one another
            closely: what they find is held longer than that, and the other detectors inspect the frame.
        planner: Chooses which detectors run, instead of all.
        clock: Measures how long a pass takes, s.
        outliner: Finds outlines in large boxes; None = boxes are covered whole. If it fails, the pass does not.
        lanes: How many detectors run at the same time, each on its thread.

    Raises:
        DetectorError: No detector runs in every pass: some frames would count as inspected that none inspected.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        occasional: Collection[str] = (),
        planner: Planner | None = None,
        clock: Callable[[], float] = time.perf_counter,
        outliner: Outliner | None = None,
        lanes: int = 1,
    ) -> None:
        self._lanes = Lanes(lanes)
        self.detectors = tuple(detectors)
        self._outliner = outliner
        self._outline_failed = False
        self.planner = planner
        self._clock = clock
        self._eye = VisibilityMonitor()
        self._plan = planner.plan if planner else DetectorPlan(occasional=tuple(occasional))
        self._begin(self._plan)
        if outliner is not None:
            outliner.forget()  # it may have looked at another stream

    def look(self, frame: Frame, side: CutSide = CutSide.NONE) -> Look:
        """Return what is found in a frame; any error is returned as a failed pass, never raised.

        Args:
            frame: The frame.
            side: On which side of a cut it lies: next to a cut, all detectors run.
        """
        try:
            if side is CutSide.NEW_SCENE:
                self._forget()
            return self._chosen(frame, side) if self.planner else self._pass(frame, side)
        except Exception as error:  # noqa: BLE001  # any failure costs the frame, never the calling thread
            return Look(frame.time_s, failure=str(error) or f"a detector failed: {type(error).__name__}")

    def close(self) -> None:
        """Let the threads of the lanes end."""
        self._lanes.close()

    def _begin(self, plan: DetectorPlan) -> None:
        """Start a plan: all of its detectors run in the next pass, and their earlier answers are dropped."""
        places = [k for k, each in enumerate(self.detectors) if not plan.detectors or each.name in plan.detectors]
        inside = [self.detectors[place] for place in places]
        if all(detector.name in plan.occasional for detector in inside):
            msg = "no detector would run in every pass; add one that is not occasional"
            raise DetectorError(msg)
        self._plan = plan
        self._places = places
        self._inside = inside
        self._bodies, self._doubted = _opinions(inside, places)
        self._last: list[Detections | None] = [None] * len(inside)
        self._asked_s = [-inf] * len(inside)
        self._passes = 0

    def _forget(self) -> None:
        """Drop what was found before a cut: it does not apply to the scene after it."""
        self._eye = VisibilityMonitor()
        if self._outliner is not None:
            self._outliner.forget()
        self._begin(self._plan)

    def _chosen(self, frame: Frame, side: CutSide) -> Look:
        """Run the detectors that the planner chooses, and let it learn from the pass."""
        planner = self.planner
        if planner is None:
            return self._pass(frame, side)
        if planner.plan is not self._plan:
            self._begin(planner.plan)
        why = planner.why
        since_s = self._clock()
        look = self._pass(frame, side)
        cost_ms = 1000 * (self._clock() - since_s)
        known = Detections.joined([answer for answer in look.found if answer is not None])
        longer_px = max(frame.width, frame.height)
        anew = side is CutSide.NEW_SCENE
        planner.learn(Seen(known, look.hits, longer_px, look.poor, cost_ms, anew=anew))
        return replace(look, plan=why)

    def _pass(self, frame: Frame, side: CutSide) -> Look:
        """Run every detector whose turn it is; the last answers of the others still count for density."""
        turns = self._plan.occasional if side is CutSide.NONE else ()
        resting = {name for turn, name in enumerate(turns) if (self._passes + turn) % 2}
        skips = [
            each.name in resting and frame.time_s - asked_s <= RECENT_S
            for each, asked_s in zip(self._inside, self._asked_s, strict=True)
        ]
        self._passes += 1
        at_work = [each for each, skip in zip(self._inside, skips, strict=True) if not skip]
        answers_of_pass = iter(self._lanes.results([partial(detect_or_fail, each, frame) for each in at_work]))
        found = [None if skip else next(answers_of_pass) for skip in skips]
        self._asked_s = [old if skip else frame.time_s for old, skip in zip(self._asked_s, skips, strict=True)]
        self._last = [old if new is None else new for new, old in zip(found, self._last, strict=True)]
        known = [new for new in self._last if new is not None]  # all of them, since the first pass runs all
        hits = faint_hits(known, [detector.finds for detector in self._inside])
        crowd = crowd_cells(frame, known) if hits >= DENSE_HITS else None
        seen = self._eye.judge(frame)
        near = close_up(Detections.joined(known), frame)  # then the picture can be inspected, whatever was measured
        answers = dict(zip(self._places, found, strict=True))
        ordered = tuple(answers.get(place) for place in range(len(self.detectors)))

        return Look(
            frame.time_s,
            ordered,
            hits=hits,
            crowd=crowd,
            unclear=structured_cells(frame, seen.contrast) if seen.squeezed and not near else None,
            poor=seen.poor,
            harsh=seen.harsh and not near,
            blind="" if near else seen.blind,
            bodies=self._bodies,
            doubted=self._doubted,
            area_px=float(frame.width * frame.height),
            rows_px=float(frame.height),
            silhouettes=self._silhouettes(frame, Detections.joined(known)),
        )

    def _silhouettes(self, frame: Frame, known: Detections) -> Silhouettes | None:
        """Return where bodies are in large boxes; None, so that the boxes are covered, if that fails."""
        if self._outliner is None:
            return None
        try:
            return self._outliner.outline(frame, known)
        except Exception as error:  # noqa: BLE001  # without an outline, more is covered
            if not self._outline_failed:
                log.warning("boxes_instead_of_outlines", extra={"reason": str(error) or type(error).__name__})
            self._outline_failed = True
            return None


def close_up(found: Detections, frame: Frame) -> bool:
    """Return whether the networks found a face or body that is large in the picture, with a high score.

    A small confident detection proves nothing about people farther away: at night, in heavy rain or out of focus
    MOT17-04 has one, and 6 to 11 % of the heads would be bare.
    """
    sure = found.scores >= SURE_SCORE
    heights = (found.boxes_px[:, 3] - found.boxes_px[:, 1]) / frame.height
    face = np.isin(found.kinds, [Kind.FACE, Kind.HEAD]) & (heights >= CLOSE_FACE)
    body = (found.kinds == Kind.PERSON) & (heights >= CLOSE_BODY)
    return bool((sure & (face | body)).any())


def _opinions(
    detectors: Sequence[Detector], places: Sequence[int]
) -> tuple[tuple[tuple[int, ...], ...], frozenset[int]]:
    """Return the indices of the detectors that find bodies, by model, and of those whose weak boxes need support."""
    models = [each.name.split("@")[0] for each in detectors]
    groups: dict[str, list[int]] = {}
    for detector, model, place in zip(detectors, models, places, strict=True):
        if Kind.PERSON in detector.finds:
            groups.setdefault(model, []).append(place)
    doubted = {place for model, group in groups.items() if model in MODELS and MODELS[model].doubted for place in group}
    return tuple(tuple(group) for group in groups.values()), frozenset(doubted)
