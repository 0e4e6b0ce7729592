"""Detects a camera that pans, zooms or is carried too slowly for the background model to notice."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

STEP_S = 0.5
"""Pictures this far apart are compared."""
LEAST_SHIFT_PX = 0.8
"""Least shift per step in a picture of 320 columns: 10 px per second at 1080p. A still camera stays below 0.2."""
SURE_SHIFT = 0.15
"""Least response of the phase correlation, in [0, 1], for a shift to be believed."""
STEADY = 0.7
"""Least cosine between two shifts in a row: a camera that trembles in the wind moves back instead."""
LEAST_ROWS = 16
"""Least height of a quarter of the picture, px: lower ones give no reliable shift."""
LEAST_QUARTERS = 3
"""Quarters of the picture that must drift: a bus moves some of them, a camera moves all."""

Small = NDArray[np.float32]
Shifts = list[tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class _Step:
    """A picture, and how far each of its quarters has moved since the one before; None where unknown."""

    time_s: float
    small: Small
    shifts: Shifts


class Drift:
    """Compares successive pictures of one camera; pictures come in order of time."""

    def __init__(self) -> None:
        """Start with a camera that is assumed to stand still."""
        self._steps: deque[_Step] = deque(maxlen=2)
        self._window: Small | None = None
        self._drifts = False

    def observe(self, small: NDArray[np.uint8], time_s: float) -> bool:
        """Return whether the camera moves at present.

        Args:
            small: Brightness, shape (h, 320).
            time_s: Its time.
        """
        if self._steps and time_s - self._steps[-1].time_s < STEP_S:
            return self._drifts
        now = small.astype(np.float32)
        before = self._steps[-1] if self._steps and self._steps[-1].small.shape == now.shape else None
        step = _Step(time_s, now, self._shifts(before.small, now) if before else [None] * 4)
        self._drifts = before is not None and _steady(before.shifts, step.shifts)
        self._steps.append(step)
        return self._drifts

    def _shifts(self, before: Small, now: Small) -> Shifts:
        rows, columns = now.shape[0] // 2, now.shape[1] // 2
        if rows < LEAST_ROWS:
            return [None] * 4
        if self._window is None or self._window.shape != (rows, columns):
            self._window = np.asarray(cv2.createHanningWindow((columns, rows), cv2.CV_32F), np.float32)
        shifts: Shifts = []
        for y, x in product((0, rows), (0, columns)):
            part = (slice(y, y + rows), slice(x, x + columns))
            shift, sure = cv2.phaseCorrelate(before[part].copy(), now[part].copy(), self._window)
            shifts.append((shift[0], shift[1]) if sure >= SURE_SHIFT else None)
        return shifts


def _steady(before: Shifts, now: Shifts) -> bool:
    """Return whether most quarters kept moving in the same direction."""
    count = 0
    for one, other in zip(before, now, strict=True):
        if one is None or other is None:
            continue
        sizes = float(np.hypot(*one)), float(np.hypot(*other))
        if min(sizes) >= LEAST_SHIFT_PX:
            count += one[0] * other[0] + one[1] * other[1] >= STEADY * sizes[0] * sizes[1]
    return count >= LEAST_QUARTERS
