"""A small covered picture as a JPEG file in memory, for the public page."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
from av.error import FFmpegError
from av.video.frame import VideoFrame

from passerby.errors import OutputError
from passerby.outputs.stream.wall import WallPicture

_BITEXACT_CODEC: Final = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no version of the encoding library in the picture
_QUALITIES: Final = (4, 6, 8, 11, 15, 20, 31)
"""Quantisers of JPEG, from good to poor."""


def small_jpeg(picture: WallPicture, *, most_bytes: int) -> bytes:
    """Return a covered picture as JPEG, as good as fits, without anything that describes it.

    Args:
        picture: The covered picture.
        most_bytes: How large it may be.

    Raises:
        OutputError: It cannot be encoded, or does not fit even at the poorest quality.
    """
    rows = picture.packed.reshape(picture.height * 3 // 2, picture.width)
    for quality in _QUALITIES:
        try:
            data = _encoded(VideoFrame.from_ndarray(rows, format="yuv420p"), quality)
        except (FFmpegError, ValueError) as error:
            msg = f"a picture of {picture.width}x{picture.height} px cannot be encoded: {error}"
            raise OutputError(msg) from error
        if len(data) <= most_bytes:
            return data
    msg = f"a picture of {picture.width}x{picture.height} px takes more than {most_bytes} bytes"
    raise OutputError(msg)


def _encoded(frame: VideoFrame, quality: int) -> bytes:
    full_range = frame.reformat(format="yuvj420p")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.flags |= _BITEXACT_CODEC
    encoder.options = {"qmin": str(quality), "qmax": str(quality)}
    full_range.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(full_range), *encoder.encode(None)])
