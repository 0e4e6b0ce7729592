"""Can people be found in this picture at all: contrast, sharpness, noise and glare of a small copy of it.

In bad light the nets still answer, only worse. What decides is measured on the brightness of a picture
at most 320 px wide, as shares of its own contrast, so that it means the same by day and by night
(docs/decisions/0006-bad-light.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.sampling import luma

WIDTH = 320
"""Columns of the picture that is judged, px."""
PLAIN_RANGE = 3
"""A picture whose brightest and darkest pixel differ by no more shows nothing, so nobody."""
POOR_CONTRAST, BLIND_CONTRAST = 100, 30
"""Grey levels between the darkest and the brightest 1 %: street scenes have 115 to 217, strong fog 42, night 22."""
POOR_SHARPNESS, BLIND_SHARPNESS = 0.30, 0.11
"""Edges (99th percentile of the Laplacian) over contrast: 0.34 to 1.1 in focus, close-ups from 0.17, blurred 0.07."""
POOR_NOISE, BLIND_NOISE = 0.012, 0.032
"""Fine change from look to look (median) over contrast: up to 0.01 by day, 0.015 dim, 0.04 to 0.06 in heavy rain."""
GLARE_LEVEL, POOR_GLARE = 230, 0.04
"""Share of pixels at the top of the range: lamps light up 0.02 of a street at night."""
DARK_LEVEL = 80
FINE_PX = 2.0


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a small copy of the picture says of how well people can be found in it.

    Args:
        contrast: Grey levels between the darkest and the brightest 1 % of the pixels.
        sharpness: 99th percentile of the absolute Laplacian over the contrast.
        noise: Median of the fine change since the look before over the contrast; 0 for the first look.
        glare: Share of the pixels at the top of the range, in [0, 1].
        brightness: Mean, grey levels.
        plain: Whether there is nothing to be seen at all.
    """

    contrast: float
    sharpness: float
    noise: float
    glare: float
    brightness: float
    plain: bool

    @property
    def poor(self) -> bool:
        """Whether the nets are to be read at a lower score."""
        return (
            self.contrast < POOR_CONTRAST
            or self.sharpness < POOR_SHARPNESS
            or self.noise > POOR_NOISE
            or self.glare > POOR_GLARE
        )

    @property
    def blind(self) -> str:
        """Why nobody could be found even if somebody were there ("" = somebody could)."""
        if self.plain:
            return ""
        if self.contrast < BLIND_CONTRAST:
            return "too dark to inspect" if self.brightness < DARK_LEVEL else "too little contrast to inspect"
        if self.sharpness < BLIND_SHARPNESS:
            return "too blurred to inspect"
        return "too noisy to inspect" if self.noise > BLIND_NOISE else ""


class Eye:
    """Judges the looks of one stream, in order."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None

    def judge(self, frame: Frame) -> Visibility:
        """Return how well people can be found in a frame."""
        width = min(WIDTH, frame.width)
        small = luma(frame, width, max(2, round(frame.height * width / frame.width)))
        seen = measure(small, self._before)
        self._before = small.astype(np.float32)
        return seen


def measure(small: NDArray[np.uint8], before: NDArray[np.float32] | None = None) -> Visibility:
    """Measure a small picture.

    Args:
        small: Shape (h, w), brightness.
        before: The same of the look before; None where there was none.
    """
    low, high = np.percentile(small, (1, 99))
    contrast = max(float(high - low), 1.0)
    edges = np.abs(cv2.Laplacian(small, cv2.CV_32F))
    change = 0.0
    if before is not None and before.shape == small.shape:
        moved = small - before
        change = float(np.median(np.abs(moved - cv2.GaussianBlur(moved, (0, 0), FINE_PX))))
    return Visibility(
        contrast=contrast,
        sharpness=float(np.percentile(edges, 99)) / contrast,
        noise=change / contrast,
        glare=float((small >= GLARE_LEVEL).mean()),
        brightness=float(small.mean()),
        plain=int(small.max()) - int(small.min()) <= PLAIN_RANGE,
    )
