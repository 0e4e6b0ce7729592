"""Keeps signals on the local disk until the database has them.

A spool is a folder of segments that are only ever added to. A record is one line: the CRC-32 of its text in eight hex
digits, a space, and the rows as JSON. What `append` returned for is on the disk, and outlives a kill and a loss of
power. A record cut off by either was never acknowledged and is passed over; so is a damaged one, which is counted.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from passerby.errors import StoreError
from passerby.measure.reading import Quantity
from passerby.store.row import Row

log = logging.getLogger(__name__)

SEGMENT_BYTES = 16_000_000
SUFFIX = ".spool"


class Spool:
    """Signals that wait for the database; one program at a time has it.

    Args:
        folder: Where the segments lie; made when absent.
        limit_bytes: How much may wait. What is beyond is refused: nothing that waits is given up for it.

    Raises:
        StoreError: The folder cannot be written, or another program has it.
    """

    def __init__(self, folder: Path, *, limit_bytes: int = 2_000_000_000) -> None:
        self._folder, self._limit_bytes = folder, limit_bytes
        self._segment = -1
        self._size = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._closed_bytes = sum(path.stat().st_size for path in self.segments())
        except OSError as error:
            raise self._error(error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            msg = f"{folder}: another passerby has this spool; give each its own folder"
            raise StoreError(msg) from error

    @property
    def waiting_bytes(self) -> int:
        """How much waits, bytes."""
        return self._closed_bytes + self._size

    def append(self, rows: Sequence[Row]) -> None:
        """Bring rows to the disk, all or none.

        Raises:
            StoreError: The disk is full or failed, or too much waits: these rows are not kept.
        """
        text = json.dumps(rows, separators=(",", ":"), allow_nan=False).encode()
        record = b"%08x %s\n" % (crc32(text), text)
        if self.waiting_bytes + len(record) > self._limit_bytes:
            msg = f"{self._folder}: {self._limit_bytes / 1e6:g} MB wait for the database; bring it back, or allow more"
            raise StoreError(msg)
        try:
            if self._segment < 0:
                self._begin()
            view = memoryview(record)
            while view:
                view = view[os.write(self._segment, view) :]
            os.fdatasync(self._segment)
        except OSError as error:
            self._undo()
            raise self._error(error) from error
        self._size += len(record)
        if self._size >= SEGMENT_BYTES:
            self.turn()

    def segments(self) -> list[Path]:
        """Return the segments that are no longer added to, oldest first."""
        found = self._all()
        return found[:-1] if self._segment >= 0 else found

    def turn(self) -> None:
        """Add no more to the present segment; the next record begins a new one."""
        if self._segment >= 0:
            os.close(self._segment)
            self._closed_bytes += self._size
            self._segment, self._size = -1, 0

    def read(self, segment: Path) -> Iterator[list[Row]]:
        """Yield the records of a segment; damaged ones are passed over and logged.

        Raises:
            StoreError: The segment cannot be read, or another version of passerby wrote it.
        """
        try:
            with segment.open("rb") as lines:
                for number, line in enumerate(lines):
                    rows = _parse(line)
                    if rows is not None:
                        yield rows
                    elif line.endswith(b"\n"):
                        log.error("spool record damaged", extra={"segment": segment.name, "record": number})
        except OSError as error:
            raise self._error(error) from error
        except (TypeError, ValueError) as error:  # whole, but not of our shape
            msg = f"{segment}: another version of passerby wrote this; start that one until it has brought it in"
            raise StoreError(msg) from error

    def remove(self, segment: Path) -> None:
        """Remove a segment that the database has.

        Raises:
            StoreError: It cannot be removed.
        """
        try:
            size = segment.stat().st_size
            segment.unlink()
        except OSError as error:
            raise self._error(error) from error
        self._closed_bytes -= size

    def close(self) -> None:
        """Let the folder go; what waits stays in it."""
        self.turn()
        os.close(self._lock)

    def _all(self) -> list[Path]:
        return sorted(path for path in self._folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())

    def _begin(self) -> None:
        last = max((int(path.stem) for path in self._all()), default=0)
        path = self._folder / f"{last + 1:012d}{SUFFIX}"
        self._segment = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # the name, too, must outlive a loss of power
        finally:
            os.close(folder)

    def _undo(self) -> None:
        """Take back half a record; where that fails, no other is written behind it."""
        if self._segment >= 0:
            with suppress(OSError):
                os.ftruncate(self._segment, self._size)
            self.turn()

    def _error(self, error: OSError) -> StoreError:
        return StoreError(f"{self._folder}: signals cannot be spooled here ({error.strerror or error}); mend its disk")


def _parse(line: bytes) -> list[Row] | None:
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % crc32(text):
        return None
    rows = [Row(*row) for row in json.loads(text)]
    for row in rows:
        Quantity(row.quantity)
    return rows
