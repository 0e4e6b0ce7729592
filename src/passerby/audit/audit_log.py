"""The audit log of a gateway: entries as data in, durable bytes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from passerby.audit.checkpoint import LogCheckpoint
from passerby.audit.entry import AuditEntry
from passerby.audit.tile_log import TileLog


class AuditLog:
    """Logs what operators and the gateway do; implements `AuditSink`; several threads and processes may use it.

    Args:
        state_folder: Of the gateway; the log lies in its folder `audit`.
        origin: Name of a log that is new; one that was made before has its own.
        on_checkpoint: Called, from another thread, with each new checkpoint.

    Raises:
        AuditError: The log cannot be read or made, or is not what its own checkpoint says.
    """

    def __init__(
        self, state_folder: Path, origin: str, *, on_checkpoint: Callable[[bytes], None] | None = None
    ) -> None:
        state = audit_folder(state_folder)
        self.tile_log = TileLog(state / "log", state, origin=origin, on_checkpoint=on_checkpoint)

    def append(self, entry: AuditEntry) -> int:
        """Log an entry; it is on disk before this returns.

        Returns:
            The entry's index in the log, from 0.

        Raises:
            AuditError: It cannot be written: what needs the entry must not happen.
        """
        return self.tile_log.append(entry.encoded())

    def publish(self) -> LogCheckpoint | None:
        """Sign a checkpoint of all entries now; None = another process does that.

        Raises:
            AuditError: It cannot be written.
        """
        return self.tile_log.publish()

    def start(self) -> None:
        """Sign checkpoints regularly until the log is closed."""
        self.tile_log.start()

    def close(self) -> None:
        """Sign a last checkpoint and close; safe to repeat."""
        self.tile_log.close()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()


def audit_folder(state_folder: Path) -> Path:
    """Return where a gateway's audit log lies."""
    return state_folder / "audit"
