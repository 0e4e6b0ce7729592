"""Decodes a covered stream as a viewer gets it: H.264 pictures one by one, each with its time."""

from __future__ import annotations

from fractions import Fraction

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from passerby.errors import SourceError
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.media.limits import MAX_LIVE_PIXELS
from passerby.media.samples import Unpacker, colour_of

_MICROSECOND = Fraction(1, 1_000_000)


class CoveredStreamDecoder:
    """Decodes one covered stream; begin at a keyframe, and again after an error.

    Args:
        camera: Name of the camera, for messages.
    """

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._context = VideoCodecContext.create("h264", "r")
        self._context.options = {"max_pixels": str(MAX_LIVE_PIXELS)}
        self._context.thread_count = 1
        self._context.flags |= Flags.low_delay
        self._unpacker: Unpacker | None = None
        self._size = (0, 0)

    def decode(self, data: bytes, time_us: int, *, wanted: bool = True) -> Frame | None:
        """Decode one picture.

        Args:
            data: Units with start codes (Annex B).
            time_us: Its time of capture, UTC since 1970, us.
            wanted: Whether the picture is needed, or only what later ones build on it.

        Returns:
            The picture; None if it is not wanted.

        Raises:
            SourceError: It cannot be decoded.
        """
        try:
            pictures = self._context.decode(av.Packet(data))
        except av.FFmpegError as error:
            msg = f"camera '{self._camera}': its stream cannot be decoded ({error.strerror or type(error).__name__})"
            raise SourceError(msg) from error
        if not pictures or pictures[-1].is_corrupt:
            msg = f"camera '{self._camera}': its stream cannot be decoded (no whole picture in a message)"
            raise SourceError(msg)
        return self._frame(pictures[-1], time_us) if wanted else None

    def _frame(self, picture: av.VideoFrame, time_us: int) -> Frame:
        colour = colour_of(picture)
        if self._unpacker is None or self._size != (picture.width, picture.height):
            self._size = picture.width, picture.height
            self._unpacker = Unpacker(*self._size, layout=Layout.YUV420, colour=colour)
        try:
            planes = self._unpacker.planes(picture)
        except av.FFmpegError as error:
            msg = f"camera '{self._camera}': a picture cannot be converted ({error.strerror})"
            raise SourceError(msg) from error
        return Frame(planes, Layout.YUV420, time_us, _MICROSECOND, self._camera, colour)
