"""The interface of everything that delivers frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from passerby.media.frame import Frame
from passerby.media.layout import Shape


class Source(Protocol):
    """Frames of one camera or file, in presentation order, each exactly once.

    A frame that cannot be decoded is still yielded, black and with `Frame.damaged` set: a gap would
    shift time, and a guess would show what was never inspected.
    """

    name: str
    shape: Shape
    length: int | None
    """Expected number of frames according to the container; None if unknown. For progress only."""

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; raise SourceError if nothing more can be read from a broken source."""
        ...

    def close(self) -> None:
        """Close files and release memory; safe to repeat."""
        ...
