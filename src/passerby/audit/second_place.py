"""A second place for checkpoints: a folder on another machine, with a time stamp if a service gives one."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from passerby.audit.timestamp import request_timestamp
from passerby.errors import AuditError


class SecondPlace:
    """Copies a checkpoint into a folder: one file for each day, the day's last checkpoint.

    Several gateways can share the folder.

    Args:
        folder: The folder, which must exist: it may be a share that is not mounted.
        gateway: Returns the id of this gateway, which the names of its files have.
        clock: The system's clock, UTC since 1970, s.
        timestamp_url: Time-stamping service; "" = none.
    """

    def __init__(
        self, folder: Path, *, gateway: Callable[[], str], clock: Callable[[], float], timestamp_url: str = ""
    ) -> None:
        self._folder = folder
        self._gateway = gateway
        self._clock = clock
        self._url = timestamp_url
        self._stamped = ""

    def __call__(self, checkpoint: bytes) -> None:
        """Copy a checkpoint.

        Raises:
            AuditError: The folder is not there or cannot be written, there is no time stamp, or the id is not known.
        """
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        own = f"{day}-{self._gateway()}"
        target = self._folder / f"checkpoint-{own}"
        if not self._folder.is_dir():
            msg = f"{self._folder}: the folder for copies of checkpoints is not there; mount or create it"
            raise AuditError(msg)
        try:
            _write(target, checkpoint)
            if self._url and self._stamped != day:
                _write(target.with_name(f"timestamp-{own}.tsr"), request_timestamp(self._url, checkpoint))
                _write(target.with_name(f"timestamp-{own}.checkpoint"), checkpoint)
                self._stamped = day
        except OSError as error:
            msg = f"{target}: {error.strerror}; check the share"
            raise AuditError(msg) from error


def _write(target: Path, data: bytes) -> None:
    """Write a file completely or not at all; others who can write the folder cannot lead it elsewhere by a link."""
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb") as file:
        file.write(data)
    partial.replace(target)
