"""What was recorded: spans of each camera without a gap, how they are covered, and the segments of a period."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from passerby.errors import OutputError, RecordingAbsentError
from passerby.outputs.recording.encryption import Key, load_key
from passerby.outputs.recording.export import Exported, export
from passerby.outputs.recording.playback import Still, playback, still
from passerby.outputs.recording.previews import previews
from passerby.outputs.recording.segment import GAP_S, OPEN, Segment, cameras, segments
from passerby.outputs.recording.verify import Verification, verify

_LONGEST = timedelta(hours=1)
"""No segment is longer: of one whose end is not known, nothing is looked for after this."""
_BEFORE = timedelta(minutes=1)
"""A picture is looked for in what was recorded so long before a moment, too."""


class CoverOfPart(StrEnum):
    """How the pictures of a part of a recording are covered."""

    COVERED = "covered"
    SOME_WHOLE = "some_whole"
    """Some of them are covered whole, or are notices because the camera gave no picture."""
    WHOLE = "whole"
    """All of them are."""
    UNKNOWN = "unknown"
    """It is being written, was cut off, or an earlier version wrote it."""


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """Segments that follow each other and are covered alike.

    Args:
        begin: Time of the first picture, UTC.
        end: Time of the last picture, UTC; None = not known.
        cover: How their pictures are covered.
    """

    begin: datetime
    end: datetime | None
    cover: CoverOfPart


@dataclass(frozen=True, slots=True)
class RecordedSpan:
    """Segments of one camera without a gap.

    Args:
        members: The segments, oldest first; at least one.
        node: Address of the node that has it; "" = this machine.
        away: Whether that node does not answer: it was recorded, but cannot be shown now.
    """

    members: tuple[Segment, ...]
    node: str = ""
    away: bool = False

    @property
    def begin(self) -> datetime:
        """Time of the first picture, UTC."""
        return self.members[0].begin

    @property
    def end(self) -> datetime | None:
        """Time of the last picture, UTC; None = not known: it is being recorded, or was cut off."""
        return self.members[-1].end

    @property
    def recording(self) -> bool:
        """Whether its last segment is not complete: it is being recorded, or the gateway was killed."""
        return self.members[-1].path.suffix == OPEN

    def parts(self) -> list[RecordedPart]:
        """Return the parts of it that are covered alike; each is at least as long as a segment."""
        found: list[RecordedPart] = []
        for each in self.members:
            cover = _cover(each)
            if found and found[-1].cover is cover:
                found[-1] = RecordedPart(found[-1].begin, each.end, cover)
            else:
                found.append(RecordedPart(each.begin, each.end, cover))
        return found


class RecordingArchive:
    """The recordings of a site, for those who look at them; they may be written meanwhile.

    Args:
        folder: Of all recordings.
        key_file: The site's key.
        heads: The folder of heads.
    """

    def __init__(self, folder: Path, key_file: Path, heads: Path) -> None:
        self._folder = folder
        self._key_file = key_file
        self._heads = heads
        self._verifying = threading.Lock()

    def cameras(self) -> list[str]:
        """Return the names of the cameras that have recordings."""
        return cameras(self._folder)

    def spans(self, camera: str) -> list[RecordedSpan]:
        """Return what was recorded of a camera, oldest first; between two spans there is a gap."""
        return list(spans(segments(self._folder, camera)))

    def of_period(self, camera: str, begin: datetime, end: datetime) -> list[Segment]:
        """Return the segments in which pictures of a period can be, oldest first."""
        first, last = (f"{at:%Y-%m-%d}" for at in (begin - _LONGEST, end))
        found = segments(self._folder, camera, first=first, last=last)
        return [each for each in found if each.begin <= end and (each.end or each.begin + _LONGEST) >= begin]

    def play(self, camera: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bytes]]:
        """Yield a period as fragmented MP4, as `playback`.

        Raises:
            SourceError: There is no picture in that period, or it is damaged.
            OutputError: The key cannot be read.
        """
        return playback(self.of_period(camera, begin, end), self.key(), begin=begin, end=end)

    def still(self, camera: str, at: datetime, width_px: int) -> Still:
        """Return the covered picture that a camera showed at a moment; errors as in `play`."""
        return still(self.of_period(camera, at - _BEFORE, at), self.key(), at=at, width_px=width_px)

    def previews(self, camera: str, begin: datetime, end: datetime, *, count: int, width_px: int) -> list[Still]:
        """Return small covered pictures of a period, evenly spread; errors as in `play`."""
        chosen = self.of_period(camera, begin, end)
        return list(previews(chosen, self.key(), begin=begin, end=end, count=count, width_px=width_px))

    def export(
        self, camera: str, begin: datetime, end: datetime, target: Path, *, watch: Callable[[float], None]
    ) -> list[Exported]:
        """Write a period to MP4 files.

        Args:
            camera: Name of the camera.
            begin: Start, UTC.
            end: End, UTC.
            target: Name of the first file, ending in .mp4.
            watch: Called with the share that is done, again and again; what it raises ends the export.

        Raises:
            SourceError: There is no picture in that period, or it is damaged.
            OutputError: A file cannot be written, or the key cannot be read.
        """
        chosen = self.of_period(camera, begin, end)
        if not chosen:
            raise no_pictures(camera, begin, end)
        return export(_watched(chosen, watch), self.key(), target, begin=begin, end=end)

    def key(self) -> Key:
        """Return the key.

        Raises:
            OutputError: It is missing, or not a key.
        """
        return load_key(self._key_file)

    def verify(self, camera: str) -> Iterator[Verification]:
        """Yield a verdict on each segment of a camera, and on those that are missing; for one caller at a time.

        Raises:
            OutputError: The key is missing, or not a key; or somebody else verifies recordings at this moment.
        """
        if not self._verifying.acquire(blocking=False):
            msg = "recordings are being verified already; try again later"
            raise OutputError(msg)
        try:
            yield from verify(self._folder, camera, self.key(), heads=self._heads)
        finally:
            self._verifying.release()


def _watched(chosen: Sequence[Segment], watch: Callable[[float], None]) -> Iterator[Segment]:
    for count, segment in enumerate(chosen):
        watch(count / len(chosen))
        yield segment
    watch(1.0)


def spans(found: Iterable[Segment]) -> Iterator[RecordedSpan]:
    """Yield segments of one camera grouped into spans without a gap."""
    span: list[Segment] = []
    for segment in found:
        if span and segment.begin - (span[-1].end or span[-1].begin) > timedelta(seconds=GAP_S):
            yield RecordedSpan(tuple(span))
            span = []
        span.append(segment)
    if span:
        yield RecordedSpan(tuple(span))


def _cover(segment: Segment) -> CoverOfPart:
    if segment.whole is None or segment.notices is None or not segment.pictures:
        return CoverOfPart.UNKNOWN
    hidden = segment.whole + segment.notices
    if not hidden:
        return CoverOfPart.COVERED
    return CoverOfPart.WHOLE if hidden >= segment.pictures else CoverOfPart.SOME_WHOLE


def no_pictures(camera: str, begin: datetime, end: datetime) -> RecordingAbsentError:
    """Return the error about a period without pictures."""
    period = f"between {begin:%Y-%m-%d %H:%M:%S} and {end:%Y-%m-%d %H:%M:%S} UTC"
    return RecordingAbsentError(f"camera {camera!r}: there is no picture {period}")
