"""Legal holds: periods of a camera's recordings that retention does not erase until somebody ends the hold."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from passerby.errors import OutputError, RecordingAbsentError, UsageError
from passerby.outputs.partial import PartialFile, write_error
from passerby.outputs.recording.segment import Segment

_LONGEST: Final = timedelta(hours=1)
"""No segment is longer: one whose end is not known may reach so far."""
LONGEST_HOLD: Final = timedelta(days=366)
SHORTEST_REASON: Final = 10
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A period of a camera that is not erased.

    Args:
        number: Its number; none is used twice.
        camera: Name of the camera.
        begin: Start, UTC.
        end: End, UTC.
        reason: Why.
        by: Name of the account that placed it.
        placed: When, UTC.
    """

    number: int
    camera: str
    begin: datetime
    end: datetime
    reason: str
    by: str
    placed: datetime

    def holds(self, segment: Segment) -> bool:
        """Return whether a segment may have pictures of the period."""
        until = segment.end or segment.begin + _LONGEST
        return segment.camera == self.camera and segment.begin <= self.end and until >= self.begin


class LegalHolds:
    """The legal holds of a site, in one file; used from several threads and processes.

    Args:
        path: The file; made when needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def all(self) -> list[LegalHold]:
        """Return all of them, by number.

        Raises:
            OutputError: The file cannot be read: whoever erases must not go on.
        """
        return self._read()[1]

    def place(self, wanted: LegalHold) -> LegalHold:
        """Add one, and return it with its number.

        Args:
            wanted: What is held; its number does not count.

        Raises:
            UsageError: There are too many.
            OutputError: The file cannot be read or written.
        """
        with self._alone():
            number, holds = self._read()
            if len(holds) >= MOST:
                msg = f"there are {MOST} legal holds, which is the most; end one that is no longer needed"
                raise UsageError(msg)
            placed = LegalHold(number, *(getattr(wanted, name) for name in LegalHold.__slots__[1:]))
            self._write(number + 1, [*holds, placed])
            return placed

    def end(self, camera: str, number: int) -> None:
        """End one of a camera.

        Raises:
            RecordingAbsentError: The camera has none of this number.
            OutputError: The file cannot be read or written.
        """
        with self._alone():
            following, holds = self._read()
            left = [each for each in holds if (each.camera, each.number) != (camera, number)]
            if len(left) == len(holds):
                msg = "this camera has no legal hold of this number; /api/recordings/CAMERA/holds lists them"
                raise RecordingAbsentError(msg)
            self._write(following, left)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other thread or process change the holds meanwhile: the command line does beside the gateway."""
        path = self._path.with_suffix(".lock")
        with self._lock:
            try:
                file = path.open("wb")
            except OSError as error:
                raise write_error(path, error) from error
            with file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    def _read(self) -> tuple[int, list[LegalHold]]:
        """Return the next number and the holds."""
        try:
            if not self._path.exists():
                return 1, []
            said: dict[str, Any] = json.loads(self._path.read_bytes())
            return int(said["next"]), [_hold(each) for each in said["holds"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            msg = f"{self._path}: the legal holds cannot be read, so nothing is erased; restore the file"
            raise OutputError(msg) from error

    def _write(self, following: int, holds: Iterable[LegalHold]) -> None:
        said = {"next": following, "holds": [asdict(each) for each in holds]}
        file = PartialFile(self._path, replace=True, mode=0o600)
        try:
            file.write(json.dumps(said, indent=1, default=datetime.isoformat).encode() + b"\n")
            file.commit()
        except OSError as error:
            msg = f"{self._path}: cannot be written ({error.strerror}); free some space or change its permissions"
            raise OutputError(msg) from error
        finally:
            file.discard()


def _hold(said: dict[str, Any]) -> LegalHold:
    return LegalHold(**said | {name: datetime.fromisoformat(said[name]) for name in ("begin", "end", "placed")})
