"""Which detectors look during a stretch of video: as the scene needs, within what a pass may cost.

Without a budget the need alone decides. With one, the hardest plan that fits is the limit; when even the
easiest does not fit, it stays: who asks for passes then has fewer of them, and what they miss is covered whole.
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
"""From this score on a body tells how large people are, and is expected again in the next pass."""
SCALE_PX = 640
"""Bodies are measured as in a picture whose longer side has this many pixels."""
SMALL_PX = 40
"""Smaller bodies are found better in a larger picture."""
LARGE_PX = 110
"""Larger ones are found in a small picture as well."""
LOST_SHARE = 0.3
"""From this share of clear bodies on that the pass before did not have, passes disagree."""
SAME_OVERLAP = 0.1
"""Intersection over union from which boxes of two passes may be the same body."""
UP_PASSES = 3
"""So many passes in a row must want more."""
DOWN_PASSES = 24
"""So many must be content with less: 3 s."""
BEHIND_PASSES = 80
"""For so many, 10 s, a plan that was too much is not tried again."""
MEASURED = 4
"""Passes before the cost of a plan counts."""
SETTLES = 0.2
"""How much the newest cost moves the mean."""
HEADROOM = 0.85
"""Share of the budget that a harder plan may be expected to cost."""
EASY, USUAL, HARD = range(3)


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """Who looks from one pass to the next.

    Args:
        name: For reports.
        detectors: Names of those that look; empty = all.
        occasional: Names of those of them that are asked at every other pass only, by turns.
        usual_cost: Of a pass, next to those of other plans, as long as it was not measured.
    """

    name: str = ""
    detectors: frozenset[str] = frozenset()
    occasional: tuple[str, ...] = ()
    usual_cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a planner learns of one pass.

    Args:
        found: All that was found.
        hits: Faint traces of people, as `crowd.faint_hits` counts them.
        longer_px: Longer side of the picture.
        poor: Whether light or weather hide people.
        cost_ms: Time that the pass took.
        anew: Whether the scene has just begun: it need not agree with the pass before.
    """

    found: Detections
    hits: int
    longer_px: int
    poor: bool
    cost_ms: float
    anew: bool = False


class Planner:
    """Chooses among the plans of one stream: asked for its `plan` before each pass, told after it.

    Args:
        plans: An easy, a usual and a hard one; all their detectors have passed the self-test.
        budget_ms: What a pass may cost on average; None = what the scene needs. With one, the usual plan is
            the first; without, the hard one is, until the scene is known.
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
        self._barred, self._barred_passes = HARD + 1, 0
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
        """Take what a pass saw and cost."""
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
        """Take an easier plan for some time: frames wait for the detectors."""
        self._barred, self._barred_passes = max(self._level, USUAL), BEHIND_PASSES
        if self._level > EASY:
            self._go(self._level - 1, "frames had to wait")

    def _go(self, level: int, reason: str) -> None:
        self._level, self._reason = level, reason
        self._passes = self._more = self._less = 0
        self._before = None  # other detectors: nothing to agree with

    def _measure(self, cost_ms: float) -> None:
        self._passes += 1
        unit_ms = cost_ms / self._relative[self._level]
        if not self._unit_ms:
            self._unit_ms = unit_ms
        elif self._passes == MEASURED:  # the plan's own cost, by what the one before it cost
            self._relative[self._level] *= min(4.0, max(0.25, unit_ms / self._unit_ms))
        else:
            self._unit_ms += SETTLES * (unit_ms - self._unit_ms)

    def _limit(self) -> int:
        """Return the hardest plan that may be taken."""
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
        before, self._before = None if seen.anew else self._before, bodies
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
    """Return the share of bodies that have no counterpart in the other of two passes."""
    count = max(len(bodies), len(before))
    if not count:
        return 0.0
    common = shared_areas(bodies, before)
    overlap = common / np.maximum(areas(bodies)[:, None] + areas(before)[None] - common, 1e-6)
    met = (overlap >= SAME_OVERLAP).any(axis=int(len(bodies) >= len(before))) if overlap.size else np.empty(0)
    return 1.0 - float(np.sum(met)) / count
