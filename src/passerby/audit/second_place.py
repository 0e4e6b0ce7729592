"""A second place for checkpoints: a folder on another machine, with a time stamp if a service gives one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from passerby.audit.timestamp import request_timestamp
from passerby.errors import AuditError

EVERY_S: Final = 60.0
"""How often the checkpoint of the day is copied at most."""

log = logging.getLogger(__name__)


class SecondPlace:
    """Copies checkpoints into a folder while it is entered: one file for each day, the day's last checkpoint.

    A folder that is away delays nothing else; it gets the newest checkpoint when it is back.

    Args:
        folder: The folder, which must exist: it may be a share that is not mounted.
        clock: The system's clock, UTC since 1970, s.
        timestamp_url: Time-stamping service; "" = none.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float], timestamp_url: str = "") -> None:
        self._folder = folder
        self._clock = clock
        self._url = timestamp_url
        self._newest: bytes | None = None
        self._stamped = ""
        self._failure = ""
        self._more = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="passerby-second-place", daemon=True)

    @property
    def problem(self) -> str:
        """Why checkpoints do not arrive there, in one line; "" = they do."""
        return self._failure

    def put(self, checkpoint: bytes) -> None:
        """Copy a checkpoint soon, unless a newer one comes before; returns at once."""
        with self._more:
            self._newest = checkpoint
            self._more.notify_all()

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Copy what waits, once, and stop."""
        with self._more:
            self._stopping = True
            self._more.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._more:
                self._more.wait_for(lambda: self._stopping or self._newest is not None)
                checkpoint, self._newest = self._newest, None
            if checkpoint is not None and not self._copied(checkpoint):
                self._put_back(checkpoint)
            with self._more:
                if self._stopping:
                    return
                self._more.wait_for(lambda: self._stopping, EVERY_S)

    def _copied(self, checkpoint: bytes) -> bool:
        """Copy a checkpoint, and return whether it is there."""
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        target = self._folder / f"checkpoint-{day}"
        try:
            self._require_folder()
            _write(target, checkpoint)
            if self._url and self._stamped != day:
                _write(target.with_name(f"timestamp-{day}.tsr"), request_timestamp(self._url, checkpoint))
                _write(target.with_name(f"timestamp-{day}.checkpoint"), checkpoint)
                self._stamped = day
        except (OSError, AuditError) as error:
            reason = str(error) if isinstance(error, AuditError) else f"{target}: {error.strerror}; check the share"
            if reason != self._failure:
                log.warning("checkpoint_not_copied", extra={"reason": reason})
            self._failure = reason
            return False
        self._failure = ""
        return True

    def _put_back(self, checkpoint: bytes) -> None:
        """Try a checkpoint again, unless there is a newer one."""
        with self._more:
            if self._newest is None:
                self._newest = checkpoint

    def _require_folder(self) -> None:
        if not self._folder.is_dir():
            msg = f"{self._folder}: the folder for copies of checkpoints is not there; mount or create it"
            raise AuditError(msg)


def _write(target: Path, data: bytes) -> None:
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(data)
    partial.replace(target)
