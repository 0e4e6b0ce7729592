"""The seam where pictures come in."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

from passerby.media.frame import Colour, Frame, Layout


class Source(Protocol):
    """Frames of one camera or file, in order of presentation, each exactly once.

    What cannot be decoded is yielded all the same, black and with `Frame.damaged` set: a gap would
    shift time, and a guess would show what nobody inspected.
    """

    name: str
    width: int
    height: int
    layout: Layout
    colour: Colour
    time_base: Fraction
    rate: Fraction
    """Nominal frames per second; the true times are in `Frame.pts`."""
    length: int | None
    """Frames to expect, as the container says; None when unknown. For progress only."""
    sample_aspect_ratio: Fraction
    """Width of a pixel over its height."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; raise SourceError when nothing more can be read of a broken source."""
        ...

    def close(self) -> None:
        """Free files and memory; harmless when repeated."""
        ...
