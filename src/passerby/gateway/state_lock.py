"""One gateway for each state folder: the lock that it holds, and how others find and reach it."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from passerby.errors import SettingError
from passerby.outputs.partial import write_error

PID_FILE = "up.pid"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a state folder for this process while entered; the folder is made if absent.

    The lock file holds the process's number, so that `running_gateway` finds it.

    Raises:
        SettingError: Another gateway has locked it, or it cannot be written.
    """
    path = folder / PID_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("ab+", buffering=0)
    except OSError as error:
        raise SettingError(write_error(folder, error), "state_folder") from error

    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            number = file.read().decode(errors="replace")
            msg = f"{folder}: in use by another gateway (process {number}); stop that one or set another folder"
            raise SettingError(msg, "state_folder") from error
        file.truncate(0)
        try:
            file.write(str(os.getpid()).encode())
        except OSError as error:
            raise SettingError(write_error(folder, error), "state_folder") from error
        yield
        file.truncate(0)


def running_gateway(folder: Path) -> int | None:
    """Return the process id of the gateway that locks a state folder; None if none does (the file may be old)."""
    try:
        with (folder / PID_FILE).open("r+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return int(file.read())
    except (OSError, ValueError):
        pass
    return None


def ask_to_reload(folder: Path) -> bool:
    """Ask the gateway that locks a state folder to read its site file again; return whether there is one."""
    number = running_gateway(folder)
    if number is None:
        return False
    os.kill(number, signal.SIGHUP)
    return True
