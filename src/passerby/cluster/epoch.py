"""Which of two processes may run a camera on a node: the one that was placed later."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from passerby.errors import OutputError
from passerby.outputs.partial import write_error


class EpochFile:
    """The latest epoch of a camera that a node has seen: a number that grows with each placement.

    Args:
        folder: Where the node keeps what is its own.
        camera: Name of the camera.

    Raises:
        OutputError: The folder cannot be written.
    """

    def __init__(self, folder: Path, camera: str) -> None:
        self._path = folder / f"{camera}.epoch"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise write_error(folder, error) from error

    def claim(self, epoch: int) -> None:
        """Note that a process of this epoch runs the camera now; those of earlier ones end.

        Raises:
            OutputError: A later one runs it, or the file cannot be written.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                known = _number(file.read())
                if known > epoch:
                    msg = f"this camera was placed again (epoch {known}) after this process (epoch {epoch}); it ends"
                    raise OutputError(msg)
                file.seek(0)
                file.write(str(epoch))
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise write_error(self._path, error) from error

    def latest(self) -> int:
        """Return the latest epoch; 0 = there is none."""
        try:
            return _number(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0


def _number(text: str) -> int:
    return int(text) if text.strip().isdecimal() else 0
