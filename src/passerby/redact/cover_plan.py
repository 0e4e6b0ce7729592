"""From passes to cover: joins the timelines of all rules, motion and the fixed masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from passerby.redact.mask import Cover
from passerby.redact.rule import Rule
from passerby.redact.timeline import Timeline
from passerby.vision.watch import Look

MOTION_MARGIN = 0.2


class CoverPlan:
    """Knows what to cover in any stretch between two passes, as long as it is asked in order.

    Args:
        rules: What of each kind is covered.
        hold_s: Cover reaches this far before the first and after the last finding.
        motion: Whether what moves is covered too.
    """

    def __init__(self, rules: Sequence[Rule], *, hold_s: float, motion: bool) -> None:
        self.hold_s = hold_s
        self._motion = motion
        self._lines = [(rule, Timeline(hold_s=hold_s, margin=rule.margin)) for rule in rules]
        self._stretch = (np.inf, np.inf)
        self._found = (np.empty((0, 4), np.float32), np.empty(0, np.bool_))

    def observe(self, look: Look) -> None:
        """Take a pass that did not fail; passes come in order of time."""
        for rule, line in self._lines:
            boxes, scores = rule.boxes(look.found)
            line.observe(look.time_s, boxes=boxes, scores=scores)
        self._stretch = (np.inf, np.inf)

    def cover(self, start_s: float, end_s: float, *, moving_px: NDArray[np.float32]) -> Cover:
        """Return the cover of a frame between two passes.

        Args:
            start_s: Time of the pass at or before the frame.
            end_s: Time of the pass at or after it; frames are asked for in order of time.
            moving_px: Shape (N, 4), boxes round what moves in the frame.
        """
        if (start_s, end_s) != self._stretch:
            self._found = self._between(start_s, end_s)
            self._stretch = (start_s, end_s)
        boxes, bodies = self._found
        if self._motion and len(moving_px):
            grow = (moving_px[:, 2:] - moving_px[:, :2]) * (MOTION_MARGIN / 2)
            moved = np.concatenate((moving_px[:, :2] - grow, moving_px[:, 2:] + grow), axis=1)
            boxes = np.concatenate((boxes, moved))
            bodies = np.concatenate((bodies, np.zeros(len(moved), np.bool_)))
        return Cover(_outwards(boxes), bodies)

    def _between(self, start_s: float, end_s: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        boxes, bodies = [], []
        for rule, line in self._lines:
            line.forget(start_s)
            found = line.between(start_s, end_s)
            boxes.append(found)
            bodies.append(np.full(len(found), rule.body))
        if not boxes:
            return np.empty((0, 4), np.float32), np.empty(0, np.bool_)
        return np.concatenate(boxes), np.concatenate(bodies)


def _outwards(boxes: NDArray[np.float32]) -> NDArray[np.int32]:
    """Round away from the middle, so that no touched pixel stays bare."""
    limited = np.clip(boxes, -1e6, 1e6)
    return np.concatenate((np.floor(limited[:, :2]), np.ceil(limited[:, 2:])), axis=1).astype(np.int32)
