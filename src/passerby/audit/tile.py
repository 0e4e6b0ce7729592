"""Names and contents of the files of a log, as C2SP tlog-tiles has them: tiles of hashes, bundles of entries."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from passerby.audit.tree import HASH_BYTES, TILE_WIDTH

CHECKPOINT_FILE: Final = "checkpoint"
ENTRIES: Final = "entries"
LONGEST_ENTRY: Final = 65_535


def tile_path(level: int | str, number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile below the log's folder.

    Args:
        level: Of the tile; `ENTRIES` = a bundle of entries.
        number: From the left.
        width: Number of its hashes or entries; less than `TILE_WIDTH` = a partial one.

    >>> tile_path(0, 1234067, 12)
    'tile/0/x001/x234/067.p/12'
    """
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    path = "/".join(["tile", str(level), *reversed(groups)])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def packed(entries: Iterable[bytes]) -> bytes:
    """Return a bundle: each entry after its length, 16 bits, big-endian."""
    return b"".join(struct.pack(">H", len(each)) + each for each in entries)


def unpacked(bundle: bytes) -> list[bytes]:
    """Return the entries of a bundle, up to where it is cut off."""
    entries = []
    at, end = 0, len(bundle)
    while at + 2 <= end:
        length = bundle[at] << 8 | bundle[at + 1]
        if at + 2 + length > end:
            break
        entries.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    return entries


def hashes_in(tile: bytes) -> list[bytes]:
    """Return the complete hashes of a tile."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile) - HASH_BYTES + 1, HASH_BYTES)]
