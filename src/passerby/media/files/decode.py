"""Decodes a picture stream in presentation order and keeps track of what could not be decoded."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.errors import SourceError
from passerby.media.files.container import open_recording
from passerby.media.limits import MAX_PIXELS, PACKETS_BEFORE_A_PICTURE

_READ_ATTEMPTS = 8
"""Consecutive read errors before the rest of a file counts as lost."""


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """One picture, or the gap where one should be.

    Args:
        picture: The decoder's picture; None when there is none.
        pts: Presentation time in the stream's time base; None if the file has none.
        damaged: Why there is no picture, or why it cannot be trusted ("" = intact).
    """

    picture: av.VideoFrame | None
    pts: int | None
    damaged: str = ""


class RecordingDecoder:
    """An open file with one picture stream.

    Args:
        path: The file.
        threads: Decoder threads; 0 = one per processor.

    Raises:
        SourceError: The file cannot be opened as a recording.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        self._path = path
        self._threads = threads
        self._container, self.stream = open_recording(path)
        context = self.stream.codec_context
        context.options = {"max_pixels": str(MAX_PIXELS)}
        context.thread_type = "AUTO"
        context.thread_count = threads
        self.time_base = self.stream.time_base or Fraction(1, 90000)
        self.bit_rate = self.stream.codec_context.bit_rate or self._container.bit_rate or 0
        """Bits per second according to the file; 0 if it does not say."""

    def decoded(self) -> Iterator[DecodedPicture]:
        """Yield pictures and gaps in presentation order; only once.

        Raises:
            SourceError: The whole file, or its first thousand packets, produced no picture.
        """
        order = _Order()
        found = False
        for packet in _packets(self._container, self.stream):
            pictures, error = _decode(self.stream, packet)
            found = found or bool(pictures)
            yield from order.sent(packet, error)
            for picture in pictures:
                yield from order.shown(picture)
            if not found and order.failures >= PACKETS_BEFORE_A_PICTURE:
                break
        if not found:
            raise SourceError(self._nothing())
        yield from self._end(order)

    def _nothing(self) -> str:
        """Explain why there are no pictures; FFmpeg sets a size to 0 when it is over the limit."""
        if self.stream.width and self.stream.height:
            return f"{self._path}: no frames could be decoded; the file is damaged, encrypted or empty"
        limit = f"{MAX_PIXELS / 1e6:.0f} million pixels"
        return f"{self._path}: no frames could be decoded; their size is unknown, or over the limit of {limit}"

    def _end(self, order: _Order) -> Iterator[DecodedPicture]:
        """Yield the remaining pictures: a damaged packet near the end can take good pictures with it.

        If a decoder with several threads fails while it is flushed, it drops the pictures that it still holds;
        so the last part is decoded once more, packet by packet.
        """
        owed = frozenset(order.waiting)
        if not owed or self._threads == 1:
            yield from order.rest()
            return

        try:
            again = RecordingDecoder(self._path, threads=1)
        except SourceError:
            yield from order.rest()
            return

        try:
            again.seek(min(owed))
            yield from (one for one in again.decoded() if one.pts in owed)
        except (SourceError, av.FFmpegError):
            yield from order.rest()
        finally:
            again.close()

    def seek(self, pts: int) -> None:
        """Go to the key frame at or before a time of the stream, as far as the container knows; before `decoded`.

        Raises:
            av.error.FFmpegError: The container cannot seek.
        """
        self._container.seek(pts, stream=self.stream)

    def close(self) -> None:
        """Close the file and the decoder; safe to repeat."""
        self._container.close()


class _Order:
    """Finds the presentation time of a packet that failed.

    A decoder's error does not say which packet failed, and with threads the error is late. But pictures come
    out in presentation order: if a packet's time has passed without its picture, while an error is
    unexplained, it is the one that failed. Packets that just show nothing (a second field, a reference
    that is never displayed, frames before the first keyframe) cause no error and leave no gap.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._errors: deque[str] = deque()
        self.waiting: list[int] = []

    def sent(self, packet: Packet[VideoStream] | None, error: str) -> Iterator[DecodedPicture]:
        timed = packet is not None and packet.pts is not None
        if packet is not None and packet.pts is not None and packet.size and not packet.is_discard:
            heapq.heappush(self.waiting, packet.pts)
        if not error:
            return
        self.failures += 1
        if timed or self.waiting:
            self._errors.append(error)
        else:  # without timestamps, only the place of the failure is known
            yield DecodedPicture(None, None, error)

    def shown(self, picture: av.VideoFrame) -> Iterator[DecodedPicture]:
        pts = picture.pts if picture.pts is not None else picture.dts
        missing = []
        while pts is not None and self.waiting and self.waiting[0] <= pts:
            time = heapq.heappop(self.waiting)
            if time != pts:
                missing.append(time)
        yield from self._gaps(missing)
        yield DecodedPicture(picture, pts, "the decoder found damaged data" if picture.is_corrupt else "")

    def rest(self) -> Iterator[DecodedPicture]:
        yield from self._gaps(sorted(self.waiting))

    def _gaps(self, missing: list[int]) -> Iterator[DecodedPicture]:
        count = min(len(self._errors), len(missing))
        for time in missing[len(missing) - count :]:
            yield DecodedPicture(None, time, self._errors.popleft())


def _decode(stream: VideoStream, packet: Packet[VideoStream] | None) -> tuple[list[av.VideoFrame], str]:
    try:
        return stream.codec_context.decode(packet), ""
    except EOFError:
        return [], ""
    except av.FFmpegError as error:
        return [], f"cannot be decoded: {error.strerror or type(error).__name__}"


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream] | None]:
    """Yield every packet, then an empty one that flushes the decoder; continue after a damaged part."""
    attempts = 0
    while attempts < _READ_ATTEMPTS:
        try:
            for packet in container.demux(stream):
                attempts = 0
                yield packet
        except av.FFmpegError:
            attempts += 1
        else:
            return
    yield None
