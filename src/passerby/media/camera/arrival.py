"""A picture as it arrives from a camera, and the connection that delivers such pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import av


@dataclass(frozen=True, slots=True)
class Arrival:
    """One decoded picture.

    Args:
        picture: The decoder's picture.
        aspect: Width of a pixel over its height.
        stream_s: The camera's timestamp, s; None if it sends none.
        damaged: Why it cannot be trusted ("" = intact).
        bits_per_pixel: As in `Frame`.
    """

    picture: av.VideoFrame
    aspect: Fraction
    stream_s: float | None
    damaged: str = ""
    bits_per_pixel: float = 0.0


class Connection(Protocol):
    """An open connection to a camera; when it ends, it is lost, unless it is `looped`."""

    codec: str
    """FFmpeg's name for the codec."""
    paced: bool
    """Whether pictures arrive as fast as they are read (a file) and must be delayed to real time."""
    looped: bool
    """Whether it starts again when it ends."""

    def __iter__(self) -> Iterator[Arrival]:
        """Yield pictures as they arrive, once; raise SourceError if no more can arrive."""
        ...

    def close(self) -> None:
        """Close it; safe to repeat."""
        ...
