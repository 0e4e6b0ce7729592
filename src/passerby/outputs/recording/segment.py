"""Files of recorded segments, how they are written, and the index that describes them.

`FOLDER/CAMERA/DATE/TIME.segment`, all UTC; `.part` instead while it is written. The index next to them has an entry
for each complete segment with its SHA-256, so that a missing or swapped one is found without the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from passerby.errors import SourceError
from passerby.outputs.partial import write_error
from passerby.outputs.recording.encryption import EncryptedFile, EncryptedReader, Key
from passerby.outputs.recording.segment_index import add_entry, entries
from passerby.outputs.stream.packet import StreamPacket
from passerby.outputs.stream.segment_muxer import FragmentWriter, read_packets

WHOLE, OPEN = ".segment", ".part"
GAP_S: Final = 2.0
"""A longer time without a picture, or with a notice, is a gap: a segment ends before it, and the gap is listed."""
_NAME: Final = "%Y-%m-%d/%H-%M-%S-%f"


@dataclass(frozen=True, slots=True)
class Segment:
    """One recorded segment.

    Args:
        camera: Name of the camera.
        begin: Time of its first picture, UTC.
        path: Its file.
        size: Size of the file, bytes.
        end: Time of its last picture, UTC; None = unknown: it is still being written, or was cut off.
        pictures: Number of pictures; 0 = unknown.
        sha256: Hash of the file, hexadecimal; "" = unknown.
        cut_off: Whether the process was killed while writing it; its content is good up to the last second.
    """

    camera: str
    begin: datetime
    path: Path
    size: int = 0
    end: datetime | None = None
    pictures: int = 0
    sha256: str = ""
    cut_off: bool = False


class SegmentWriter:
    """Writes one segment; after a kill it contains all but the last second.

    Args:
        folder: Folder of all recordings.
        camera: Its name.
        key: Key of the site's recordings.
        first: The first packet, a keyframe; pass it to `write` as well.

    Raises:
        OutputError: The file cannot be created.
    """

    def __init__(self, folder: Path, camera: str, key: Key, first: StreamPacket) -> None:
        self._begin_s = self._end_s = first.time_s
        begin = datetime.fromtimestamp(first.time_s, UTC)
        self._segment = Segment(camera, begin, folder / camera / f"{begin.strftime(_NAME)}{OPEN}")
        self._folder = folder  # for errors: the same text for every segment
        self._pictures = self._pieces = 0
        self._size_px = first.width, first.height
        try:
            self._segment.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = EncryptedFile(self._segment.path, key, about(camera, begin))
        except OSError as error:
            raise write_error(self._folder, error) from error
        self._fragments = FragmentWriter(first)

    def ends_before(self, packet: StreamPacket, length_s: float) -> bool:
        """Return whether a packet belongs to the next segment, which can only begin at a keyframe."""
        return packet.time_s - self._begin_s >= length_s or (packet.width, packet.height) != self._size_px

    def interrupted(self, packet: StreamPacket) -> bool:
        """Return whether the gap before a packet is so long that the packet belongs to another segment."""
        return packet.time_s - self._end_s > GAP_S

    @property
    def good(self) -> bool:
        """Whether pictures have reached the disk: the header and a fragment."""
        return self._pieces >= 2

    def write(self, packet: StreamPacket) -> None:
        """Write one packet.

        Raises:
            OutputError: It cannot be written.
        """
        data = self._fragments.write(packet)
        self._pictures = self._pictures + 1
        self._end_s = packet.time_s
        if data:
            try:
                self._file.append(data)
                self._pieces += 1
            except OSError as error:
                raise write_error(self._folder, error) from error

    def finish(self) -> None:
        """Complete the segment and add it to the index.

        Raises:
            OutputError: It cannot be written; `recover` handles what is on disk.
        """
        try:
            sha256 = self._file.finish(self._fragments.finish())
            add_to_index(
                replace(
                    self._segment,
                    path=_named_whole(self._segment.path),
                    size=self._file.size,
                    end=datetime.fromtimestamp(self._end_s, UTC),
                    pictures=self._pictures,
                    sha256=sha256,
                )
            )
        except OSError as error:
            raise write_error(self._folder, error) from error
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file, and remove it if it contains no picture; no effect after `finish`."""
        self._file.close()
        if not self.good:
            with suppress(OSError):  # the disk that failed may be missing
                self._segment.path.unlink()


