"""Chooses which detectors run for the next passes: as the scene needs, within the time that a pass may cost.

Without a budget, only the need decides. With a budget, the hardest plan that fits is the limit. When even the
easiest plan does not fit, it is used anyway: the caller then makes fewer passes, and frames that they miss are
covered whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.vision.boxes import areas, shared_areas
from passerby.vision.detections import Detections, Kind
from passerby.vision.picture.crowd import BUSY_HITS, DENSE_HITS

CLEAR_SCORE = 0.3
"""From this score on, a body is used to measure how large people are, and is expected again in the next pass."""
SCALE_PX = 640
"""Body heights are scaled to a picture whose longer side has this many pixels."""
SMALL_PX = 40
"""Bodies smaller than this are found better in a larger picture."""
LARGE_PX = 110
"""Bodies larger than this are also found in a small picture."""
LOST_SHARE = 0.3
"""If more than this share of confident bodies has no counterpart in the other pass, two passes in a row disagree."""
SAME_OVERLAP = 0.1
"""Intersection over union from which boxes of two passes may be the same body."""
UP_PASSES = 3
"""Passes in a row that must need a harder plan before it is chosen."""
DOWN_PASSES = 24
"""Passes in a row for which an easier plan must be enough before it is chosen: 3 s."""
BEHIND_PASSES = 80
"""Passes, 10 s, for which a plan that was too expensive is not tried again."""
MEASURED = 4
"""Passes after which the cost of a plan is measured."""
SETTLES = 0.2
"""Weight of the newest cost in the running mean."""
HEADROOM = 0.85
"""A harder plan is chosen only if its expected cost is within this share of the budget."""
EASY, USUAL, HARD = range(3)


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """Which detectors run in a pass.

    Args:
        name: Name in reports.
        detectors: Names of the detectors that run; empty = all.
        occasional: Names of those that run only in every other pass, alternately.
        usual_cost: Cost of a pass relative to other plans, used until it is measured.
    """

    name: str = ""
    detectors: frozenset[str] = frozenset()
    occasional: tuple[str, ...] = ()
    usual_cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a planner learns from one pass.

    Args:
        found: All detections.
        hits: Weak traces of people, as `crowd.faint_hits` counts them.
        longer_px: Longer side of the picture.
        poor: Whether bad light or weather may hide people.
        cost_ms: Time that the pass took.
        anew: Whether the scene has just begun, so that it need not agree with the pass before.
    """

    found: Detections
    hits: int
    longer_px: int
    poor: bool
    cost_ms: float
    anew: bool = False


class Planner:
    """Chooses among the plans of one stream: read `plan` before each pass and call `learn` after it.

    Args:
        plans: An easy, a usual and a hard plan; all their detectors have passed the self-test.
        budget_ms: Time that a pass may take on average; None = as much as the scene needs. With a budget, the usual
            plan is used first; without one, the hard plan is used until the scene is known.
    """

    def __init__(self, plans: Sequence[DetectorPlan], *, budget_ms: float | None = None) -> None:
        self._plans = tuple(plans)
        self._budget_ms = budget_ms
        self._level = HARD if budget_ms is None else USUAL
        self._reason = "at the start"
        self._relative = [plan.usual_cost for plan in plans]
        self._unit_ms = 0.0  # cost of a pass over its plan's relative cost
        self._passes = 0  # of this plan
        self._more = self._less = 0
        self._barred = HARD + 1
        self._barred_passes = 0
        self._before: NDArray[np.float32] | None = None

    @property
    def plan(self) -> DetectorPlan:
        """The plan of the next pass."""
        return self._plans[self._level]

    @property
    def why(self) -> str:
        """The plan's name and why it was chosen, for reports."""
        return f"{self.plan.name}: {self._reason}"

    def learn(self, seen: Seen) -> None:
        """Record what a pass found and cost, and choose the plan for the next one."""
        self._measure(seen.cost_ms)
        self._barred_passes -= 1
        wanted, reason = self._wanted(seen)
        limit = self._limit()
        if self._level > limit:
            self._go(self._level - 1, "over its budget")
            return
        wanted = min(wanted, limit)
        self._more = self._more + 1 if wanted > self._level else 0
        self._less = self._less + 1 if wanted < self._level else 0
        if self._more >= UP_PASSES:
            self._go(wanted, reason)
        elif self._less >= DOWN_PASSES:
            self._go(self._level - 1, reason)

    def fell_behind(self) -> None:
        """Use an easier plan for some time, because frames had to wait for the detectors."""
        self._barred = max(self._level, USUAL)
        self._barred_passes = BEHIND_PASSES
        if self._level > EASY:
            self._go(self._level - 1, "frames had to wait")

    def _go(self, level: int, reason: str) -> None:
        self._level = level
        self._reason = reason
        self._passes = self._more = self._less = 0
        self._before = None  # other detectors: no earlier pass to compare with

    def _measure(self, cost_ms: float) -> None:
        self._passes += 1
        unit_ms = cost_ms / self._relative[self._level]
        if not self._unit_ms:
            self._unit_ms = unit_ms
        elif self._passes == MEASURED:  # the plan's own cost, relative to that of the previous plan
            self._relative[self._level] *= min(4.0, max(0.25, unit_ms / self._unit_ms))
        else:
            self._unit_ms += SETTLES * (unit_ms - self._unit_ms)

    def _limit(self) -> int:
        """Return the hardest plan that may be used."""
        limit = self._barred - 1 if self._barred_passes > 0 else HARD
        if self._budget_ms is None:
            return limit
        for level in range(limit, EASY, -1):
            expected_ms = self._unit_ms * self._relative[level]
            current = level == self._level
            if (current and self._passes < MEASURED) or expected_ms <= self._budget_ms * (1 if current else HEADROOM):
                return level
        return EASY

    def _wanted(self, seen: Seen) -> tuple[int, str]:
        """Return the plan that the scene needs, and why."""
        bodies = seen.found.of(frozenset({Kind.PERSON}), CLEAR_SCORE).boxes_px
        heights = (bodies[:, 3] - bodies[:, 1]) * SCALE_PX / seen.longer_px
        before = None if seen.anew else self._before
        self._before = bodies
        smallest = float(heights.min()) if len(heights) else np.inf
        needs = (
            (seen.hits >= DENSE_HITS, USUAL, "a crowd is covered as a region"),
            (seen.hits >= BUSY_HITS, HARD, "many people"),
            (seen.poor, HARD, "bad light"),
            (smallest < SMALL_PX, HARD, "small people"),
            (before is not None and _lost(bodies, before) > LOST_SHARE, HARD, "passes disagree"),
            (LARGE_PX < smallest < np.inf, EASY, "large people only"),
        )
        return next(((level, reason) for holds, level, reason in needs if holds), (USUAL, "nothing special"))


def _lost(bodies: NDArray[np.float32], before: NDArray[np.float32]) -> float:
    """Return the share of bodies in two passes that have no counterpart in the other pass."""
    count = max(len(bodies), len(before))
    if not count:
        return 0.0
    common = shared_areas(bodies, before)
    overlap = common / np.maximum(areas(bodies)[:, None] + areas(before)[None] - common, 1e-6)
    met = (overlap >= SAME_OVERLAP).any(axis=int(len(bodies) >= len(before))) if overlap.size else np.empty(0)
    return 1.0 - float(np.sum(met)) / count
