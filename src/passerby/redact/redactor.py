"""Raw pixels end here: the only file that makes a `RedactedFrame`."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from passerby.media.layout import Colour, Layout, Plane


@dataclass(frozen=True, slots=True)
class RedactedFrame:
    """A covered picture: the only kind of picture that an output accepts.

    Args:
        planes: As `layout` says; contiguous, owned by this frame alone.
        layout: How `planes` lie in memory.
        pts: Presentation time in units of `time_base`.
        time_base: Seconds per unit of `pts`.
        colour: Colour tags of the source.
        whole: Why the whole picture is covered ("" = only parts are).
    """

    planes: tuple[Plane, ...] = field(repr=False)
    layout: Layout
    pts: int
    time_base: Fraction
    colour: Colour
    whole: str = ""
