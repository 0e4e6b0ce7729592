"""The sound of a recording, copied unchanged and without its tags, if the user asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from passerby.errors import UsageError
from passerby.media.files.container import open_recording
from passerby.media.sound_plan import SoundPlan
from passerby.media.stretch import Excerpt

_BEFORE_ZERO = frozenset({"mp4", "mov"})
"""Containers that store times before 0, which some codecs start with; others would shift the pictures."""
_BEFORE_S = 1
"""How long before a stretch its sound is read from, s: a container may not know its exact place."""


class Sound:
    """The audio streams of one file, packet by packet, in step with the pictures.

    Args:
        plan: The file with the sound.
        target: Container to copy it to, before its first picture.
        excerpt: Which part of it to copy: packets that lie in it whole; None = all.

    Raises:
        SourceError: The file cannot be read.
        UsageError: The container cannot hold the sound's codec.
    """

    def __init__(self, plan: SoundPlan, target: OutputContainer, *, excerpt: Excerpt | None = None) -> None:
        self._source, _ = open_recording(plan.path)
        self._target = target
        self._excerpt = excerpt
        self._from_below_zero = target.format.name in _BEFORE_ZERO
        self._streams = {stream.index: self._added(stream) for stream in self._source.streams.audio}
        self._packets = self._read()
        self._next = next(self._packets, None)

    def mux_until(self, time_s: Fraction | None) -> None:
        """Write the packets up to this time of the copy, s; None = all that remain.

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
            if self._excerpt is not None:
                self._go_to(self._excerpt.begins_s)
            for packet in self._source.demux(*self._source.streams.audio):
                if packet.size and packet.dts is not None and self._is_wanted(cast("Packet[AudioStream]", packet)):
                    yield cast("Packet[AudioStream]", packet)
        except av.FFmpegError:
            return  # what a damaged file no longer yields is missing in the copy as well

    def _go_to(self, time_s: Fraction) -> None:
        """Go to shortly before a time, s; from the beginning on if the container cannot seek."""
        earlier_us = int((time_s - _BEFORE_S) * av.time_base)
        with suppress(av.FFmpegError):
            self._source.seek(earlier_us)

    def _is_wanted(self, packet: Packet[AudioStream]) -> bool:
        """Return whether a packet goes to the copy; one of a stretch then has the copy's times."""
        if self._excerpt is None:
            return self._from_below_zero or (packet.dts or 0) >= 0
        begins_s, ends_s = self._excerpt.begins_s, self._excerpt.ends_s
        starts_s = _time(packet)
        if starts_s < begins_s or (ends_s is not None and starts_s + _length(packet) > ends_s):
            return False
        shift = round(begins_s / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = (packet.dts or 0) - shift
        return True


def _time(packet: Packet[AudioStream]) -> Fraction:
    return (packet.dts or 0) * packet.time_base


def _length(packet: Packet[AudioStream]) -> Fraction:
    return (packet.duration or 0) * packet.time_base
