"""A detector that sees dark pictures brightened: shadows hide people whom stretched contrast does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from passerby.media.frame import Frame
from passerby.media.layout import Layout, Plane
from passerby.vision.detections import Detections
from passerby.vision.detector import Detector

DARK: Final = 96
"""A picture is brightened if half of it is darker than this grey level."""
GAMMA: Final = 0.6


class Brightened:
    """A `Detector` that shows dark pictures to another one after their shadows were brightened.

    Args:
        detector: The other one.
    """

    def __init__(self, detector: Detector) -> None:
        self.name = detector.name
        self.finds = detector.finds
        self._detector = detector

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return what the other one finds in each frame."""
        return self._detector.detect([brightened(frame) for frame in frames])


def brightened(frame: Frame) -> Frame:
    """Return a frame with brighter shadows; one that is bright already, or has 10 bits, is returned as it is."""
    luma = frame.planes[0]
    if frame.layout is Layout.YUV420_10 or float(np.median(luma[::8, ::8])) >= DARK:
        return frame
    table = np.rint(255 * (np.arange(256) / 255) ** GAMMA).astype(np.uint8)
    planes: tuple[Plane, ...] = (cv2.LUT(luma, table).astype(np.uint8, copy=False), *frame.planes[1:])
    return replace(frame, planes=planes)
