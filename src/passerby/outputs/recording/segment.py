"""Files of recorded segments, how they are written, and the index that describes them.

`FOLDER/CAMERA/DATE/TIME.segment`, all UTC; `.part` instead while it is written. The index next to them has an entry
for each complete segment with its SHA-256, so that a missing or swapped one is found without the key.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from passerby.errors import SourceError
from passerby.health.status import Redaction
from passerby.outputs.partial import write_error
from passerby.outputs.recording.chain import Chain, Link, link_from
from passerby.outputs.recording.cover_seconds import CoverSeconds
from passerby.outputs.recording.encryption import EncryptedFile, EncryptedReader, Key, claims
from passerby.outputs.recording.segment_index import add_entry, entries
from passerby.outputs.stream.packet import StreamPacket
from passerby.outputs.stream.segment_muxer import FragmentWriter
from passerby.storage.append_log import sync_folder

WHOLE, OPEN = ".segment", ".part"
GAP_S: Final = 2.0
"""A longer time without a picture, or a notice, is a gap: a segment ends before it, and the gap is reported."""
_GOOD_PIECES: Final = 2
_NAME: Final = "%Y-%m-%d/%H-%M-%S-%f"


@dataclass(frozen=True, slots=True)
class Segment:
    """One recorded segment.

    Args:
        camera: Name of the camera.
        begin: Time of its first picture, UTC.
        path: Its file.
        size: Of the file, bytes.
        end: Of its last picture, UTC; None = not known: it is being written, or was cut off.
        pictures: How many; 0 = not known.
        sha256: Of the file, hexadecimal; "" = not known.
        cut_off: Whether the process was killed while writing it; what it holds is good up to the last second.
        number: Its running number within its camera; None = an earlier version wrote it, or it is not known.
        whole: How many of its pictures are covered whole; None = not known.
        notices: How many of its pictures are notices, because the camera gave none; None = not known.
        cover: How the pictures of each of its seconds are covered, as `CoverSeconds` writes it; "" = not known.
    """

    camera: str
    begin: datetime
    path: Path
    size: int = 0
    end: datetime | None = None
    pictures: int = 0
    sha256: str = ""
    cut_off: bool = False
    number: int | None = None
    whole: int | None = None
    notices: int | None = None
    cover: str = ""


class SegmentWriter:
    """Writes one segment; after a kill it contains all but the last second.

    Args:
        folder: Folder of all recordings.
        camera: Its name.
        key: Of the site.
        first: The first packet, a keyframe; it is written as well.
        chain: Of the camera; it gives the segment its number.

    Raises:
        OutputError: The file cannot be created.
    """

    def __init__(self, folder: Path, camera: str, key: Key, first: StreamPacket, *, chain: Chain) -> None:
        self._begin_s = self._end_s = first.time_s
        begin = datetime.fromtimestamp(first.time_s, UTC)
        self._chain = chain
        link = chain.link()
        path = folder / camera / f"{begin.strftime(_NAME)}{OPEN}"
        self._segment = Segment(camera, begin, path, number=link.number)
        self._folder = folder  # for errors: the same words from segment to segment
        self._pictures = self._pieces = 0
        self._covered = Counter[Redaction]()
        self._seconds = CoverSeconds(first.time_s)
        self._size_px = first.width, first.height

        try:
            self._segment.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = EncryptedFile(self._segment.path, key, about(camera, begin) | link.about())
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
        return self._pieces >= _GOOD_PIECES

    def write(self, packet: StreamPacket) -> None:
        """Write one packet.

        Raises:
            OutputError: It cannot be written.
        """
        data = self._fragments.write(packet)
        self._pictures = self._pictures + 1
        self._covered[packet.redaction] += 1
        self._seconds.add(packet.time_s, packet.redaction)
        self._end_s = packet.time_s
        if data:
            try:
                self._file.append(data)
                self._pieces += 1
                if self._pieces == _GOOD_PIECES:
                    self._announce()
            except OSError as error:
                raise write_error(self._folder, error) from error

    def _announce(self) -> None:
        """Name the segment in the head while it is being written: from now on it is noticed when it is missing."""
        self._file.sync()
        sync_folder(self._segment.path.parent)
        self._chain.begun(_text(self._segment.begin))

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
                    path=named_whole(self._segment.path),
                    size=self._file.size,
                    end=datetime.fromtimestamp(self._end_s, UTC),
                    pictures=self._pictures,
                    sha256=sha256,
                    whole=self._covered[Redaction.WHOLE],
                    notices=self._covered[Redaction.NONE],
                    cover=self._seconds.text(),
                )
            )
            self._chain.finished(_text(self._segment.begin), sha256)
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
    """Return what a segment's file says of itself: it cannot pass for another camera's or time's."""
    return {"camera": camera, "begin": _text(begin)}


def link_of(segment: Segment, key: Key | None) -> Link | None:
    """Return a segment's place in its camera's chain; None = an earlier version wrote it, or nothing can be read.

    Args:
        segment: Which.
        key: Of the site; with it, what is not sealed with it or belongs elsewhere has no place. None = unchecked.

    Raises:
        OSError: The file cannot be read.
    """
    said = claims(segment.path)
    if key is not None:
        reader = EncryptedReader(segment.path, key)
        with suppress(SourceError):
            said = reader.about if next(reader.chunks(), None) is not None else {}
        if not about(segment.camera, segment.begin).items() <= said.items():
            return None
    return link_from(said)


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


def segments(folder: Path, camera: str, *, first: str = "", last: str = "9") -> list[Segment]:
    """Return the segments of a camera that are on disk, oldest first.

    Args:
        folder: Folder of all recordings.
        camera: Its name.
        first: The first day that is looked at, such as 2026-11-22.
        last: The last one.
    """
    if not (folder / camera).is_dir():
        return []
    found = []
    days = (each for each in (folder / camera).iterdir() if first <= each.name <= last and each.is_dir())
    for day in sorted(days):
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


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def named_whole(path: Path) -> Path:
    """Give a complete segment's file its lasting name and return it.

    Raises:
        OSError: It is gone, or the folder cannot be written.
    """
    whole = path.with_suffix(WHOLE)
    path.rename(whole)
    return whole


def _begin(path: Path) -> datetime | None:
    if path.suffix not in {WHOLE, OPEN}:
        return None
    with suppress(ValueError):
        return datetime.strptime(f"{path.parent.name}/{path.stem}", _NAME).replace(tzinfo=UTC)
    return None
