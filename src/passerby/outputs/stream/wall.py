"""Small covered pictures, for walls of many cameras and for their mosaic."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import OutputError
from passerby.health.status import Redaction
from passerby.media.layout import Layout
from passerby.redact.redactor import RedactedFrame

WALL_WIDTH = 320
"""Width of a picture on the wall, px."""


@dataclass(frozen=True, slots=True)
class WallPicture:
    """A covered picture, scaled down.

    Args:
        packed: Shape (width * height * 3 / 2,) uint8: the planes Y, U and V (4:2:0), one after the other.
        width: Width, px, even.
        height: Height, px, even.
        time_s: UTC epoch time of capture, s.
        redaction: How the picture was covered.
    """

    packed: NDArray[np.uint8] = field(repr=False)
    width: int
    height: int
    time_s: float
    redaction: Redaction

    def __post_init__(self) -> None:
        """Refuse a picture whose samples do not match its size."""
        if self.width % 2 or self.height % 2 or self.packed.shape != (self.width * self.height * 3 // 2,):
            msg = f"a wall picture of {self.width}x{self.height} cannot have {self.packed.shape} samples"
            raise OutputError(msg)


def wall_picture(frame: RedactedFrame, redaction: Redaction, *, width: int = WALL_WIDTH) -> WallPicture:
    """Scale a covered picture down; it keeps its proportions, and a smaller one keeps its size.

    Args:
        frame: The covered picture.
        redaction: How the picture was covered.
        width: Greatest width, px.
    """
    rows, columns = frame.planes[0].shape[:2]
    wide = min(width, columns) // 2 * 2 or 2
    high = max(2, round(rows * wide / columns / 2) * 2)
    return WallPicture(packed_at(frame, wide, high), wide, high, float(frame.pts * frame.time_base), redaction)


def packed_at(frame: RedactedFrame, width: int, height: int) -> NDArray[np.uint8]:
    """Return a covered picture as Y, U and V of 8 bits at another size, shape (width * height * 3 / 2,).

    Args:
        frame: The covered picture; RGB is refused: no camera delivers it.
        width: Width, px, even.
        height: Height, px, even.

    Raises:
        OutputError: The picture is RGB.
    """
    if frame.layout is Layout.RGB:
        msg = "a live picture must be YUV"
        raise OutputError(msg)
    if frame.layout is Layout.YUV420 and frame.planes[0].shape == (height, width):
        return np.asarray(frame.packed, np.uint8)
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    parts = []
    for plane, size in zip(frame.planes, sizes, strict=True):
        eight = (plane >> 2).astype(np.uint8) if frame.layout is Layout.YUV420_10 else plane
        parts.append(np.asarray(cv2.resize(eight, size, interpolation=cv2.INTER_AREA), np.uint8).ravel())
    return np.concatenate(parts)
