"""The events of alerts on disk: what was acknowledged is never lost, and nothing happens twice.

An append log and no database: alerts must go out while the database is away, and an event is on disk before anybody
is informed. Events that belong together are one record, which is stored whole or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from passerby.alerts.event import AlertEvent, decoded, encoded
from passerby.errors import AlertStorageError
from passerby.storage.append_log import AppendLog, read_log, replaced

log = logging.getLogger(__name__)

FILE = "alerts.log"
"""Name of the file in the state folder."""
LARGEST_BYTES = 64 << 20
"""A larger file is written anew without old alerts."""


class AlertEventLog:
    """Stores events; one per state folder.

    Args:
        path: The file; created if missing.

    Raises:
        AlertStorageError: It cannot be opened or read, or another program uses it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._log = AppendLog(path)
        except BlockingIOError as error:
            msg = f"{path}: another program writes these alerts; stop it, or ask the running gateway"
            raise AlertStorageError(msg) from error
        except OSError as error:
            raise _storage_error(path, error) from error

    @property
    def size(self) -> int:
        """Size of the file, bytes."""
        return self._log.size

    def append(self, events: list[AlertEvent]) -> None:
        """Store events together; they are on disk when this returns.

        Raises:
            AlertStorageError: The disk is full or failed: none of them is stored.
        """
        if not events:
            return
        try:
            self._log.append(encoded(events))
        except OSError as error:
            raise _storage_error(self.path, error) from error

    def rewrite(self, events: Iterable[AlertEvent]) -> None:
        """Replace the file by one with these events only, in one step.

        Raises:
            AlertStorageError: The disk is full or failed: the old file stays.
        """
        kept = list(events)
        try:
            self._log = replaced(self._log, [encoded(kept)] if kept else [])
        except OSError as error:
            raise _storage_error(self.path, error) from error

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self._log.close()


def read_events(path: Path) -> list[AlertEvent]:
    """Return the stored events, oldest first; damaged records are logged and left out. Needs no lock.

    Raises:
        AlertStorageError: The file cannot be read.
    """
    events: list[AlertEvent] = []
    damaged = 0
    try:
        if not path.exists():
            return []
        for record in read_log(path):
            try:
                events += [] if record.data is None else decoded(record.data)
                damaged += record.data is None
            except ValueError:
                damaged += 1
    except OSError as error:
        raise _storage_error(path, error) from error
    if damaged:
        log.error("alerts_damaged", extra={"file": str(path), "records": damaged})
    return events


def _storage_error(path: Path, error: OSError) -> AlertStorageError:
    return AlertStorageError(f"{path}: alerts cannot be stored ({error.strerror}); free disk space or repair the disk")
