"""An append-only log: entries become durable in a journal, and are moved into signed tiles soon after."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from passerby.audit.checkpoint import LogCheckpoint
from passerby.audit.journal import Journal
from passerby.audit.key_file import load_or_make_signer
from passerby.audit.tile import LONGEST_ENTRY
from passerby.audit.tile_folder import KEY_FILE, TileFolder
from passerby.audit.tile_publisher import TilePublisher
from passerby.errors import AuditError

EVERY_S: Final = 1.0
"""How long an entry waits at most until a checkpoint covers it."""
FIRST_S: Final = 5.0
"""How long a process waits for the one that is just making the log."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    """An entry whose thread waits."""

    data: bytes
    index: int = -1
    failure: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether it was written, or cannot be."""
        return self.index >= 0 or self.failure is not None


class TileLog:
    """Appends entries to a log; many threads, and several processes, may do so at once.

    One process, the first, also publishes: it moves entries into tiles and signs checkpoints, in a thread of its own.

    Args:
        folder: The log's folder: tiles and checkpoints, which anybody may read and verify.
        state: Folder of journal and private key; made if absent.
        origin: Name of a log that is new.
        public: Whether other users may read the log's folder.
        on_checkpoint: Called from the publishing thread with each checkpoint, as the file has it.

    Raises:
        AuditError: The log cannot be read or made, or is not what its own checkpoint says.
    """

    def __init__(
        self,
        folder: Path,
        state: Path,
        *,
        origin: str,
        public: bool = False,
        on_checkpoint: Callable[[bytes], None] | None = None,
    ) -> None:
        self.folder = folder
        self.state = state
        self.failure = ""
        """Why entries are not moved into tiles at present; "" = they are."""
        self._on_checkpoint = on_checkpoint
        self._signer = load_or_make_signer(state / "key", origin)
        self._tiles = TileFolder(folder, public=public)
        self._journal = Journal(state / "journal")
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._turn = threading.Condition(self._queueing)
        self._writing = False
        self._committing = threading.Lock()
        self._publishing = threading.Lock()
        self._publisher: TilePublisher | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = -1
        try:
            self._lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if not self._publishes():
                self._await_journal()
        except OSError as error:
            self.close()
            raise self._error(error) from error
        except AuditError:
            self.close()
            raise

    @property
    def key(self) -> str:
        """The public key, as text."""
        return str(self._signer.key)

    def append(self, data: bytes) -> int:
        """Write an entry to disk, and return its index.

        Entries that arrive while others are being written go to disk together.

        Args:
            data: Up to 65,535 bytes without a line feed.

        Raises:
            AuditError: It cannot be written; it is not in the log.
            ValueError: It is too long or has a line feed.
        """
        if len(data) > LONGEST_ENTRY or b"\n" in data:
            msg = f"an entry of a log has up to {LONGEST_ENTRY} bytes and no line feed"
            raise ValueError(msg)
        mine = _Waiting(data)
        with self._queueing:
            self._queue.append(mine)
            self._turn.wait_for(lambda: mine.done or not self._writing)
            leads = not mine.done
            self._writing = self._writing or leads
        if leads:  # whoever waits is told when it is done: a queue at one lock would let through one at a time
            try:
                with self._committing:
                    self._commit()
            finally:
                with self._queueing:
                    self._writing = False
                    self._turn.notify_all()
        if mine.failure is not None:
            raise self._error(mine.failure) from mine.failure
        if not mine.done:  # the thread that wrote for this one failed in a way that nobody foresaw
            msg = "the entry was not written into the audit log; try again"
            raise AuditError(msg)
        return mine.index

    def publish(self) -> LogCheckpoint | None:
        """Move all entries into tiles now; None = another process does that.

        Raises:
            AuditError: Tiles cannot be written, or are not what the log's own checkpoint says.
        """
        with self._publishing:
            try:
                if not self._publishes() or self._publisher is None:
                    return None
                before = self._publisher.checkpoint
                now = self._publisher.publish()
            except OSError as error:
                raise self._error(error) from error
        if now != before and self._on_checkpoint is not None:
            data = self._tiles.checkpoint()
            if data is not None:
                self._on_checkpoint(data)
        return now

    def start(self) -> None:
        """Publish regularly, in a thread of its own, until the log is closed."""
        self._thread = threading.Thread(target=self._run, name="passerby-audit", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Publish what is left if this process may, and close; safe to repeat."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._publisher is not None:
            self._try_to_publish()
            self._publisher.close()
            self._publisher = None
        with self._committing:
            self._journal.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        """Return the log; it publishes regularly."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._try_to_publish()

    def _try_to_publish(self) -> None:
        try:
            self.publish()
        except AuditError as error:
            if str(error) != self.failure:
                log.error("audit_not_published", extra={"reason": str(error)})  # noqa: TRY400 - the reason is enough
            self.failure = str(error)
        else:
            self.failure = ""

    def _commit(self) -> None:
        """Write all entries that wait, with one sync; the caller has `_committing`."""
        with self._queueing:
            group, self._queue = self._queue, []
        try:
            first = self._journal.append([each.data for each in group])
        except (OSError, AuditError) as error:
            for each in group:
                each.failure = error
            return
        for number, each in enumerate(group, first):
            each.index = number

    def _publishes(self) -> bool:
        """Return whether this process publishes; if no other does, it does from now on."""
        if self._publisher is not None:
            return True
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            self._tiles.write(KEY_FILE, f"{self.key}\n".encode())
            self._publisher = TilePublisher(self._tiles, self.state / "journal", self._signer)
        except BaseException:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            raise
        return True

    def _await_journal(self) -> None:
        end_s = time.monotonic() + FIRST_S
        while not (self.state / "journal").exists():
            if time.monotonic() > end_s:
                raise FileNotFoundError(errno.ENOENT, "another process is making the log", "journal")
            time.sleep(0.01)

    def _error(self, error: Exception) -> AuditError:
        if isinstance(error, AuditError):
            return AuditError(str(error))
        return unwritable(self.state, error)


_REMEDIES: Final = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; remount it or set another state_folder",
    errno.EACCES: "no permission; change the folder's owner or permissions",
}


def unwritable(folder: Path, error: Exception) -> AuditError:
    """Return the error for a log that cannot be written: the cause, and what to do."""
    number = error.errno if isinstance(error, OSError) else None
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    remedy = _REMEDIES.get(number or 0, f"{reason}; check the disk")
    return AuditError(f"{folder}: the audit log cannot be written: {remedy}. What needs an entry is refused until then")
