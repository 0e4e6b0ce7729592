"""Covers files on a node, one after another; runs in a process of its own there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from passerby.assembly.redaction import RedactionSetup
from passerby.jobs.batch import cover_one
from passerby.jobs.task import Event, FileTask, RedactOrder, Step
from passerby.process.core_dump import forbid_core_dumps

STEP_S = 0.3
"""Progress is sent at most this often."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that a node must see just as the machine that asks does.

    Args:
        path: Where it is, absolute.
        size: Its size, bytes.
        changed_ns: When it was changed, ns.
    """

    path: Path
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> SharedFile:
        """Return a file as this machine sees it.

        Raises:
            OSError: It is not there.
        """
        found = path.stat()
        return cls(path, found.st_size, found.st_mtime_ns)

    def seen(self) -> bool:
        """Return whether this machine sees the same file."""
        try:
            return SharedFile.of(self.path) == self
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Unseen:
    """A node does not see a file that it needs, so it did nothing.

    Args:
        task: The file that it should cover.
        path: What it does not see.
    """

    task: FileTask
    path: Path


class FileWork:
    """What covers files on a node; its networks stay loaded from one file to the next."""

    def __init__(self) -> None:
        forbid_core_dumps()
        self._setups: dict[RedactOrder, RedactionSetup] = {}
        self._stopped = False

    def cover(self, task: FileTask, order: RedactOrder, needed: Sequence[SharedFile]) -> Iterator[Event | Unseen]:
        """Cover one file and yield an event now and then; the last one is what became of it.

        Args:
            task: The file.
            order: How to cover it.
            needed: Files that must be as the machine that asks sees them.
        """
        for each in needed:
            if not each.seen():
                yield Unseen(task, each.path)
                return
        shown_s, stage = float("-inf"), ""
        with closing(cover_one(task, order, self._setups)) as events:
            for event in events:
                if self._stopped:
                    return
                if isinstance(event, Step):
                    now_s = time.monotonic()
                    if event.progress.stage == stage and now_s - shown_s < STEP_S:
                        continue
                    shown_s, stage = now_s, event.progress.stage
                yield event

    def stop(self) -> None:
        """Remove the unfinished copy and cover nothing more."""
        self._stopped = True
