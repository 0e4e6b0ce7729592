"""A file that gets its final name only when complete."""

from __future__ import annotations

import errno
import glob
import os
import secrets
from pathlib import Path

from passerby.errors import OutputError, TargetExistsError, UsageError

NAME_BYTES = 255
"""Longest file name on the usual file systems."""


class PartialFile:
    """A file with a hidden temporary name in the target's folder; it is renamed when it is complete.

    Args:
        target: The final name.
        replace: Whether an existing file may be replaced.
        mode: Permissions of the file, before the umask.

    Raises:
        TargetExistsError: The target exists.
        OutputError: Its folder is missing or cannot be written.
    """

    def __init__(self, target: Path, *, replace: bool, mode: int = 0o666) -> None:
        try:
            require_short_name(target)
        except UsageError as error:
            raise OutputError(str(error)) from error

        self._target = target
        self._replace = replace
        self._refuse_existing()
        self._path = temporary_name(target)
        self.name = f"file:{self._path}"

        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, mode)
        except OSError as error:
            raise write_error(target, error) from error

        self.closed = False
        self.failure: OSError | None = None
        """Why a write failed; the libraries in between lose the reason."""

    def write(self, data: bytes | memoryview) -> int:
        """Write all bytes at the current position; raise OSError if they do not fit."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self.failure = error
            raise
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position and return it."""
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        """Return the current position."""
        return self.seek(0, os.SEEK_CUR)

    def commit(self) -> None:
        """Flush the bytes to disk and give the file its final name.

        Raises:
            OutputError: The disk is full, or the target has appeared in the meantime.
        """
        try:
            os.fsync(self._descriptor)
            self._close()
            self._refuse_existing()
            self._path.replace(self._target)
        except OSError as error:
            raise write_error(self._target, error) from error

    def discard(self) -> None:
        """Remove the file; safe to repeat, no effect after `commit`."""
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._descriptor)

    def _refuse_existing(self) -> None:
        if self._target.is_dir():
            msg = f"{self._target}: this is a folder; name a file in it"
            raise TargetExistsError(msg)
        if self._target.exists() and not self._replace:
            msg = f"{self._target}: the file exists; choose another name, or add --force to replace it"
            raise TargetExistsError(msg)


def temporary_name(target: Path) -> Path:
    """Return an unused hidden name next to the target that no file system finds too long if it accepts the target's.

    >>> len(temporary_name(Path("a" * 255)).name)
    255
    """
    mark = f".partial-{secrets.token_hex(4)}"
    start = os.fsencode(f".{target.name}")[: NAME_BYTES - len(mark)]
    return target.with_name(start.decode(errors="ignore") + mark)


def unfinished(target: Path) -> list[Path]:
    """Return the hidden files of copies to a target that are not complete."""
    start = temporary_name(target).name.rpartition("-")[0]
    return [path for path in target.parent.glob(f"{glob.escape(start)}-*") if path.is_file()]


def require_short_name(target: Path, option: str = "") -> None:
    """Refuse a file name that is too long, before any work is done.

    Args:
        target: The file to be written.
        option: The option that names another file ("" = none).

    Raises:
        UsageError: The name has more than 255 bytes.
    """
    size = len(os.fsencode(target.name))
    if size > NAME_BYTES:
        start = os.fsencode(target.name)[:40].decode(errors="ignore")
        how = f"name a file with {option}" if option else "choose a shorter name"
        msg = f"{start}...: the name has {size} bytes, over the limit of {NAME_BYTES}; {how}"
        raise UsageError(msg)


_MENDS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EFBIG: "the file is larger than its file system allows; choose another disk",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "no permission to write to this folder; change its permissions or choose another one",
    errno.EPERM: "no permission to write to this folder; change its permissions or choose another one",
    errno.ENOENT: "the folder does not exist; create it first",
    errno.ENOTDIR: "the folder does not exist; create it first",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_error(target: Path, error: OSError) -> OutputError:
    """Return a one-line error for a failed write: the cause and what to do."""
    mend = _MENDS.get(error.errno or 0, f"it cannot be written ({error.strerror or error}); choose another place")
    return OutputError(f"{target}: {mend}")
