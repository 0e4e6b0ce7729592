"""A container of a covered copy: one stream of pictures and, if wanted, the recording's sound; nothing else."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

import av
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.media.files.sound import Sound
from passerby.media.sound_plan import SoundPlan
from passerby.media.stretch import Excerpt
from passerby.outputs.files.silenced_sound import SilencedSound

_BITEXACT_FILE = 1 << 10  # AVFMT_FLAG_BITEXACT: no version of the muxing library, no random numbers
_MUXER_OPTIONS = {
    "mp4": {"movflags": "+faststart"},
    "mov": {"movflags": "+faststart"},
    "mpegts": {"mpegts_copyts": "1"},
}
_SERVICE = {"service_name": "-", "service_provider": "-"}  # FFmpeg writes its own name otherwise
_TICKS_IN_MOVIES = frozenset({"mp4", "mov", "3gp", "3g2"})
_FINEST = Fraction(1, 1_000_000)  # s: MP4 stores the time between pictures in 32 bits
_MATROSKA_WRITER = b"\x4d\x80\x84Lavf\x57\x41\x84Lavf"
_MATROSKA_NOBODY = b"\x4d\x80\x84none\x57\x41\x84none"


class WritableFile(Protocol):
    """A file that a container is written to; `name` is opened again to move the index to the front."""

    name: str
    closed: bool

    def write(self, data: bytes) -> int:
        """Write all bytes."""
        ...

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a position."""
        ...

    def tell(self) -> int:
        """Return the position."""
        ...


class CopyFile:
    """Writes packets of one stream of pictures, and sound in step with them.

    Args:
        file: The open file; its owner closes it, after `finish` or to give up.
        container: FFmpeg's name for the container.
        time_base: Unit of the pictures' times, s; a finer one than MP4 can store is made coarser.
    """

    def __init__(self, file: WritableFile, *, container: str, time_base: Fraction) -> None:
        self.time_base = max(time_base, _FINEST)
        options = dict(_MUXER_OPTIONS.get(container, {}))
        if container in _TICKS_IN_MOVIES:  # otherwise the time of the first picture is rounded to 1 ms
            options["movie_timescale"] = str(self.time_base.denominator)
        sink = _Nameless(file) if container in {"matroska", "webm"} else file
        self.container = av.open(sink, "w", format=container, container_options=options, buffer_size=1 << 20)
        self.container.flags |= _BITEXACT_FILE
        self.container.metadata.update(_SERVICE if container == "mpegts" else {})
        self._sound: Sound | SilencedSound | None = None

    def carry_sound(self, plan: SoundPlan, excerpt: Excerpt | None) -> None:
        """Write the sound of a recording, or of its stretch; call it before the first picture.

        Raises:
            SourceError: The recording cannot be read.
            UsageError: The container cannot hold its sound.
        """
        made = Sound if plan.audible is None else SilencedSound
        self._sound = made(plan, self.container, excerpt=excerpt)

    def sound_until(self, time_s: Fraction) -> None:
        """Write the sound up to a time of the copy, s: before the picture of that time."""
        if self._sound is not None:
            self._sound.mux_until(time_s)

    def mux(self, packet: Packet[VideoStream]) -> None:
        """Write a packet of the pictures."""
        self.container.mux(packet)

    def finish(self) -> None:
        """Write the remaining sound, and the index.

        Raises:
            OSError: The file cannot be written.
            av.error.FFmpegError: The container fails.
        """
        if self._sound is not None:
            self._sound.mux_until(None)
        self.container.close()

    def release(self) -> None:
        """Release the sound's source; safe to repeat."""
        if self._sound is not None:
            self._sound.close()


class _Nameless:
    """Passes bytes on, except for the name of the muxing library in Matroska's header."""

    def __init__(self, file: WritableFile) -> None:
        self._file = file
        self.name = file.name
        self.seek = file.seek
        self.tell = file.tell

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, data: bytes) -> int:
        return self._file.write(data.replace(_MATROSKA_WRITER, _MATROSKA_NOBODY))
