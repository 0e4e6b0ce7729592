"""Encoded pictures to fragmented MP4 and back, without encoding them again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.errors import OutputError, SourceError
from passerby.outputs.stream.packet import StreamPacket

MICROSECOND: Final = Fraction(1, 1_000_000)
BITEXACT: Final = 1 << 10  # AVFMT_FLAGBITEXACT: no version of the writing library in the file
_OPTIONS: Final = {"movflags": "empty_moov+default_base_moof", "frag_duration": "1000000"}  # µs


class FragmentWriter:
    """Turns packets of one picture size into fragmented MP4: whatever was given out so far can be played.

    Args:
        first: The first packet, a key picture; its time is zero in the file. It is to be written as well.
    """

    def __init__(self, first: StreamPacket) -> None:
        self._memory = _Memory()
        self._container = av.open(self._memory, "w", format="mp4", container_options=_OPTIONS)
        self._container.flags |= BITEXACT
        self._stream = self._container.add_mux_stream(
            "h264", width=first.width, height=first.height, time_base=MICROSECOND
        )
        self._begin_s = first.time_s
        self._last = -1

    def write(self, packet: StreamPacket) -> bytes:
        """Take one packet and return the bytes that became due: about once a second a fragment, else nothing.

        Raises:
            OutputError: The packet cannot be written: it is no H.264.
        """
        muxed = Packet(packet.data)
        self._last = max(self._last + 1, round((packet.time_s - self._begin_s) * 1_000_000))
        muxed.pts = muxed.dts = self._last
        muxed.time_base, muxed.stream, muxed.is_keyframe = MICROSECOND, self._stream, packet.key
        try:
            self._container.mux(muxed)
        except (FFmpegError, ValueError) as error:
            msg = f"the encoded picture does not fit into MP4 ({error}); the recording begins anew"
            raise OutputError(msg) from error
        return self._memory.take()

    def finish(self) -> bytes:
        """Return the bytes of the last fragment.

        Raises:
            OutputError: They cannot be made.
        """
        try:
            self._container.close()
        except (FFmpegError, ValueError) as error:
            msg = f"the last fragment cannot be made ({error}); it is lost"
            raise OutputError(msg) from error
        return self._memory.take()


def read_packets(data: bytes, name: str) -> Iterator[Packet[VideoStream]]:
    """Yield the encoded pictures of fragmented MP4 in order; their times are in `packet.time_base`.

    Args:
        data: What a `FragmentWriter` gave out; fragments may be missing at the end.
        name: What to call it in messages.

    Raises:
        SourceError: It is no such file.
    """
    if not data:
        return
    try:
        with av.open(io.BytesIO(data), "r", format="mp4") as container:
            for packet in container.demux(video=0):
                if packet.size:
                    yield packet
    except (FFmpegError, ValueError, IndexError) as error:
        msg = f"{name}: the recording cannot be read ({error}); it is damaged"
        raise SourceError(msg) from error


class _Memory:
    """What FFmpeg writes into; fragmented MP4 never goes back."""

    name = ""
    closed = False

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken
