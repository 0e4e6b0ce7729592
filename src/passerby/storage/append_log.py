"""An append-only file of records: checksummed, locked, and on disk before `append` returns.

A record is one line: the CRC-32 of its bytes in eight hex digits, a space, the bytes, a line feed. A record that was
cut off by a kill or a power failure was never acknowledged: readers skip it, and the next writer removes it. A record
that was damaged later affects no other record.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One complete line of a log.

    Args:
        number: Number of the line, from 0.
        line: The line in the file, without its line feed.
        data: The bytes that were appended; None = the line is damaged, or is not in the format of a log.
    """

    number: int
    line: bytes
    data: bytes | None


class AppendLog:
    """Appends records to a file; one writer at a time; a context manager.

    Args:
        path: The file; created if missing, in an existing folder.

    Raises:
        BlockingIOError: Another writer has locked the file.
        OSError: It cannot be opened, created or repaired.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._failed = False
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._size = self._cut_torn_end()
            sync_folder(path.parent)  # the name, too, must survive a power failure
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """Size of the file, bytes."""
        return self._size

    def append(self, data: bytes) -> None:
        """Write one record to disk, completely or not at all.

        Args:
            data: Bytes without a line feed.

        Raises:
            ValueError: The bytes contain a line feed.
            OSError: The disk is full or failed: the record is not stored, earlier ones are. If the disk failed,
                the log accepts nothing more until it is opened again.
        """
        if b"\n" in data:
            msg = "a record of a log must not contain a line feed"
            raise ValueError(msg)

        if self._failed:
            raise OSError(errno.EIO, "the disk failed before; open the log again")
        record = log_line(data)
        try:
            view = memoryview(record)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            self._undo()
            raise

        try:
            os.fdatasync(self._descriptor)
        except OSError:
            self._failed = True  # what reached the disk is unknown, and a second sync would not tell
            self._undo()
            raise

        self._size += len(record)

    def close(self) -> None:
        """Close the file; safe to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file."""
        self.close()

    def _undo(self) -> None:
        """Remove an incomplete record; if that fails, no other is written after it."""
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self._failed = True

    def _cut_torn_end(self) -> int:
        """Remove what follows the last line feed, and return the size of the rest, bytes."""
        end = os.fstat(self._descriptor).st_size
        whole = end
        while whole > 0:
            first = max(0, whole - _BLOCK)
            block = os.pread(self._descriptor, whole - first, first)
            if (at := block.rfind(b"\n")) >= 0:
                whole = first + at + 1
                break
            whole = first
        if whole < end:
            os.ftruncate(self._descriptor, whole)
            os.fdatasync(self._descriptor)
        return whole


def log_line(data: bytes) -> bytes:
    """Return the line of a log that holds a record.

    Args:
        data: Bytes without a line feed.
    """
    return b"%08x %s\n" % (crc32(data), data)


def read_log(path: Path) -> Iterator[LogRecord]:
    """Yield the records of a log, including damaged ones; an incomplete last record is skipped.

    Raises:
        OSError: The file is missing or cannot be read.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            if line.endswith(b"\n"):
                whole = line[:-1]
                yield LogRecord(number, whole, _data(whole))


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to disk.

    Raises:
        OSError: The system reports an error.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _data(line: bytes) -> bytes | None:
    checksum, space, data = line[:8], line[8:9], line[9:]
    return data if space == b" " and checksum == b"%08x" % crc32(data) else None
