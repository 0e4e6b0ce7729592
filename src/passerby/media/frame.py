"""One raw picture in memory: planes, time and how to read its colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from passerby.media.layout import Colour, Layout, Plane


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
        bits_per_pixel: That its stream spends about now, per pixel and picture; 0 where it is not known.
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
