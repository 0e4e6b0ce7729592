"""Reads a log from its files, with no key and while it may be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from passerby.audit.checkpoint import LogCheckpoint, parsed_checkpoint
from passerby.audit.journal import read_journal
from passerby.audit.tile import CHECKPOINT_FILE
from passerby.audit.tile_folder import TileFolder
from passerby.audit.tree import TILE_WIDTH
from passerby.errors import AuditError, UsageError


class LogReader:
    """Reads a log.

    Args:
        place: The log's folder, the folder above it, or the state folder of a gateway.

    Raises:
        UsageError: There is no log.
    """

    def __init__(self, place: Path) -> None:
        candidates = [place, place / "log", place / "audit" / "log"]
        found = next((each for each in candidates if (each / CHECKPOINT_FILE).is_file()), None)
        if found is None:
            found = next((each for each in candidates if (each.parent / "journal").is_file() and each.is_dir()), None)
        if found is None:
            msg = f"{place}: no audit log here; give a state folder, or a folder with the file '{CHECKPOINT_FILE}'"
            raise UsageError(msg)
        self.folder = found
        self.tiles = TileFolder(found)
        self._journal = found.parent / "journal"

    def checkpoint(self) -> LogCheckpoint | None:
        """Return the newest checkpoint, unchecked; None = there is none, or it cannot be read."""
        try:
            data = self.tiles.checkpoint()
            return None if data is None else parsed_checkpoint(data)[0]
        except (OSError, ValueError):
            return None

    def newer(self, index: int) -> list[bytes]:
        """Return the entries from an index on that no checkpoint covers yet.

        Raises:
            AuditError: The journal is damaged.
        """
        try:
            content = read_journal(self._journal)
        except OSError:
            return []  # a copy of the log's own folder has no journal
        return list(content.entries[index - content.first :]) if content.first <= index <= content.end else []

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Yield index and data of each entry that is there, oldest first; retention may have erased the oldest.

        Raises:
            AuditError: A bundle is damaged, or cannot be read.
        """
        size = self._size()
        for begin in range(0, size, TILE_WIDTH):
            found, width = self._bundle(begin, size)
            if found is None:
                continue
            yield from enumerate(found, begin)
            if len(found) < width:
                msg = f"{self.folder}: entry {begin + len(found)} is missing; run passerby audit verify"
                raise AuditError(msg)
        yield from enumerate(self.newer(size), size)

    def newest(self, before: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Yield index and data of each entry that is there, newest first; only what is asked for is read.

        Args:
            before: Begin with the entry before this index; None = with the newest.

        Raises:
            AuditError: A bundle is damaged, or cannot be read.
        """
        size = self._size()
        for index, data in reversed(list(enumerate(self.newer(size), size))):
            if before is None or index < before:
                yield index, data
        end = size if before is None else max(0, min(before, size))
        for begin in reversed(range(0, end, TILE_WIDTH)):
            found, width = self._bundle(begin, size)
            if found is None:
                continue
            if len(found) < width:
                msg = f"{self.folder}: entry {begin + len(found)} is missing; run passerby audit verify"
                raise AuditError(msg)
            yield from reversed(list(enumerate(found[: end - begin], begin)))

    def _size(self) -> int:
        checkpoint = self.checkpoint()
        return 0 if checkpoint is None else checkpoint.size

    def _bundle(self, begin: int, size: int) -> tuple[list[bytes] | None, int]:
        """Return the entries of a bundle, None if it is missing, and how many there should be."""
        number, width = begin // TILE_WIDTH, min(TILE_WIDTH, size - begin)
        try:
            return self.tiles.bundle(number, width), width
        except OSError as error:
            msg = f"{self.folder}: entries from {begin} on cannot be read ({error.strerror}); check the disk"
            raise AuditError(msg) from error
