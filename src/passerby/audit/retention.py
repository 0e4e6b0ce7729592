"""Erases old entries of an audit log; their hashes stay, and the log says what was erased."""

from __future__ import annotations

from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind, decoded
from passerby.audit.tile import ENTRIES, tile_path
from passerby.audit.tile_folder import TileFolder
from passerby.audit.tree import TILE_WIDTH
from passerby.errors import AuditError


def erase_entries(log: AuditLog, *, before_s: float, now_s: float) -> int:
    """Erase all bundles that hold only entries from before a time.

    That is logged, and under a checkpoint, before anything is erased.

    Args:
        log: The log; this process must be the one that publishes it.
        before_s: UTC since 1970, s.
        now_s: The current time.

    Returns:
        How many entries were erased.

    Raises:
        AuditError: The log cannot be read or written.
    """
    tiles = TileFolder(log.tile_log.folder)
    log.publish()
    try:
        first = _first_bundle(tiles)
        end = first
        while _is_old(tiles, end, before_s):
            end += 1
        if end == first:
            return 0
        log.append(AuditEntry(AuditKind.LOG_CUT, now_s, None, details={"first": end * TILE_WIDTH}))
        if log.publish() is None:
            return 0
        for number in range(first, end):
            (tiles.path / tile_path(ENTRIES, number)).unlink(missing_ok=True)
    except OSError as error:
        msg = f"{tiles.path}: old entries cannot be erased ({error.strerror}); check the disk"
        raise AuditError(msg) from error
    return (end - first) * TILE_WIDTH


def _first_bundle(tiles: TileFolder) -> int:
    """Return the number of the first bundle that was not erased; the tile of its hashes is there in any case."""
    number = 0
    while _there(tiles, 0, number) and not _there(tiles, ENTRIES, number):
        number += 1
    return number


def _there(tiles: TileFolder, level: int | str, number: int) -> bool:
    return (tiles.path / tile_path(level, number)).exists()


def _is_old(tiles: TileFolder, number: int, before_s: float) -> bool:
    """Return whether a full bundle holds only entries from before a time."""
    if not _there(tiles, ENTRIES, number):
        return False
    entries = tiles.bundle(number, TILE_WIDTH) or []
    try:
        return all(decoded(each).at_s < before_s for each in entries)
    except ValueError as error:
        msg = f"{tiles.path / tile_path(ENTRIES, number)}: not an audit entry; run passerby audit verify"
        raise AuditError(msg) from error
