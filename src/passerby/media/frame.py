"""One raw picture in memory: planes, time and how to read its colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8] | NDArray[np.uint16]


class Layout(StrEnum):
    """How the samples of a picture lie in memory; every source is brought into one of these."""

    YUV420 = "yuv420p"
    """Three planes: Y (H, W), U and V (ceil(H/2), ceil(W/2)), uint8."""
    YUV420_10 = "yuv420p10le"
    """As YUV420, uint16 with values in [0, 1023]."""
    RGB = "rgb24"
    """One plane (H, W, 3), uint8: still pictures, so that what is not covered stays exact."""


@dataclass(frozen=True, slots=True)
class Colour:
    """Tags that tell a player how to show the samples (FFmpeg's numbers; 2 = unspecified)."""

    full_range: bool = False
    primaries: int = 2
    transfer: int = 2
    matrix: int = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """A raw picture. It may go to `vision` and `redact`, and nowhere else.

    Args:
        planes: As `layout` says; upright (rotation is already applied); read-only to everyone.
        layout: How `planes` lie in memory.
        pts: Presentation time in units of `time_base`, strictly increasing within a source.
        time_base: Seconds per unit of `pts`.
        camera: Name of the camera or file, for messages.
        colour: Colour tags to carry over to the covered copy.
        damaged: Why the picture cannot be trusted ("" = sound); a damaged one is covered whole.
    """

    planes: tuple[Plane, ...] = field(repr=False)
    layout: Layout
    pts: int
    time_base: Fraction
    camera: str
    colour: Colour = Colour()
    damaged: str = ""

    @property
    def height(self) -> int:
        """Rows of the picture, px."""
        return int(self.planes[0].shape[0])

    @property
    def width(self) -> int:
        """Columns of the picture, px."""
        return int(self.planes[0].shape[1])

    @property
    def time_s(self) -> float:
        """Presentation time, s."""
        return float(self.pts * self.time_base)
