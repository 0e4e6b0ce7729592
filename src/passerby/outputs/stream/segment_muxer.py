"""Packs encoded pictures into fragmented MP4 and unpacks them, without re-encoding."""

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
BITEXACT: Final = 1 << 10  # AVFMT_FLAGBITEXACT: no version of the muxing library in the file
_OPTIONS: Final = {"movflags": "empty_moov+default_base_moof", "frag_duration": "1000000"}  # µs


class FragmentWriter:
    """Turns packets of one picture size into fragmented MP4: everything returned so far can be played.

    Args:
        first: The first packet, a keyframe; its time is zero in the file. Pass it to `write` as well.
    """

    def __init__(self, first: StreamPacket) -> None:
        self._memory = Written()
        self._container = av.open(self._memory, "w", format="mp4", container_options=_OPTIONS)
        self._container.flags |= BITEXACT
        self._stream = self._container.add_mux_stream(
            "h264", width=first.width, height=first.height, time_base=MICROSECOND
        )
        self._begin_s = first.time_s
        self._last = -1

    def write(self, packet: StreamPacket) -> bytes:
        """Add one packet and return the bytes that are ready: a fragment about once a second, else nothing.

        Raises:
            OutputError: The packet cannot be written: it is not H.264.
        """
        muxed = Packet(packet.data)
        self._last = max(self._last + 1, round((packet.time_s - self._begin_s) * 1_000_000))
        muxed.pts = muxed.dts = self._last
        muxed.time_base = MICROSECOND
        muxed.stream = self._stream
        muxed.is_keyframe = packet.key
        try:
            self._container.mux(muxed)
        except (FFmpegError, ValueError) as error:
            msg = f"the encoded picture does not fit into MP4 ({error}); the recording starts again"
            raise OutputError(msg) from error
        return self._memory.take()

    def finish(self) -> bytes:
        """Return the bytes of the last fragment.

        Raises:
            OutputError: It cannot be created.
        """
        try:
            self._container.close()
        except (FFmpegError, ValueError) as error:
            msg = f"the last fragment cannot be created ({error}); it is lost"
            raise OutputError(msg) from error
        return self._memory.take()


def read_packets(data: bytes, name: str) -> Iterator[Packet[VideoStream]]:
    """Yield the encoded pictures of fragmented MP4 in order; their times are in `packet.time_base`.

    Args:
        data: Output of a `FragmentWriter`; fragments may be missing at the end.
        name: Its name in messages.

    Raises:
        SourceError: It is not such a file.
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


class Written:
    """The file that FFmpeg writes to; fragmented MP4 never seeks back."""

    name = ""
    closed = False

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        """Add bytes."""
        self._written += data
        return len(data)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = bytes(self._written)
        self._written.clear()
        return taken
