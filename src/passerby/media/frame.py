"""One raw picture in memory: planes, time and colour tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from passerby.media.layout import Colour, Layout, Plane


@dataclass(frozen=True, slots=True)
class Frame:
    """A raw picture. It may go to `vision` and `redact`, and nowhere else.

    Args:
        planes: In the form of `layout`; upright (rotation is already applied); must not be written to.
        layout: How `planes` are stored in memory.
        pts: Presentation time in units of `time_base`, strictly increasing within a source.
        time_base: Seconds per unit of `pts`.
        camera: Name of the camera or file, for messages.
        colour: Colour tags to copy to the covered copy.
        damaged: Why the picture cannot be trusted ("" = intact); a damaged one is covered whole.
        bits_per_pixel: Current bits of its stream per pixel and picture; 0 if unknown.
    """

    planes: tuple[Plane, ...] = field(repr=False)
    layout: Layout
    pts: int
    time_base: Fraction
    camera: str
    colour: Colour = Colour()
    damaged: str = ""
    bits_per_pixel: float = 0.0

    @property
    def height(self) -> int:
        """Height of the picture, px."""
        return int(self.planes[0].shape[0])

    @property
    def width(self) -> int:
        """Width of the picture, px."""
        return int(self.planes[0].shape[1])

    @property
    def time_s(self) -> float:
        """Presentation time, s."""
        return float(self.pts * self.time_base)
