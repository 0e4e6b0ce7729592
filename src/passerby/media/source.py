"""The seam where pictures come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from passerby.media.frame import Frame
from passerby.media.layout import Shape


class Source(Protocol):
    """Frames of one camera or file, in order of presentation, each exactly once.

    What cannot be decoded is yielded all the same, black and with `Frame.damaged` set: a gap would
    shift time, and a guess would show what nobody inspected.
    """

    name: str
    shape: Shape
    length: int | None
    """Frames to expect, as the container says; None when unknown. For progress only."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; raise SourceError when nothing more can be read of a broken source."""
        ...

    def close(self) -> None:
        """Free files and memory; harmless when repeated."""
        ...
