"""The sound of a recording, copied unchanged and without its tags, if the user asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from passerby.errors import UsageError
from passerby.media.files.container import open_recording

_BEFORE_ZERO = frozenset({"mp4", "mov"})
"""Containers that store times before 0, which some codecs start with; others would shift the pictures."""


class Sound:
    """The audio streams of one file, packet by packet, in step with the pictures.

    Args:
        path: The file with the sound.
        target: Container to copy it to, before its first picture.

    Raises:
        SourceError: The file cannot be read.
        UsageError: The container cannot hold the sound's codec.
    """

    def __init__(self, path: Path, target: OutputContainer) -> None:
        self._source, _ = open_recording(path)
        self._target = target
        self._from_below_zero = target.format.name in _BEFORE_ZERO
        self._streams = {stream.index: self._added(stream) for stream in self._source.streams.audio}
        self._packets = self._read()
        self._next = next(self._packets, None)

    def mux_until(self, time_s: Fraction | None) -> None:
        """Write the packets up to this time, s; None = all that remain.

        Raises:
            OSError: The target cannot be written.
            av.error.FFmpegError: The container rejects a packet.
        """
        while self._next is not None and (time_s is None or _time(self._next) <= time_s):
            packet = self._next
            packet.stream = self._streams[packet.stream.index]
            self._target.mux(packet)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the source; safe to repeat."""
        self._next = None
        self._source.close()

    def _added(self, stream: AudioStream) -> AudioStream:
        try:
            return self._target.add_stream_from_template(stream)
        except (ValueError, av.FFmpegError) as error:
            msg = f"a {self._target.format.name} file cannot hold the source's sound; use .mkv, or leave the sound out"
            raise UsageError(msg) from error

    def _read(self) -> Iterator[Packet[AudioStream]]:
        if not self._streams:
            return
        try:
            for packet in self._source.demux(*self._source.streams.audio):
                if packet.size and packet.dts is not None and (self._from_below_zero or packet.dts >= 0):
                    yield cast("Packet[AudioStream]", packet)
        except av.FFmpegError:
            return  # what a damaged file no longer yields is missing in the copy as well


def _time(packet: Packet[AudioStream]) -> Fraction:
    return (packet.dts or 0) * packet.time_base
