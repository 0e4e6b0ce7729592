"""The files of a log that anybody may serve: tiles of hashes, bundles of entries, checkpoint and public key."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from passerby.audit.tile import CHECKPOINT_FILE, ENTRIES, hashes_in, packed, tile_path, unpacked
from passerby.audit.tree import TILE_HEIGHT, TILE_WIDTH, FullTile, TreeEdge, complete_root, range_root
from passerby.errors import AuditError
from passerby.storage.append_log import sync_folder

KEY_FILE: Final = "log.vkey"
_CACHED_TILES: Final = 512


class TileFolder:
    """Reads and writes the files of a log.

    Args:
        path: The folder.
        public: Whether other users may read what is written: a web server, for one.
    """

    def __init__(self, path: Path, *, public: bool = False) -> None:
        self.path = path
        self._file_mode, self._folder_mode = (0o644, 0o755) if public else (0o600, 0o700)
        self._unsynced: set[Path] = set()
        self._tile = lru_cache(_CACHED_TILES)(self._read_tile)

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None = it is not there.

        Raises:
            OSError: It cannot be read.
        """
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file to disk, completely or not at all; `sync` makes its name durable.

        Raises:
            OSError: It cannot be written.
        """
        target = self.path / name
        self._make(target.parent)
        partial = target.with_name(f".{target.name}.partial")
        with partial.open("wb") as file:
            os.fchmod(file.fileno(), self._file_mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        self._unsynced.add(target.parent)

    def sync(self) -> None:
        """Make the names of what was written durable.

        Raises:
            OSError: The system reports an error.
        """
        for folder in sorted(self._unsynced):
            sync_folder(folder)
        self._unsynced.clear()

    def write_bundle(self, number: int, entries: Sequence[bytes]) -> None:
        """Write a bundle of entries, which may be a partial one."""
        self.write(tile_path(ENTRIES, number, len(entries)), packed(entries))

    def write_tile(self, tile: FullTile) -> None:
        """Write a tile of hashes, which may be a partial one."""
        self.write(tile_path(tile.level, tile.number, len(tile.hashes)), b"".join(tile.hashes))

    def remove_partial(self, level: int | str, number: int) -> None:
        """Remove the partial forms of a tile that is full now."""
        shutil.rmtree(self.path / tile_path(level, number, 1).rpartition("/")[0], ignore_errors=True)

    def bundle(self, number: int, width: int) -> list[bytes] | None:
        """Return the first entries of a bundle, fewer where it is damaged; None = it is missing.

        Raises:
            OSError: It cannot be read.
        """
        data = self._widest(ENTRIES, number, width)
        return None if data is None else unpacked(data)[:width]

    def hashes(self, level: int, number: int, width: int) -> list[bytes] | None:
        """Return the first hashes of a tile, fewer where it is damaged; None = it is missing.

        Raises:
            OSError: It cannot be read.
        """
        data = self._widest(level, number, width)
        return None if data is None else hashes_in(data)[:width]

    def node(self, height: int, number: int) -> bytes:
        """Return the hash of a complete subtree, from tiles.

        Raises:
            OSError: A tile cannot be read.
            AuditError: A tile is missing or damaged.
        """
        level, rest = divmod(height, TILE_HEIGHT)
        first = number << rest
        tile, at = divmod(first, TILE_WIDTH)
        hashes = self._tile(level, tile, at + (1 << rest))
        return complete_root(hashes[at : at + (1 << rest)])

    def root(self, size: int) -> bytes:
        """Return the root above the first entries, from tiles.

        Raises:
            OSError: A tile cannot be read.
            AuditError: A tile is missing or damaged.
        """
        return range_root(0, size, self.node)

    def edge(self) -> TreeEdge:
        """Return the edge of the tree above all full tiles of the lowest level.

        Raises:
            OSError: A tile cannot be read.
            AuditError: A tile is missing or damaged.
        """
        levels: list[list[bytes]] = [[]]
        full = [self._count_full()]
        while full[-1]:
            below, level = full[-1], len(full) - 1
            begin = below - below % TILE_WIDTH
            levels.append([complete_root(self._tile(level, number, TILE_WIDTH)) for number in range(begin, below)])
            full.append(below // TILE_WIDTH)
        return TreeEdge(levels, full)

    def checkpoint(self) -> bytes | None:
        """Return the newest checkpoint; None = there is none.

        Raises:
            OSError: It cannot be read.
        """
        return self.read(CHECKPOINT_FILE)

    def forget(self) -> None:
        """Read tiles anew: they were changed."""
        self._tile.cache_clear()

    def _count_full(self) -> int:
        """Return the number of full tiles of the lowest level: they are written in order."""

        def there(number: int) -> bool:
            return (self.path / tile_path(0, number)).exists()

        above = 1
        while there(above - 1):
            above *= 2
        below = above // 2
        while above - below > 1:
            middle = (above + below) // 2
            below, above = (middle, above) if there(middle - 1) else (below, middle)
        return below

    def _widest(self, level: int | str, number: int, width: int) -> bytes | None:
        """Return the full tile, or the narrowest partial one that is wide enough."""
        if (data := self.read(tile_path(level, number))) is not None:
            return data
        folder = self.path / tile_path(level, number, 1).rpartition("/")[0]
        widths = sorted(int(each.name) for each in folder.glob("*") if each.name.isdecimal())
        for found in [*(each for each in widths if each >= width), *reversed(widths)]:
            if (data := self.read(tile_path(level, number, found))) is not None:
                return data
        return self.read(tile_path(level, number))  # it became full in between

    def _read_tile(self, level: int, number: int, width: int) -> list[bytes]:
        hashes = self.hashes(level, number, width)
        if hashes is None or len(hashes) < width:
            state = "is missing" if hashes is None else "is damaged"
            msg = f"{self.path / tile_path(level, number)} {state}; restore the audit folder from a backup"
            raise AuditError(msg)
        return hashes

    def _make(self, folder: Path) -> None:
        """Make a folder and those above it, up to the log's own."""
        if folder.is_dir():
            return
        if folder != self.path:
            self._make(folder.parent)
        folder.mkdir(exist_ok=True, parents=folder == self.path)
        folder.chmod(self._folder_mode)
        self._unsynced |= {folder.parent}
