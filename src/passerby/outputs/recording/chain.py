"""Which segments of a camera were written, and which of them retention erased, so that a missing one is noticed.

Each segment seals its running number and the SHA-256 of the segment before it. Two sealed files per camera lie apart
from the recordings: `CAMERA.head` names the newest segment, `CAMERA.erased` the numbers that retention erased. The
recorder writes the head after the segment, and retention writes its record before it erases: a kill in between leaves
a segment that is accounted for twice, never one that seems to be missing.
"""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from passerby.errors import OutputError, SourceError
from passerby.outputs.partial import write_error
from passerby.outputs.recording.encryption import EncryptedFile, EncryptedReader, Key
from passerby.storage.append_log import sync_folder

_HEAD, _ERASED = ".head", ".erased"
NONE_YET: Final = -1
_MOST_DIGITS: Final = 18

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """A segment's place in its camera's chain.

    Args:
        number: Running, from 0.
        before: SHA-256 of the segment before it, hexadecimal; "" = there is none, or it is lost.
    """

    number: int
    before: str = ""

    def about(self) -> dict[str, str]:
        """Return what the segment seals of it."""
        return {"number": str(self.number), "before": self.before}


def link_from(about: Mapping[str, str]) -> Link | None:
    """Return the place that a segment says it has; None = it names none."""
    number = about.get("number", "")
    return Link(int(number), about.get("before", "")) if number.isdecimal() and len(number) <= _MOST_DIGITS else None


@dataclass(frozen=True, slots=True)
class Head:
    """The newest segment of a camera.

    Args:
        number: Its number; `NONE_YET` = nothing was written yet.
        sha256: Of its file, hexadecimal; "" = it is being written, or was when the process was killed.
        begin: Of its first picture, UTC, ISO 8601.
    """

    number: int = NONE_YET
    sha256: str = ""
    begin: str = ""


@dataclass(frozen=True, slots=True)
class Erased:
    """What retention erased of a camera.

    Args:
        spans: First and last number of each run, ascending, apart from one another.
        until: The latest first picture of all that was erased, UTC, ISO 8601; "" = nothing was.
    """

    spans: tuple[tuple[int, int], ...] = ()
    until: str = ""


class Chain:
    """Gives a camera's segments their numbers; whoever uses it holds the camera's lock.

    Args:
        heads: The folder of heads; made when absent.
        camera: Its name.
        key: Of the site.
        found: Number and SHA-256 of each chained segment on disk.

    Raises:
        OutputError: The head cannot be read or written.
    """

    def __init__(self, heads: Path, camera: str, key: Key, *, found: dict[int, str]) -> None:
        self._heads = heads
        self._camera = camera
        self._key = key
        try:
            head = read_head(heads, camera, key)
        except SourceError as error:
            raise OutputError(str(error)) from error

        newest = max(found, default=NONE_YET)
        if head is None:
            # Before the first segment there is a head, so somebody removed it: a number is left out, and `verify`
            # reports it. Otherwise whoever removes the newest segments and the head would not be noticed.
            if found:
                log.error("recording_head_missing", extra={"camera": camera})
            head = Head(newest + 1 if found else NONE_YET)
            self._write(head)

        self._next = max(head.number, newest) + 1
        known = head.sha256 if head.number == self._next - 1 else ""
        self._before = found.get(self._next - 1, known)

    def link(self) -> Link:
        """Return the place of the next segment."""
        return Link(self._next, self._before)

    def begun(self, begin: str) -> None:
        """Announce the next segment, once its first pictures are on the disk.

        Raises:
            OutputError: The head cannot be written.
        """
        self._write(Head(self._next, "", begin))

    def finished(self, begin: str, sha256: str) -> None:
        """Name the segment that is complete the newest, and go on to the next number.

        Raises:
            OutputError: The head cannot be written; the number counts all the same.
        """
        head = Head(self._next, sha256, begin)
        self._next = self._next + 1
        self._before = sha256
        self._write(head)

    def _write(self, head: Head) -> None:
        _replace(self._heads / f"{self._camera}{_HEAD}", self._key, asdict(head))


def chained_cameras(heads: Path) -> list[str]:
    """Return the names of the cameras that have a head."""
    return sorted(each.stem for each in heads.glob(f"*{_HEAD}") if not each.name.startswith("."))


def read_head(heads: Path, camera: str, key: Key) -> Head | None:
    """Return a camera's head; None = there is no such file.

    Raises:
        SourceError: The file is damaged, another camera's, or sealed with another key.
    """
    said = _read(heads / f"{camera}{_HEAD}", key)
    return None if said is None else Head(**said)


def read_erased(heads: Path, camera: str, key: Key) -> Erased:
    """Return what retention erased of a camera.

    Raises:
        SourceError: As `read_head`.
    """
    said = _read(heads / f"{camera}{_ERASED}", key)
    if said is None:
        return Erased()
    return Erased(tuple((first, last) for first, last in said["spans"]), said["until"])


def record_erased(heads: Path, camera: str, key: Key, erased: Iterable[tuple[int, str]]) -> None:
    """Record which segments of a camera retention erases.

    Args:
        heads: The folder of heads.
        camera: Its name.
        key: Of the site.
        erased: Number and first picture (UTC, ISO 8601) of each.

    Raises:
        OutputError: The record cannot be written.
        SourceError: The record so far cannot be read.
    """
    numbers = list(erased)
    with _locked(heads):
        before = read_erased(heads, camera, key)
        spans = joined([*before.spans, *((number, number) for number, _ in numbers)])
        after = Erased(tuple(spans), max(before.until, *(begin for _, begin in numbers)))
        _replace(heads / f"{camera}{_ERASED}", key, asdict(after))


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of numbers in ascending order, those that touch or overlap made one.

    >>> joined([(5, 6), (0, 2), (3, 3)])
    [(0, 3), (5, 6)]
    """
    result: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = result[-1][0], max(last, result[-1][1])
        else:
            result.append((first, last))
    return result


def gaps(spans: Sequence[tuple[int, int]], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of numbers from `first` to `last` that no span holds.

    >>> list(gaps([(1, 3), (6, 6)], 0, 7))
    [(0, 0), (4, 5), (7, 7)]
    """
    at = first
    for begin, end in [*joined(spans), (last + 1, last + 1)]:
        if begin > at:
            yield at, min(begin - 1, last)
        at = max(at, end + 1)
        if at > last:
            return


def _read(path: Path, key: Key) -> dict[str, Any] | None:
    if not path.exists():
        return None
    reader = EncryptedReader(path, key)
    text = b"".join(reader.chunks())
    if reader.cut_off or reader.about != {"file": path.name}:
        msg = f"{path}: this is not the file that passerby wrote here; restore it"
        raise SourceError(msg)
    said = json.loads(text)
    assert isinstance(said, dict)  # noqa: S101 - what is sealed is what `_replace` wrote
    return said


def _replace(path: Path, key: Key, said: dict[str, Any]) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.unlink(missing_ok=True)
        sealed = EncryptedFile(new, key, {"file": path.name})
        try:
            sealed.finish(json.dumps(said).encode())
            new.replace(path)
        finally:
            sealed.close()
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error


@contextmanager
def _locked(heads: Path) -> Iterator[None]:
    """Hold the lock of the records of what was erased: several gateways may tidy one folder."""
    try:
        heads.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (heads / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise write_error(heads, error) from error
