"""Moves entries from the journal into tiles, and signs checkpoints; never one that contradicts an earlier one."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from passerby.audit.checkpoint import LogCheckpoint, signed_checkpoint
from passerby.audit.journal import Journal, JournalContent, write_journal
from passerby.audit.note import Note, NoteSigner
from passerby.audit.tile import CHECKPOINT_FILE, ENTRIES
from passerby.audit.tile_folder import TileFolder
from passerby.audit.tree import TILE_WIDTH, TreeEdge, leaf_hash
from passerby.errors import AuditError

ROTATED_AT: Final = 16 * TILE_WIDTH
"""The journal is shortened when this many of its entries are in tiles."""

log = logging.getLogger(__name__)


class TilePublisher:
    """Publishes a log; the caller makes sure that nobody else does.

    Args:
        tiles: The log's folder.
        journal: The journal; made if the log is new.
        signer: Signs checkpoints.

    Raises:
        OSError: Files cannot be read or written.
        AuditError: The log is damaged, or not what its checkpoint says.
    """

    def __init__(self, tiles: TileFolder, journal: Path, signer: NoteSigner) -> None:
        self._tiles = tiles
        self._path = journal
        self._signer = signer
        self._edge: TreeEdge | None = None
        self._tail: list[bytes] = []
        self.checkpoint: LogCheckpoint | None = None
        """The newest one on disk; None = none was made yet."""
        if not journal.exists():
            self._make_journal()
        self._journal = Journal(journal)
        self._recover()

    def publish(self) -> LogCheckpoint:
        """Bring everything in the journal into tiles and under a checkpoint, and return that.

        Raises:
            OSError: A file cannot be written; the next call begins anew.
            AuditError: The log is damaged, or not what its checkpoint says.
        """
        content = self._journal.read()
        edge = self._recover() if self._edge is None else self._edge
        if self.checkpoint is not None and content.end == self.checkpoint.size:
            return self.checkpoint
        self._edge = None  # until all is written
        full = self._write(edge, content)
        checkpoint = LogCheckpoint(self._signer.name, edge.size, edge.root())
        note = Note(checkpoint.text(), (self._signer.sign(checkpoint.text()),))
        self._tiles.write(CHECKPOINT_FILE, str(note).encode())
        self._tiles.sync()
        self.checkpoint, self._edge = checkpoint, edge
        for level, number in full:
            self._tiles.remove_partial(level, number)
        begin = edge.size - len(self._tail)
        if begin - content.first >= ROTATED_AT:
            self._journal.replace(begin)
        return checkpoint

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def _write(self, edge: TreeEdge, content: JournalContent) -> list[tuple[int | str, int]]:
        """Write bundles and tiles; return those that became full."""
        fresh = content.entries[edge.size - content.first :]
        number = (edge.size - len(self._tail)) // TILE_WIDTH
        entries = [*self._tail, *fresh]
        done: list[tuple[int | str, int]] = []
        while len(entries) >= TILE_WIDTH:
            self._tiles.write_bundle(number, entries[:TILE_WIDTH])
            done.append((ENTRIES, number))
            del entries[:TILE_WIDTH]
            number += 1
        if entries:
            self._tiles.write_bundle(number, entries)
        self._tail = entries
        full = edge.add(map(leaf_hash, fresh))
        done += [(tile.level, tile.number) for tile in full]
        tiles = [*full, *edge.partial()]
        for tile in tiles:
            if tile.level:
                self._tiles.write_tile(tile)
        self._tiles.sync()
        for tile in tiles:  # last: where they end is where the tree is taken up again
            if not tile.level:
                self._tiles.write_tile(tile)
        self._tiles.sync()
        return done

    def _recover(self) -> TreeEdge:
        """Take up the tree where full tiles end; refuse a log that is not what its checkpoint says."""
        self._tiles.forget()
        edge, content = self._tiles.edge(), self._journal.read()
        if not content.first <= edge.size <= content.end:
            msg = (
                f"{self._path}: it holds entries {content.first} to {content.end}, but the tiles end at {edge.size}: "
                "one of them is an older copy; restore both, or move the audit folder away to start a new log"
            )
            raise AuditError(msg)
        self._tail = []
        self.checkpoint = self._read_checkpoint(content)
        if self.checkpoint is not None:
            self._compare(self.checkpoint, content, edge.size)
        self._edge = edge
        return edge

    def _read_checkpoint(self, content: JournalContent) -> LogCheckpoint | None:
        data = self._tiles.checkpoint()
        if data is None:
            if content.first:
                msg = f"{self._tiles.path / CHECKPOINT_FILE} is missing; restore it from its copy"
                raise AuditError(msg)
            return None
        try:
            return signed_checkpoint(data, self._signer.key)[0]
        except ValueError as error:
            msg = f"{self._tiles.path / CHECKPOINT_FILE}: {error}; restore it from its copy"
            raise AuditError(msg) from error

    def _compare(self, said: LogCheckpoint, content: JournalContent, in_tiles: int) -> None:
        """Refuse a log that is shorter than its checkpoint, or has another root."""
        if said.size > content.end:
            reason = f"{said.size} entries were signed, and {content.end} are there: the log was cut short"
        else:
            if said.size <= in_tiles:
                root = self._tiles.root(said.size)
            else:
                edge = self._tiles.edge()
                edge.add(map(leaf_hash, content.entries[edge.size - content.first : said.size - content.first]))
                root = edge.root()
            reason = "" if root == said.root else f"the first {said.size} entries are not those that were signed"
        if reason:
            msg = f"{self._tiles.path}: {reason}; restore it from a backup, or move the audit folder away"
            raise AuditError(msg)

    def _make_journal(self) -> None:
        """Make the journal of a new log, or of one whose journal is lost: from its last bundle."""
        data = self._tiles.checkpoint()
        first, entries = 0, []
        if data is not None:
            try:
                size = signed_checkpoint(data, self._signer.key)[0].size
            except ValueError as error:
                msg = f"{self._tiles.path / CHECKPOINT_FILE}: {error}; restore it from its copy"
                raise AuditError(msg) from error
            number, width = divmod(size, TILE_WIDTH)
            first = number * TILE_WIDTH
            entries = (self._tiles.bundle(number, width) or []) if width else []
            log.error("audit_journal_missing", extra={"entries": size})
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_journal(self._path, first, entries)
