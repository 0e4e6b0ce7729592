"""What recordings may take of a disk, and whether the disk has it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_FREE: Final = 0.05
"""Of a disk: what must stay free is no more than this share, or small disks would keep nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What recordings may take.

    Args:
        keep_h: Hours after which a segment is erased, counted from its first picture.
        disk_bytes: What all segments may take; beyond it the oldest are erased, of whichever camera.
        free_bytes: What must stay free on the disk, but no more than `MOST_FREE` of it; below it, as above.
    """

    keep_h: float
    disk_bytes: int
    free_bytes: int = 0

    def margin(self, total_bytes: int) -> int:
        """Return what must stay free on a disk of a size, bytes.

        >>> Limits(72, 10, free_bytes=1000).margin(8000)
        400
        """
        return min(self.free_bytes, round(MOST_FREE * total_bytes))


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Of a disk, bytes.

    Args:
        total: All of it.
        free: What may still be written.
    """

    total: int
    free: int


def disk_space(folder: Path) -> DiskSpace:
    """Return the space of the disk that a folder lies on, or will.

    Raises:
        OSError: The disk does not answer.
    """
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    usage = shutil.disk_usage(there)
    return DiskSpace(usage.total, usage.free)


def beyond_disk(folder: Path, limits: Limits, space: DiskSpace | None = None) -> str:
    """Return in one line how much less than the budget a folder's disk has for recordings; "" = it has enough.

    Args:
        folder: Of all recordings; what lies there already belongs to the budget.
        limits: The budget and what must stay free.
        space: Of the disk; asked of it by default.

    Raises:
        OSError: The disk does not answer.
    """
    space = disk_space(folder) if space is None else space
    room = space.free - limits.margin(space.total)
    if room < limits.disk_bytes:  # counting the files takes a while
        room += _used(folder)
    if room >= limits.disk_bytes:
        return ""
    have, wanted = max(0, room) / 1e9, limits.disk_bytes / 1e9
    return f"{folder}: the disk has {have:.1f} GB for recordings, disk_gb is {wanted:g}; the oldest are erased earlier"


def _used(folder: Path) -> int:
    used = 0
    for path in folder.rglob("*.segment"):
        with suppress(FileNotFoundError):  # erased meanwhile
            used += path.stat().st_size
    return used
