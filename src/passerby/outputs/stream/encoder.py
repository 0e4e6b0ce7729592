"""Encodes covered pictures to packets of a live stream."""

from __future__ import annotations

from passerby.health.status import Redaction
from passerby.media.layout import Colour
from passerby.outputs.stream.h264 import H264
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WALL_WIDTH, packed_at
from passerby.redact.redactor import RedactedFrame

WALL_FPS = 10.0
WALL_KBIT = 250
EARLY_S = 0.02
"""A picture that is early for the wall's rate by no more than this counts as on time."""


class LiveEncoder:
    """Encodes one stream of one camera; starts again, with a keyframe, when the picture's size changes.

    Args:
        stream: `FULL` is as large as the camera's pictures; `WALL` is small and has a low rate.
        kbit: Bit rate of the full stream, kbit/s.
        rate: Expected pictures a second.
    """

    def __init__(self, stream: StreamName, *, kbit: int, rate: float) -> None:
        self._stream = stream
        wall = stream is StreamName.WALL
        self._kbit, self._rate = (WALL_KBIT, min(rate, WALL_FPS)) if wall else (kbit, rate)
        self._codec: H264 | None = None
        self._colour = Colour()
        self._key = False
        self._next_s = 0.0
        self._last_us = 0

    def ask_key(self) -> None:
        """Make the next picture a keyframe."""
        self._key = True

    def encode(self, frame: RedactedFrame, redaction: Redaction) -> StreamPacket | None:
        """Encode a covered picture; None if it exceeds the stream's rate or is not later than the last one.

        Args:
            frame: The covered picture; pictures arrive in order of time.
            redaction: How the picture was covered.

        Raises:
            OutputError: It cannot be encoded.
        """
        time_us = round(frame.pts * frame.time_base * 1_000_000)
        if time_us <= self._last_us or (self._stream is StreamName.WALL and not self._in_time(time_us / 1e6)):
            return None
        codec = self._fitting(frame)
        data, key = codec.encode(packed_at(frame, codec.width, codec.height), time_us, key=self._key)
        self._last_us = time_us
        self._key = self._key and not key
        if not data:
            return None
        return StreamPacket(self._stream, data, key, time_us / 1e6, codec.width, codec.height, redaction)

    def _in_time(self, time_s: float) -> bool:
        """Return whether to use a picture: at most `WALL_FPS`, evenly spaced, whatever the camera's rate."""
        if time_s < self._next_s - EARLY_S:
            return False
        self._next_s = max(self._next_s + 1 / WALL_FPS, time_s + 1 / WALL_FPS - EARLY_S)
        return True

    def _fitting(self, frame: RedactedFrame) -> H264:
        rows, columns = frame.planes[0].shape[:2]
        width = min(columns, WALL_WIDTH) if self._stream is StreamName.WALL else columns
        width, height = max(2, width // 2 * 2), max(2, round(rows * width / columns) // 2 * 2)
        codec = self._codec
        if codec is None or (codec.width, codec.height, self._colour) != (width, height, frame.colour):
            codec = H264(width, height, rate=self._rate, kbit=self._kbit, colour=frame.colour)
            self._codec = codec
            self._colour = frame.colour
        return codec
