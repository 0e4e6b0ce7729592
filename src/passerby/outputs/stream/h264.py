"""Encodes covered pictures to H.264 one at a time, without delay, for live streams."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from numpy.typing import NDArray

from passerby.errors import OutputError
from passerby.media.layout import Colour
from passerby.outputs.files.encode import without_user_data
from passerby.outputs.stream.jpeg import video_frame

_TICK = Fraction(1, 1_000_000)
_KEY_S = 4
"""Longest time between keyframes, whether or not somebody requests one."""
_OPTIONS = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "profile": "baseline",  # supported by every browser's WebRTC
    "forced-idr": "1",
    "x264-params": "repeat-headers=1:scenecut=0",
}


class H264:
    """An encoder of one stream of pictures of one size.

    Args:
        width: Width, px, even.
        height: Height, px, even.
        rate: Approximate pictures a second, used to distribute bits.
        kbit: Bit rate, kbit/s.
        colour: Colour space and range of the samples.

    Raises:
        OutputError: x264 rejects such pictures.
    """

    def __init__(self, width: int, height: int, *, rate: float, kbit: int, colour: Colour = Colour()) -> None:
        av.logging.set_libav_level(av.logging.PANIC)
        self.width = width
        self.height = height
        self._first_us: int | None = None
        self._context = VideoCodecContext.create("libx264", "w")
        context = self._context
        context.width = width
        context.height = height
        context.pix_fmt = "yuv420p"
        context.time_base = _TICK
        context.framerate = Fraction(max(1, round(rate)))
        context.bit_rate = kbit * 1000
        context.gop_size = max(1, round(rate * _KEY_S))
        context.thread_count = 1
        context.color_range = 2 if colour.full_range else 1
        context.color_primaries = colour.primaries
        context.color_trc = colour.transfer
        context.colorspace = colour.matrix
        context.options = _OPTIONS | {"maxrate": f"{kbit}k", "bufsize": f"{kbit // 2}k"}

        try:
            context.open()
        except (av.FFmpegError, ValueError) as error:
            msg = f"x264 rejects pictures of {width}x{height} at {kbit} kbit/s ({error})"
            raise OutputError(msg) from error

    def encode(self, packed: NDArray[np.uint8], time_us: int, *, key: bool = False) -> tuple[bytes, bool]:
        """Encode one picture.

        Args:
            packed: Shape (samples,), the planes Y, U and V one after the other.
            time_us: Its time, µs, larger than the one before.
            key: Whether it must be a keyframe.

        Returns:
            Units with start codes (Annex B), parameter sets before a keyframe, and whether it is one.

        Raises:
            OutputError: The encoder failed.
        """
        if self._first_us is None:
            self._first_us = time_us
        picture = video_frame(packed, self.width, self.height)
        picture.pts = time_us - self._first_us
        picture.time_base = _TICK
        picture.pict_type = PictureType.I if key else PictureType.NONE

        try:
            packets = self._context.encode(picture)
        except (av.FFmpegError, ValueError) as error:
            msg = f"x264 failed: {error}"
            raise OutputError(msg) from error

        data = b"".join(bytes(packet) for packet in packets)
        begins = any(packet.is_keyframe for packet in packets)

        return without_user_data(data) if begins else data, begins
