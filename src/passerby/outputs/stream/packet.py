"""One encoded covered picture on its way to viewers, recordings and other servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from passerby.health.status import Redaction


class StreamName(StrEnum):
    """The covered streams of a camera."""

    FULL = "full"
    WALL = "wall"
    """Small and at a low rate, for many cameras on one page."""


@dataclass(frozen=True, slots=True)
class StreamPacket:
    """One covered picture as H.264.

    Args:
        stream: Which stream it belongs to.
        data: Units of H.264 with start codes (Annex B); a keyframe includes its parameter sets (SPS, PPS).
        key: Whether decoding can begin here.
        time_s: UTC epoch time of capture, s; strictly increasing within a stream.
        width: Width of the picture, px; may change at a keyframe.
        height: Height of the picture, px; may change at a keyframe.
        redaction: How the picture was covered.
    """

    stream: StreamName
    data: bytes = field(repr=False)
    key: bool
    time_s: float
    width: int
    height: int
    redaction: Redaction
