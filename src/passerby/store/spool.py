"""Stores signals on the local disk until the database has them.

A spool is a folder of segments, each an append log (`storage.append_log`) whose records are rows as JSON. Once
`append` has returned, the rows are on disk and survive a kill and a power failure. A record cut off by either was
never acknowledged and is skipped; a damaged one is skipped and logged.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from passerby.errors import StoreError
from passerby.measure.reading import Quantity
from passerby.storage.append_log import AppendLog, read_log
from passerby.store.row import Row

log = logging.getLogger(__name__)

SEGMENT_BYTES = 16_000_000
SUFFIX = ".spool"


class Spool:
    """Signals that wait for the database; used by one program at a time.

    Args:
        folder: Folder of the segments; created if missing.
        limit_bytes: How much may wait. More is refused: waiting signals are never dropped for new ones.

    Raises:
        StoreError: The folder cannot be written, or another program uses it.
    """

    def __init__(self, folder: Path, *, limit_bytes: int = 2_000_000_000) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._segment: AppendLog | None = None
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
            msg = f"{folder}: in use by another passerby; give each its own spool folder"
            raise StoreError(msg) from error

    @property
    def waiting_bytes(self) -> int:
        """Size of what waits, bytes."""
        return self._closed_bytes + (0 if self._segment is None else self._segment.size)

    def append(self, rows: Sequence[Row]) -> None:
        """Write rows to disk, all or none.

        Raises:
            StoreError: The disk is full or failed, or too much waits: these rows are not stored.
        """
        text = json.dumps(rows, separators=(",", ":"), allow_nan=False).encode()
        if self.waiting_bytes + len(text) > self._limit_bytes:
            msg = f"{self._folder}: {self._limit_bytes / 1e6:g} MB wait for the database; start it, or raise the limit"
            raise StoreError(msg)
        try:
            if self._segment is None:
                self._segment = self._new_segment()
            self._segment.append(text)
        except OSError as error:
            self.turn()
            raise self._error(error) from error
        if self._segment.size >= SEGMENT_BYTES:
            self.turn()

    def segments(self) -> list[Path]:
        """Return the completed segments, oldest first."""
        found = self._all()
        return found if self._segment is None else [path for path in found if path != self._segment.path]

    def turn(self) -> None:
        """Complete the present segment; the next record begins a new one."""
        if self._segment is not None:
            self._closed_bytes += self._segment.size
            self._segment.close()
            self._segment = None

    def read(self, segment: Path) -> Iterator[list[Row]]:
        """Yield the records of a segment; damaged ones are skipped and logged.

        Raises:
            StoreError: The segment cannot be read, or another version of passerby wrote it.
        """
        try:
            for record in read_log(segment):
                if record.data is None:
                    log.error("spool_record_damaged", extra={"segment": segment.name, "record": record.number})
                else:
                    yield _rows(record.data)
        except OSError as error:
            raise self._error(error) from error
        except (TypeError, ValueError) as error:  # intact, but in another form
            msg = f"{segment}: written by another version of passerby; run that version until it has stored it"
            raise StoreError(msg) from error

    def remove(self, segment: Path) -> None:
        """Remove a segment that is in the database.

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
        """Release the folder; what waits stays in it."""
        self.turn()
        os.close(self._lock)

    def _all(self) -> list[Path]:
        return sorted(path for path in self._folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())

    def _new_segment(self) -> AppendLog:
        last = max((int(path.stem) for path in self._all()), default=0)
        return AppendLog(self._folder / f"{last + 1:012d}{SUFFIX}")

    def _error(self, error: OSError) -> StoreError:
        return StoreError(f"{self._folder}: signals cannot be spooled here ({error.strerror or error}); check the disk")


def _rows(text: bytes) -> list[Row]:
    rows = [Row(*row) for row in json.loads(text)]
    for row in rows:
        Quantity(row.quantity)
    return rows
