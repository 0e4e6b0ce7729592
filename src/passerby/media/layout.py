"""How a picture's samples are stored in memory and displayed; shared by raw and covered pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8] | NDArray[np.uint16]


class Layout(StrEnum):
    """How a picture's samples are stored in memory; every source is converted to one of these."""

    YUV420 = "yuv420p"
    """Three planes: Y (H, W), U and V (ceil(H/2), ceil(W/2)), uint8."""
    YUV420_10 = "yuv420p10le"
    """As YUV420, but uint16 with values in [0, 1023]."""
    RGB = "rgb24"
    """One plane (H, W, 3), uint8: for still pictures, so that what is not covered stays exact."""


class Fields(StrEnum):
    """Whether a picture was taken at one moment, or its even and odd rows at two (interlaced)."""

    NONE = ""
    TOP_FIRST = "tff"
    BOTTOM_FIRST = "bff"


@dataclass(frozen=True, slots=True)
class Colour:
    """Tags that tell a player how to display the samples (FFmpeg's numbers; 2 = unspecified)."""

    full_range: bool = False
    primaries: int = 2
    transfer: int = 2
    matrix: int = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """The properties shared by all pictures of a stream: everything that an encoder needs to know.

    Args:
        width: Width, px, after rotation.
        height: Height, px, after rotation.
        layout: How the planes are stored in memory.
        colour: Colour tags.
        rate: Nominal frames per second; each frame has its own exact time.
        time_base: Seconds per unit of `pts`.
        sample_aspect_ratio: Width of a pixel over its height.
        fields: Which rows come first, so that a player can still separate them.
    """

    width: int
    height: int
    layout: Layout
    colour: Colour
    rate: Fraction
    time_base: Fraction
    sample_aspect_ratio: Fraction = Fraction(1)
    fields: Fields = Fields.NONE
