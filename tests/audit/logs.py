"""Logs that several tests make."""

from __future__ import annotations

from pathlib import Path

from passerby.audit.checkpoint import parsed_checkpoint
from passerby.audit.tile import TILE_WIDTH
from passerby.audit.tile_folder import TileFolder
from passerby.audit.tile_log import TileLog

ORIGIN = "site/audit"


def opened(state: Path) -> TileLog:
    return TileLog(state / "log", state, origin=ORIGIN)


def filled(state: Path, entries: list[bytes]) -> Path:
    """Append entries to a log, publish them, and return its folder."""
    log = opened(state)
    for each in entries:
        log.append(each)
    log.close()
    return state / "log"


def stored(folder: Path) -> list[bytes]:
    """Return the entries below the newest checkpoint."""
    data = (folder / "checkpoint").read_bytes()
    size = parsed_checkpoint(data)[0].size
    tiles = TileFolder(folder)
    found: list[bytes] = []
    for number in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
        found += tiles.bundle(number, min(TILE_WIDTH, size - number * TILE_WIDTH)) or []
    assert len(found) == size
    return found
