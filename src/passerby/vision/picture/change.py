"""Detects when a camera no longer shows what it showed a moment ago: it was moved, turned or blinded."""

from __future__ import annotations

from collections import deque
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.sampling import luma

WIDTH, HEIGHT = 96, 54
"""Size of the picture that is compared, px: people hardly change it, a change of the camera shows everywhere."""
JUMP_LEVELS = 20.0
"""A mean brightness that differs by more than this, of 255, is a jump in exposure or a light being switched."""
SHIFT_PX = 2.0
"""A quarter of the picture that is shifted by more than this, of WIDTH, has moved."""
SURE_SHIFT = 0.3
"""Least response of the phase correlation, in [0, 1], for a shift to be believed."""
LEAST_QUARTERS = 3
UNLIKE_LEVELS = 12.0
UNLIKE = 0.7
"""Pictures that differ by more than UNLIKE_LEVELS and correlate less than this show something else."""
RECENT = 64
"""Frames that may wait for a pass while newer ones are compared."""

Small = NDArray[np.float32]


class Change:
    """Compares each frame with the last one that the detectors inspected."""

    def __init__(self) -> None:
        self._seen: tuple[float, Small] | None = None
        self._recent: deque[tuple[float, Small]] = deque(maxlen=RECENT)
        self._window = np.asarray(cv2.createHanningWindow((WIDTH // 2, HEIGHT // 2), cv2.CV_32F), np.float32)

    @property
    def seen_s(self) -> float:
        """Time of the frame that the detectors inspected last, s; -inf before the first."""
        return -np.inf if self._seen is None else self._seen[0]

    def of(self, frame: Frame) -> str:
        """Return what makes a frame differ from the one inspected last ("" = nothing)."""
        small = cv2.GaussianBlur(luma(frame, WIDTH, HEIGHT), (0, 0), 1.0).astype(np.float32)
        self._recent.append((frame.time_s, small))
        return "" if self._seen is None else self._compared(self._seen[1], small)

    def inspected(self, time_s: float) -> None:
        """Record that the detectors inspect the frame at that time."""
        self._seen = next((each for each in self._recent if each[0] == time_s), self._seen)

    def _compared(self, before: Small, now: Small) -> str:
        step = float(now.mean() - before.mean())
        if abs(step) > JUMP_LEVELS:
            return "the brightness jumped"
        rest = now - before - step
        if float(np.abs(rest).mean()) < UNLIKE_LEVELS / 4:
            return ""
        if self._shifted_quarters(before, now) >= LEAST_QUARTERS:
            return "the camera moved"
        alike = float(np.corrcoef(before.ravel(), now.ravel())[0, 1])
        return "the scene changed" if float(np.abs(rest).mean()) > UNLIKE_LEVELS and alike < UNLIKE else ""

    def _shifted_quarters(self, before: Small, now: Small) -> int:
        """Count the quarters of the picture that have shifted: a bus moves some of them, a camera moves all."""
        rows, columns = HEIGHT // 2, WIDTH // 2
        count = 0
        for y, x in product((0, rows), (0, columns)):
            part = (slice(y, y + rows), slice(x, x + columns))
            a, b = before[part].copy(), now[part].copy()  # OpenCV multiplies in place
            (across, down), sure = cv2.phaseCorrelate(a, b, self._window)
            count += sure > SURE_SHIFT and max(abs(across), abs(down)) > SHIFT_PX
        return count
