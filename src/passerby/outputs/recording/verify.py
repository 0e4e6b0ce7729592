"""Are recorded segments as they were written, and is every one of them there?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from passerby.errors import SourceError
from passerby.outputs.recording.chain import NONE_YET, Erased, Head, Link, gaps, read_erased, read_head
from passerby.outputs.recording.encryption import EncryptedReader, Key
from passerby.outputs.recording.segment import OPEN, Segment, about, file_hash, indexed, link_of, segments


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found out about one segment, or several that are missing.

    Args:
        camera: Whose.
        begin: Of its first picture, UTC; None = not known.
        problem: What is wrong with it, in one line; "" = it is as it was written.
        chained: Whether it has a number, so that it is noticed when it is missing.
    """

    camera: str
    begin: datetime | None
    problem: str
    chained: bool = True


@dataclass(slots=True)
class _Found:
    """What lies on the disk of one camera's chain."""

    numbers: dict[int, datetime] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)


def verify(folder: Path, camera: str, key: Key | None, *, heads: Path) -> Iterator[Verification]:
    """Yield a verdict on each segment of a camera, and on those that are missing.

    With the key, what was written is known from the sealed head, and what retention erased from its sealed record;
    without it, only segments between others are missed. Of a segment that is being written only its place is looked
    at. The gateway may run meanwhile.

    Args:
        folder: Folder of all recordings.
        camera: Its name.
        key: Of the site; None = hashes are compared, but nothing is opened.
        heads: The folder of heads.
    """
    try:
        head = None if key is None else read_head(heads, camera, key)  # first: what it names is there from now on
    except SourceError as error:
        yield Verification(camera, None, str(error))
        return

    found = _Found()
    for segment in segments(folder, camera):
        yield from _looked_at(segment, key, found)
    yield from _not_following(camera, found, head)
    yield from _missing_by_index(folder, camera)

    if key is None:
        yield from _missing(camera, found, Erased(((0, min(found.numbers, default=0) - 1),)), NONE_YET)
    elif head is None and found.numbers:
        there = heads / f"{camera}.head"
        yield Verification(camera, None, f"{there} is missing: what was erased at either end cannot be found out")
    else:
        try:
            erased = read_erased(heads, camera, key)  # last: what is erased meanwhile is in it
        except SourceError as error:
            yield Verification(camera, None, str(error))
            return
        newest = NONE_YET if head is None else head.number
        if erased.spans and erased.spans[-1][1] > newest:
            problem = (
                f"the head ends at number {newest}, but number {erased.spans[-1][1]} was erased: the head is an old one"
            )
            yield Verification(camera, None, problem)
        yield from _missing(camera, _again(folder, camera, found), erased, newest)


def opens_none(folder: Path, cameras: Iterable[str], key: Key, *, heads: Path) -> bool:
    """Return whether a key opens nothing that was recorded, so that it is another site's.

    A segment that opens with no key, and differs from its hash in the index, was changed: it says nothing of the key.

    Args:
        folder: Folder of all recordings.
        cameras: Names of the cameras.
        key: The key in question.
        heads: The folder of heads.
    """
    shut: list[Segment] = []
    for camera in cameras:
        if _opens(heads / f"{camera}.head", key):
            return False
        for segment in segments(folder, camera):
            opens = _opens(segment.path, key)
            if opens:
                return False
            if opens is not None:
                shut.append(segment)
    known = [each for each in shut if each.sha256]
    return any(map(_is_as_written, known)) if known else bool(shut)


def _opens(path: Path, key: Key) -> bool | None:
    """Return whether the first part of a sealed file opens with a key; None if it has no complete part."""
    try:
        return next(EncryptedReader(path, key).chunks(), None) is not None or None
    except SourceError:
        return False


def _is_as_written(segment: Segment) -> bool:
    try:
        return file_hash(segment.path) == segment.sha256
    except OSError:
        return False


