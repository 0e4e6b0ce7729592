"""Checks that recorded segments are present and unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from passerby.errors import SourceError
from passerby.outputs.recording.encryption import EncryptedReader, Key
from passerby.outputs.recording.segment import OPEN, Segment, about, file_hash, indexed, segments


@dataclass(frozen=True, slots=True)
class Verification:
    """The result for one segment.

    Args:
        segment: The segment.
        problem: What is wrong with it, in one line; "" = it is unchanged.
    """

    segment: Segment
    problem: str


def verify(folder: Path, camera: str, key: Key | None) -> Iterator[Verification]:
    """Yield a result for each segment of a camera, including those that are missing between others.

    Segments before the oldest one on disk were deleted by retention and do not count as missing. A segment that is
    still being written is skipped.

    Args:
        folder: Folder of all recordings.
        camera: Its name.
        key: Key of the site's recordings; None = hashes are compared, but nothing is decrypted.
    """
    there = [each for each in segments(folder, camera) if each.path.suffix != OPEN]
    paths = {segment.path for segment in there}
    for day in sorted({path.parent for path in paths}):
        for segment in indexed(folder, camera, day):
            if segment.path not in paths and segment.begin > there[0].begin:
                yield Verification(segment, "is missing, although earlier segments are present")
    for segment in there:
        yield Verification(segment, _problem(segment, key))


def _problem(segment: Segment, key: Key | None) -> str:
    """Return what is wrong with a segment."""
    try:
        if segment.sha256 and file_hash(segment.path) != segment.sha256:
            return "was changed after it was written: its hash differs from the index"
        if key is not None:
            reader = EncryptedReader(segment.path, key)
            for _ in reader.chunks():
                pass
            if reader.about != about(segment.camera, segment.begin):
                return "was renamed: it belongs to another camera or time"
            if reader.cut_off and not segment.cut_off:
                return "was cut short after it was written"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    except SourceError as error:
        return str(error)
    return "" if segment.sha256 else "is not in the index; start the gateway, which indexes what a kill left"