def about(camera: str, begin: datetime) -> dict[str, str]:
    """Return the authenticated description of a segment: it cannot pass for another camera or time."""
    return {"camera": camera, "begin": begin.isoformat(timespec="microseconds")}


def add_to_index(segment: Segment) -> None:
    """Add a segment to its day's index.

    Raises:
        OSError: The index cannot be written.
    """
    entry = {name: value for name, value in asdict(segment).items() if name not in {"path", "camera"}}
    entry["begin"] = segment.begin.isoformat()
    entry["end"] = None if segment.end is None else segment.end.isoformat()
    add_entry(segment.path.parent, entry)


def cameras(folder: Path) -> list[str]:
    """Return the names of the cameras that have recordings."""
    return sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []


def segments(folder: Path, camera: str) -> list[Segment]:
    """Return all segments of a camera that are on disk, oldest first."""
    if not (folder / camera).is_dir():
        return []
    found = []
    for day in sorted(each for each in (folder / camera).iterdir() if each.is_dir()):
        known = {segment.begin: segment for segment in indexed(folder, camera, day)}
        for path in sorted(day.iterdir()):
            begin = _begin(path)
            if begin is not None:
                with suppress(FileNotFoundError):  # deleted in the meantime
                    size = path.stat().st_size
                    found.append(replace(known.get(begin, Segment(camera, begin, path)), path=path, size=size))
    return found


def indexed(folder: Path, camera: str, day: Path) -> Iterator[Segment]:
    """Yield the entries of a day's index, including deleted segments; entries in another form are skipped."""
    for entry in entries(day):
        with suppress(ValueError, KeyError, TypeError):
            begin = datetime.fromisoformat(entry.pop("begin"))
            end = entry.pop("end")
            path = folder / camera / f"{begin.strftime(_NAME)}{WHOLE}"
            yield Segment(camera, begin, path, end=end and datetime.fromisoformat(end), **entry)


def recover(folder: Path, camera: str, key: Key) -> None:
    """Add the segments left by a killed process to the index, as far as they are good.

    Raises:
        OutputError: The folder cannot be written.
    """
    for segment in segments(folder, camera):
        if segment.sha256:
            continue
        try:
            found = _contents(segment, key)
            path = _named_whole(segment.path)
            add_to_index(replace(found, path=path, sha256=file_hash(path)))
        except OSError as error:
            raise write_error(segment.path, error) from error


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _contents(segment: Segment, key: Key) -> Segment:
    """Return a segment with what its file contains; for a damaged one, without: `verify` says what is wrong with it."""
    reader = EncryptedReader(segment.path, key)
    times_s = []
    with suppress(SourceError):
        data = b"".join(reader.chunks())
        times_s = [float((packet.pts or 0) * packet.time_base) for packet in read_packets(data, segment.path.name)]
    end = segment.begin + timedelta(seconds=times_s[-1]) if times_s else None
    return replace(segment, end=end, pictures=len(times_s), cut_off=reader.cut_off)


def _named_whole(path: Path) -> Path:
    whole = path.with_suffix(WHOLE)
    path.rename(whole)
    return whole


def _begin(path: Path) -> datetime | None:
    if path.suffix not in {WHOLE, OPEN}:
        return None
    with suppress(ValueError):
        return datetime.strptime(f"{path.parent.name}/{path.stem}", _NAME).replace(tzinfo=UTC)
    return None
