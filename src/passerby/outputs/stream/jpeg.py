"""Covered pictures as JPEG."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from passerby.errors import OutputError
from passerby.health.status import Redaction
from passerby.outputs.stream.wall import wall_picture
from passerby.redact.redactor import RedactedFrame

_SMALLEST_PX: Final = 2
_BITEXACT_CODEC: Final = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no version of the encoding library in the picture


def video_frame(packed: NDArray[np.uint8], width: int, height: int) -> VideoFrame:
    """Return covered samples as a frame that encoders take.

    Args:
        packed: Shape (width * height * 3 / 2,), the planes Y, U and V (4:2:0) one after the other.
        width: Width, px, even.
        height: Height, px, even.
    """
    picture = VideoFrame(width, height, "yuv420p")
    start = 0
    for plane in picture.planes:
        stop = start + plane.width * plane.height
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, -1)
        rows[:, : plane.width] = packed[start:stop].reshape(plane.height, plane.width)
        start = stop
    return picture


def jpeg_of(frame: VideoFrame, width_px: int) -> bytes:
    """Return a decoded covered picture as JPEG, without anything that describes it.

    Args:
        frame: The picture, from a covered recording or stream.
        width_px: Its width; a smaller picture keeps its size.

    Raises:
        FFmpegError: It cannot be encoded.
    """
    width = max(_SMALLEST_PX, min(width_px, frame.width) // 2 * 2)
    height = max(_SMALLEST_PX, round(frame.height * width / frame.width) // 2 * 2)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.flags |= _BITEXACT_CODEC
    small = frame.reformat(width, height, "yuvj420p")
    small.pts = 0
    out = io.BytesIO()
    for packet in [*encoder.encode(small), *encoder.encode(None)]:
        out.write(bytes(packet))
    return out.getvalue()


def covered_jpeg(frame: RedactedFrame, redaction: Redaction, *, width_px: int) -> bytes:
    """Return a covered live picture as JPEG.

    Args:
        frame: The covered picture.
        redaction: How it was covered.
        width_px: Its width; a smaller picture keeps its size.

    Raises:
        OutputError: It cannot be encoded.
    """
    small = wall_picture(frame, redaction, width=width_px)
    try:
        return jpeg_of(video_frame(small.packed, small.width, small.height), width_px)
    except (FFmpegError, ValueError) as error:
        msg = f"the covered picture cannot be encoded ({error})"
        raise OutputError(msg) from error