def _looked_at(segment: Segment, key: Key | None, found: _Found) -> Iterator[Verification]:
    is_open = segment.path.suffix == OPEN
    try:
        link = link_of(segment, None)
        sha256 = "" if is_open else file_hash(segment.path)
    except FileNotFoundError:
        return  # erased or renamed meanwhile; whether it was lawful is seen by its number
    except OSError as error:
        yield Verification(segment.camera, segment.begin, f"cannot be read ({error.strerror})")
        return

    twice = link is not None and link.number in found.numbers
    if link is not None and not twice:
        found.numbers[link.number] = segment.begin
    if is_open:
        return
    problem = _problem(segment, sha256, key)
    if twice and not problem and link is not None:
        problem = f"has the number {link.number}, as another segment: one of them was copied here"
    if link is not None and not problem:
        found.hashes[link.number], found.links[link.number] = sha256, link
    yield Verification(segment.camera, segment.begin, problem, chained=link is not None)


def _problem(segment: Segment, sha256: str, key: Key | None) -> str:
    """Return what is wrong with a segment by itself."""
    if segment.sha256 and sha256 != segment.sha256:
        return "was changed after it was written: its hash differs from the index"
    if key is not None:
        try:
            reader = EncryptedReader(segment.path, key)
            for _ in reader.chunks():
                pass
        except SourceError as error:
            return str(error)
        if not about(segment.camera, segment.begin).items() <= reader.about.items():
            return "was renamed: it belongs to another camera or time"
        if reader.cut_off and not segment.cut_off:
            return "was cut short after it was written"
    return "" if segment.sha256 else "is not in the index; start the gateway, which indexes what a kill left"


def _not_following(camera: str, found: _Found, head: Head | None) -> Iterator[Verification]:
    """Yield which good segment is not the one that the next segment, or the head, was written after."""
    said = {number - 1: link.before for number, link in found.links.items() if link.before}
    if head is not None and head.sha256:
        said[head.number] = head.sha256
    for number, sha256 in sorted(said.items()):
        if found.hashes.get(number, sha256) != sha256:
            problem = f"number {number} was exchanged or cut short: what was written after it names another hash"
            yield Verification(camera, found.numbers[number], problem)


def _missing_by_index(folder: Path, camera: str) -> Iterator[Verification]:
    """Yield which segments of earlier versions are missing between others: they have no number."""
    there = [each for each in segments(folder, camera) if each.path.suffix != OPEN]
    paths = {segment.path for segment in there}
    for day in sorted({path.parent for path in paths}):
        for segment in indexed(folder, camera, day):
            if segment.number is None and segment.path not in paths and segment.begin > there[0].begin:
                problem = "is missing, although earlier segments are present"
                yield Verification(camera, segment.begin, problem, chained=False)


def _missing(camera: str, found: _Found, erased: Erased, newest: int) -> Iterator[Verification]:
    """Yield the runs of numbers that were written, are not there, and were not erased by retention."""
    there: Iterable[tuple[int, int]] = ((number, number) for number in found.numbers)
    for first, last in gaps([*there, *erased.spans], 0, max(newest, *found.numbers, NONE_YET)):
        before, after = found.numbers.get(first - 1), found.numbers.get(last + 1)
        which = f"number {first} is missing" if first == last else f"numbers {first} to {last} are missing"
        between = [f"written after {_text(before)}"] * (before is not None)
        between += [f"before {_text(after)}"] * (after is not None)
        where = f", {' and '.join(between)}" if between else ""
        yield Verification(camera, before or after, f"{which}{where}: not erased by retention")


def _again(folder: Path, camera: str, found: _Found) -> _Found:
    """Return what was found with what was renamed or begun while looking."""
    for segment in segments(folder, camera):
        try:
            link = link_of(segment, None)
        except OSError:
            continue
        if link is not None:
            found.numbers.setdefault(link.number, segment.begin)
    return found


def _text(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
