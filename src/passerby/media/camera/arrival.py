"""One picture as it arrives from a camera, and what brings such pictures."""

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
        picture: As the decoder gives it.
        aspect: Width of a pixel over its height.
        stream_s: Its time as the camera tells it, s; None when it tells none.
        damaged: Why it cannot be trusted ("" = sound).
        bits_per_pixel: As `Frame` has it.
    """

    picture: av.VideoFrame
    aspect: Fraction
    stream_s: float | None
    damaged: str = ""
    bits_per_pixel: float = 0.0


class Connection(Protocol):
    """An open connection to a camera; its end is a loss unless it is `looped`."""

    codec: str
    """FFmpeg's name of the codec."""
    paced: bool
    """Whether pictures come as fast as they are taken (a file), and must be held up to real time."""
    looped: bool
    """Whether it begins anew when it ends."""

    def __iter__(self) -> Iterator[Arrival]:
        """Yield pictures as they arrive, once; raise SourceError when no more can come."""
        ...

    def close(self) -> None:
        """Free it; harmless when repeated."""
        ...
