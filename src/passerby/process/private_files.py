"""What a gateway writes is for its own user alone: signals, cameras' names and keys are nobody else's business."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_OTHERS: Final = 0o077
_OURS: Final = (
    "audit",
    "accounts.db*",
    "alerts.log",
    "compiled",
    "exports",
    "gateway.id",
    "legal-holds.json",
    "notify",
    "recording-heads",
    "recording.key",
    "recordings",
    "serviceability.json",
    "signals.db*",
    "spool",
    "up.pid",
    "watchdog.json",
    "web-certificate.pem",
    "web-key.pem",
)
"""What passerby keeps in a state folder; other files there are not its own, and stay as they are."""


def keep_files_private(state_folder: Path) -> None:
    """Give others no right to what this process, and those that it starts, write from now on or wrote before.

    A folder that existed may be open to others, as may files that were written with another umask.

    Args:
        state_folder: Of the gateway.
    """
    os.umask(_OTHERS)
    for name in _OURS:
        for found in state_folder.glob(name):
            _close(found)
            if found.is_dir() and not found.is_symlink():
                for folder, folders, files in os.walk(found):
                    for each in (*folders, *files):
                        _close(Path(folder, each))


def _close(path: Path) -> None:
    with suppress(OSError):  # another user's, or gone meanwhile
        if path.is_symlink():
            return
        mode = path.stat().st_mode & 0o7777
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)
