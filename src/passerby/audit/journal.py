"""The journal: where entries become durable before they are in tiles.

A file of checksummed lines: the number of its first entry, then entries. Whoever appends locks the file for that
moment only, so that a command can log beside a running gateway. What was cut off by a kill was never acknowledged.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passerby.errors import AuditError
from passerby.storage.append_log import log_line, read_log, sync_folder

LARGEST: Final = 256 << 20
"""Bytes: a journal that grew to this size is no longer moved into tiles, and something is very wrong."""
_BLOCK: Final = 1 << 20
_RESTORE: Final = "restore the audit folder from a backup, or move it away to start a new log"


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds.

    Args:
        first: Index of its first entry.
        entries: The entries, in order.
    """

    first: int
    entries: tuple[bytes, ...]

    @property
    def end(self) -> int:
        """Index of the entry that is appended next."""
        return self.first + len(self.entries)


class Journal:
    """Appends entries to a journal, which several processes may do in turn; use it from one thread at a time.

    Args:
        path: The file; `write_journal` makes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._inode = 0
        self._size = 0
        self._end = 0

    def append(self, entries: Sequence[bytes]) -> int:
        """Write entries to disk, all or none.

        Returns:
            The index of the first one.

        Raises:
            OSError: The disk is full or failed, or the journal is missing: none of them is stored.
            AuditError: The journal is damaged.
        """
        with self._locked():
            self._catch_up()
            if self._size > LARGEST:
                raise OSError(errno.EFBIG, f"{self.path.name} has grown to {self._size >> 20} MB")
            first = self._end
            data = b"".join(map(log_line, entries))
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(self._descriptor, view) :]
                os.fdatasync(self._descriptor)
            except OSError:
                self._undo()
                raise
            self._size += len(data)
            self._end += len(entries)
            return first

    def read(self) -> JournalContent:
        """Return what it holds now.

        Raises:
            OSError: It is missing or cannot be read.
            AuditError: It is damaged.
        """
        with self._locked():
            return read_journal(self.path)

    def replace(self, first: int) -> None:
        """Leave out what is in tiles: entries before an index.

        Raises:
            OSError: It cannot be written; nothing changed.
            AuditError: It is damaged.
        """
        with self._locked():
            content = read_journal(self.path)
            write_journal(self.path, first, content.entries[first - content.first :])

    def close(self) -> None:
        """Close the file; safe to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the file that has the journal's name at present."""
        while True:
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
                self._inode, self._size = os.fstat(self._descriptor).st_ino, 0
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                current = self.path.stat().st_ino == self._inode
            except OSError:
                self.close()
                raise
            if current:
                break
            self.close()  # another process replaced it
        try:
            yield
        finally:
            if self._descriptor >= 0:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _catch_up(self) -> None:
        """Count what others appended, and remove what a kill cut off."""
        size = os.fstat(self._descriptor).st_size
        if size == self._size:
            return
        content = read_journal(self.path)
        whole = _whole_size(self._descriptor)
        if whole < size:
            os.ftruncate(self._descriptor, whole)
            os.fdatasync(self._descriptor)
        self._size, self._end = whole, content.end

    def _undo(self) -> None:
        """Remove what was not acknowledged; if that fails, the file is read anew before anything is added to it."""
        try:
            os.ftruncate(self._descriptor, self._size)
        finally:
            self.close()


def read_journal(path: Path) -> JournalContent:
    """Return what a journal holds; an incomplete last line is skipped.

    Raises:
        OSError: It is missing or cannot be read.
        AuditError: It is damaged.
    """
    first, entries = None, []
    for record in read_log(path):
        if record.data is None or (first is None and not record.data.isdigit()):
            where = "its beginning" if first is None else f"entry {first + len(entries)}"
            msg = f"{path}: {where} is damaged; {_RESTORE}"
            raise AuditError(msg)
        if first is None:
            first = int(record.data)
        else:
            entries.append(record.data)
    if first is None:
        msg = f"{path}: its beginning is missing; {_RESTORE}"
        raise AuditError(msg)
    return JournalContent(first, tuple(entries))


def write_journal(path: Path, first: int, entries: Sequence[bytes]) -> None:
    """Write a journal, and give it its name when it is on the disk.

    Args:
        path: The file; one that is there is replaced.
        first: Index of the first entry.
        entries: The entries.

    Raises:
        OSError: It cannot be written; nothing changed.
    """
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(b"".join(map(log_line, (b"%d" % first, *entries))))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def _whole_size(descriptor: int) -> int:
    """Return the size of a file up to its last line feed, bytes."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        begin = max(0, end - _BLOCK)
        if (at := os.pread(descriptor, end - begin, begin).rfind(b"\n")) >= 0:
            return begin + at + 1
        end = begin
    return 0
