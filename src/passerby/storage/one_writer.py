"""A folder that several processes share and another program writes: nobody reads what is just being written.

Without the lock, the race was reproduced with OpenVINO 2026.4.1: five processes that compiled one small drawn network
into one empty cache, 77 times, on a busy machine. One was ended by signal 7; one found the file gone while writing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_LOCK: Final = ".lock"
_STORED: Final = "stored-"


@contextmanager
def one_writer(folder: Path, about: str) -> Iterator[None]:
    """Enter together with others if something is stored in a folder, and alone if it may be written now.

    A process that dies while it is alone leaves nothing locked, and the next one is alone. Where nothing can be
    written, everybody enters.

    Args:
        folder: The folder; made if absent.
        about: What is read or written: equal only for the same file.
    """
    stored = folder / f"{_STORED}{hashlib.sha256(about.encode()).hexdigest()[:32]}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if stored.exists() else fcntl.LOCK_EX)
        yield
        with suppress(OSError):  # a full disk: the next one is alone, too
            stored.touch(mode=0o600)
    finally:
        os.close(descriptor)
