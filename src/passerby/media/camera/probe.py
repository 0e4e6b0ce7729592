"""Tests what a camera sends before it is used."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass

from passerby.errors import SourceError
from passerby.media.address import Address, Transport
from passerby.media.camera.connect import connect

_LOOK_S = 3.0


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a camera sends.

    Args:
        codec: FFmpeg's name for the codec.
        width: Width, px.
        height: Height, px.
        fps: Pictures a second, over three seconds; 0 if only one arrived.
        first_s: Time from the attempt to connect to the first picture, s.
    """

    codec: str
    width: int
    height: int
    fps: float
    first_s: float

    def __str__(self) -> str:
        """Return a short description."""
        rate = f"{self.fps:.0f} pictures/s" if self.fps else "less than one picture in three seconds"
        return f"{self.codec} {self.width}x{self.height}, {rate}, first picture after {self.first_s:.1f} s"


def probe(address: Address, *, transport: Transport = Transport.TCP) -> ProbeResult:
    """Connect to a camera, read for three seconds, and disconnect.

    Raises:
        RefusedError: It rejects the password, or its stream can never be used.
        SourceError: It does not answer or sends no pictures.
    """
    began = time.monotonic()
    first, first_at, count, span_s = None, 0.0, 0, 0.0
    with closing(connect(address, transport)) as connection:
        for arrival in connection:
            now = time.monotonic()
            if first is None:
                first, first_at = arrival, now
            count += 1
            timed = connection.paced and arrival.stream_s is not None and first.stream_s is not None
            span_s = (arrival.stream_s or 0.0) - (first.stream_s or 0.0) if timed else now - first_at
            if span_s > _LOOK_S or now - first_at > _LOOK_S:
                break
        codec = connection.codec

    if first is None:
        msg = "it sends no picture that can be decoded"
        raise SourceError(msg)

    fps = (count - 1) / span_s if span_s > 0 else 0.0

    return ProbeResult(codec, first.picture.width, first.picture.height, fps, first_at - began)
