"""Exports recorded segments to an MP4 file that any player opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.errors import OutputError, RecordingAbsentError, UsageError
from passerby.outputs.partial import PartialFile, write_error
from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.pictures import between, format_of, pictures
from passerby.outputs.recording.segment import GAP_S, Segment
from passerby.outputs.stream.segment_muxer import BITEXACT, MICROSECOND


@dataclass(frozen=True, slots=True)
class Exported:
    """One exported file.

    Args:
        path: The file.
        begin: Time of its first picture, UTC.
        end: Time of its last picture, UTC.
        pictures: Number of pictures.
        gaps: Gaps that the file skips: start and end, UTC.
    """

    path: Path
    begin: datetime
    end: datetime
    pictures: int
    gaps: tuple[tuple[datetime, datetime], ...]


def export(
    chosen: Iterable[Segment], key: Key, target: Path, *, begin: datetime, end: datetime, replace: bool = False
) -> list[Exported]:
    """Decrypt segments and join them into MP4 files without re-encoding.

    The pictures from the last keyframe at or before `begin` to `end` are used. Where the size of the pictures
    changes, a new file begins: NAME-2.mp4 and so on. A file gets its final name only when complete.

    Args:
        chosen: Segments of one camera, oldest first.
        key: Key of the site's recordings.
        target: Name of the first file, ending in .mp4.
        begin: Start, UTC.
        end: End, UTC.
        replace: Whether existing files may be replaced.

    Raises:
        UsageError: The name does not end in .mp4.
        SourceError: A segment was changed or damaged, or there is no picture in that period.
        OutputError: A file cannot be written.
    """
    if target.suffix.lower() != ".mp4":
        msg = f"{target}: recordings are exported as MP4; use the extension .mp4"
        raise UsageError(msg)

    parts: list[_Part] = []
    with ExitStack() as undo:
        for at, packet in between(pictures(chosen, key), begin, end):
            if not parts or parts[-1].format != format_of(packet):
                number = f"-{len(parts) + 1}" if parts else ""
                parts.append(_Part(target.with_stem(target.stem + number), at, packet, replace=replace))
                undo.callback(parts[-1].discard)
            parts[-1].write(at, packet)
        if not parts:
            msg = f"there is no picture between {begin:%Y-%m-%d %H:%M:%S} and {end:%Y-%m-%d %H:%M:%S} UTC"
            raise RecordingAbsentError(msg)
        for part in parts:
            part.complete()
        return [part.commit() for part in parts]


class _Part:
    """One exported file."""

    def __init__(self, path: Path, begin: datetime, first: Packet[VideoStream], *, replace: bool) -> None:
        self.format = format_of(first)
        self._path = path
        self._begin = self._end = begin
        self._file = PartialFile(path, replace=replace)
        self._container = av.open(self._file, "w", format="mp4", container_options={"movflags": "+faststart"})
        self._container.flags |= BITEXACT
        self._stream = self._container.add_stream_from_template(first.stream, opaque=True)
        self._stream.time_base = MICROSECOND
        self._shown = -1
        self._pictures = 0
        self._gaps: list[tuple[datetime, datetime]] = []

    def write(self, at: datetime, packet: Packet[VideoStream]) -> None:
        """Add the next picture."""
        step = at - self._end
        if step > timedelta(seconds=GAP_S):
            self._gaps.append((self._end, at))
            step = timedelta(seconds=GAP_S)
        self._shown += max(1, step // timedelta(microseconds=1))
        self._end = at
        self._pictures = self._pictures + 1
        packet.pts = packet.dts = self._shown
        packet.time_base = MICROSECOND
        packet.stream = self._stream
        self._call(lambda: self._container.mux(packet))

    def complete(self) -> None:
        """Write the index; the file does not have its final name yet."""
        self._call(self._container.close)

    def commit(self) -> Exported:
        """Give the file its final name."""
        self._file.commit()
        return Exported(self._path, self._begin, self._end, self._pictures, tuple(self._gaps))

    def discard(self) -> None:
        """Remove what was written; no effect after `commit`."""
        self._file.discard()

    def _call(self, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:
            raise write_error(self._path, self._file.failure or error) from error
        except (FFmpegError, ValueError) as error:
            msg = f"{self._path}: the segments cannot be joined ({error}); export shorter periods"
            raise OutputError(msg) from error
