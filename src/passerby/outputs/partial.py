"""A file that has its name only once it is whole."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from passerby.errors import OutputError


class PartialFile:
    """A file under a hidden temporary name in the target's folder, renamed when it is complete.

    Args:
        target: The name that it gets in the end.
        replace: Whether a file of that name may be replaced.

    Raises:
        OutputError: The target exists, or its folder is missing or cannot be written.
    """

    def __init__(self, target: Path, *, replace: bool) -> None:
        self._target = target
        self._replace = replace
        self._refuse_existing()
        self._path = target.parent / f".{target.name}.partial-{secrets.token_hex(4)}"
        self.name = f"file:{self._path}"
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o666)
        except OSError as error:
            raise write_error(target, error) from error
        self.closed = False
        self.failure: OSError | None = None
        """Why a write failed; the libraries between lose it."""

    def write(self, data: bytes | memoryview) -> int:
        """Write all bytes at the current position; raise OSError when they do not fit."""
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
        """Bring the bytes to the disk and give the file its name.

        Raises:
            OutputError: The disk is full, or the target has appeared meanwhile.
        """
        try:
            os.fsync(self._descriptor)
            self._close()
            self._refuse_existing()
            self._path.replace(self._target)
        except OSError as error:
            raise write_error(self._target, error) from error

    def discard(self) -> None:
        """Remove the file; harmless when repeated, and after `commit`."""
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._descriptor)

    def _refuse_existing(self) -> None:
        if self._target.is_dir():
            msg = f"{self._target}: this is a folder; name a file in it"
            raise OutputError(msg)
        if self._target.exists() and not self._replace:
            msg = f"{self._target}: the file exists; choose another name or allow replacing it"
            raise OutputError(msg)


_MENDS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EFBIG: "the file grows beyond what its file system allows; choose another disk",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "the folder may not be written; change its permissions or choose another one",
    errno.EPERM: "the folder may not be written; change its permissions or choose another one",
    errno.ENOENT: "the folder does not exist; create it first",
    errno.ENOTDIR: "the folder does not exist; create it first",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_error(target: Path, error: OSError) -> OutputError:
    """Return what a failed write means for the user, in one line."""
    mend = _MENDS.get(error.errno or 0, f"it cannot be written ({error.strerror or error}); choose another place")
    return OutputError(f"{target}: {mend}")
