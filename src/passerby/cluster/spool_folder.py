"""The folder in which a node holds what gateways do not have yet: segments of numbered records.

Each placement of a camera has a folder, in it one for each kind of record, and in that segments: append logs whose name
is the number of their first record. Each record has a number, so one that was damaged or dropped leaves a gap, which
the gateway counts.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from passerby.errors import StoreError
from passerby.storage.append_log import read_log, sync_folder
from passerby.store.delivery import RecordKind

SUFFIX: Final = ".log"
LOCK: Final = "lock"
"""Locked by the process that writes a placement, as long as it runs."""
_NODE: Final = "node"

log = logging.getLogger(__name__)


def node_id(state: Path) -> str:
    """Return this node's own identifier, made when it is first asked for.

    Args:
        state: Where the node keeps what is its own.

    Raises:
        StoreError: It cannot be written.
    """
    path = state / _NODE
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        for _ in range(2):
            with suppress(FileNotFoundError):
                return path.read_text(encoding="ascii").strip()
            partial = state / f".{_NODE}.{os.getpid()}"
            partial.write_text(secrets.token_hex(8), encoding="ascii")
            with suppress(FileExistsError):  # another process of this node was faster
                os.link(partial, path)
            partial.unlink()
            sync_folder(state)
    except (OSError, ValueError) as error:
        raise spool_error(path, error) from error
    return path.read_text(encoding="ascii").strip()


@dataclass(slots=True)
class _Oldest:
    """Segments of signals that may be dropped."""

    total: int = 0
    paths: list[tuple[int, Path, int]] = field(default_factory=list)


def drop_oldest(folder: Path, *, most_bytes: int) -> int:
    """Drop the oldest signals that wait on a node until there are no more than allowed; return how many bytes.

    Args:
        folder: The spool of the node.
        most_bytes: How much may stay, bytes.
    """
    found = _Oldest()
    for path, size in sizes(folder):
        if path.parent.name == RecordKind.SIGNALS:
            found.total += size
            found.paths.append((int(path.parents[1].name.partition(".")[0]), path, size))
    last = {path.parent: path for _, path, _ in sorted(found.paths)}
    dropped = 0
    for _, path, size in sorted(found.paths):
        if found.total - dropped <= most_bytes:
            break
        if path != last[path.parent] or has_ended(path.parents[1]):  # the last of those that run is being written
            remove_segment(path)
            dropped += size
    if dropped:
        log.error("oldest_signals_dropped", extra={"bytes": dropped, "folder": str(folder)})
    return dropped


def sizes(folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield each segment below a folder with its size, bytes."""
    for path in folder.rglob(f"*{SUFFIX}"):
        yield path, size_of(path)


def size_of(path: Path) -> int:
    """Return the size of a segment, bytes; 0 = it has just been removed."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def segments(folder: Path) -> list[tuple[int, Path]]:
    """Return the segments in a folder, in order, each with the number of its first record."""
    return sorted((int(path.stem), path) for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())


def numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of the records of a segment that are intact.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        for record in read_log(path):
            number, space, data = (record.data or b"").partition(b" ")
            if space and number.isdigit():
                yield int(number), data
            else:
                log.error("node_record_damaged", extra={"segment": str(path), "line": record.number})
    except FileNotFoundError:
        return  # it has just been dropped
    except OSError as error:
        raise spool_error(path, error) from error


def locked_folder(folder: Path) -> int:
    """Make a folder that `has_ended` knows to be in use as long as the descriptor is open, which is returned.

    It gets its name once it is locked: nobody may take it for one whose process has ended.

    Args:
        folder: Its name; the folder above it exists.

    Raises:
        OSError: It exists, or cannot be made.
    """
    if folder.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))
    made = folder.with_name(f".{folder.name}.{os.getpid()}")
    made.mkdir(mode=0o700)
    descriptor = os.open(made / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        made.rename(folder)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def has_ended(folder: Path) -> bool:
    """Return whether no process writes a placement any more."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False  # it is just being made
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def remove_segment(path: Path) -> None:
    """Remove a segment; one that is gone is none.

    Raises:
        StoreError: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise spool_error(path, error) from error


def spool_error(path: Path, error: Exception) -> StoreError:
    """Return what is raised when a node's disk fails."""
    reason = getattr(error, "strerror", None) or error
    return StoreError(f"{path}: cannot be spooled here ({reason}); check the disk of this node")
