"""A file of records that is only added to: checksummed, locked, and on the disk before `append` returns.

A record is one line: the CRC-32 of its bytes in eight hex digits, a space, the bytes, a line feed. A record that a
kill or a loss of power cut off was never acknowledged: readers pass over it, and the next writer removes it. A record
that was damaged later costs no other record.
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
    """One whole line of a log.

    Args:
        number: Of the line, from 0.
        line: As it stands in the file, without its line feed.
        data: What was appended; None = the line is damaged, or no log of this kind wrote it.
    """

    number: int
    line: bytes
    data: bytes | None


class AppendLog:
    """Adds records to a file; one writer at a time, a context manager.

    Args:
        path: The file; made when absent, in a folder that is there.

    Raises:
        BlockingIOError: Another writer has the file.
        OSError: It cannot be opened, made or repaired.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._failed = False
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._size = self._cut_torn_end()
            sync_folder(path.parent)  # the name, too, must outlive a loss of power
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """Of the file, bytes."""
        return self._size

    def append(self, data: bytes) -> None:
        """Bring one record to the disk, wholly or not at all.

        Args:
            data: Bytes without a line feed.

        Raises:
            ValueError: There is a line feed in it.
            OSError: The disk is full or failed: the record is not kept, and earlier ones are. Where the disk failed,
                nothing more is taken until the log is opened anew.
        """
        if b"\n" in data:
            msg = "a record of a log is one line"
            raise ValueError(msg)
        if self._failed:
            raise OSError(errno.EIO, "the disk failed before; open the log again")
        record = b"%08x %s\n" % (crc32(data), data)
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
            self._failed = True  # what reached the disk is not known, and a second sync would not say
            self._undo()
            raise
        self._size += len(record)

    def close(self) -> None:
        """Let the file go; harmless when repeated."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let the file go."""
        self.close()

    def _undo(self) -> None:
        """Take back half a record; where that fails, no other is written behind it."""
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self._failed = True

    def _cut_torn_end(self) -> int:
        """Remove what follows the last line feed, and return what is left, bytes."""
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


def read_log(path: Path) -> Iterator[LogRecord]:
    """Yield the records of a log, damaged ones too; the end of one that is being written is passed over.

    Raises:
        OSError: The file is absent or cannot be read.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines):
            if line.endswith(b"\n"):
                whole = line[:-1]
                yield LogRecord(number, whole, _data(whole))


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk.

    Raises:
        OSError: It cannot be done.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _data(line: bytes) -> bytes | None:
    checksum, space, data = line[:8], line[8:9], line[9:]
    return data if space == b" " and checksum == b"%08x" % crc32(data) else None
