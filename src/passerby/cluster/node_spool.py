"""Reads what waits on this node for a gateway, and removes what has arrived."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from passerby.cluster.spool_folder import LOCK, has_ended, numbered, remove_segment, segments, size_of, spool_error
from passerby.store.delivery import NodeOrigin, RecordKind


@dataclass(frozen=True, slots=True)
class SpooledRecords:
    """Records of one kind and placement that wait, in order.

    Args:
        origin: Where they come from.
        kind: What they are about.
        records: Number and content of each; a number that is absent was dropped, or the disk has lost it.
    """

    origin: NodeOrigin
    kind: RecordKind
    records: tuple[tuple[int, bytes], ...]


class NodeSpool:
    """Reads what waits on this node, and removes what has arrived.

    Args:
        folder: The spool of the node.
        node: The node's own identifier.
    """

    def __init__(self, folder: Path, node: str) -> None:
        self._folder = folder
        self._node = node
        self._arrived: dict[tuple[NodeOrigin, RecordKind], int] = {}

    def take(self, site: str, *, most_bytes: int) -> tuple[list[SpooledRecords], int]:
        """Return what waits for the gateway of a site: facts first, then signals of all placements alike.

        Args:
            site: Name of the site.
            most_bytes: About how much, bytes.

        Returns:
            The records, and about how much waits together with what was not returned, bytes.

        Raises:
            StoreError: It cannot be read.
        """
        placements = self._placements(site)
        found: list[SpooledRecords] = []
        waiting_bytes = 0
        for kind in (RecordKind.AUDIT, RecordKind.HEALTH, RecordKind.SIGNALS):
            share = max(0, most_bytes) // max(1, len(placements))
            for origin, folder in placements:
                records, more_bytes = self._read((origin, kind), folder / kind, share)
                taken_bytes = sum(len(data) for _, data in records)
                waiting_bytes += taken_bytes + more_bytes
                most_bytes -= taken_bytes
                if records:
                    found.append(SpooledRecords(origin, kind, records))
        return found, waiting_bytes

    def note_arrived(self, arrived: Mapping[tuple[NodeOrigin, RecordKind], int]) -> None:
        """Remove what the gateway has stored.

        Args:
            arrived: The highest number that it has, by placement and kind.

        Raises:
            StoreError: It cannot be removed.
        """
        for (origin, kind), number in arrived.items():
            self._arrived[origin, kind] = max(number, self._arrived.get((origin, kind), 0))
        for site in {origin.site for origin, _ in arrived}:
            for origin, folder in self._placements(site):
                for kind in RecordKind:
                    self._remove_arrived(folder / kind, self._arrived.get((origin, kind), 0))
                self._remove_ended(origin, folder)

    def _placements(self, site: str) -> list[tuple[NodeOrigin, Path]]:
        found = []
        try:
            for folder in (self._folder / site).iterdir():
                epoch, _, camera = folder.name.partition(".")
                if epoch.isdecimal() and camera:
                    found.append((NodeOrigin(self._node, site, camera, int(epoch)), folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise spool_error(self._folder, error) from error
        return sorted(found, key=lambda each: each[0].epoch)

    def _read(
        self, about: tuple[NodeOrigin, RecordKind], folder: Path, most_bytes: int
    ) -> tuple[tuple[tuple[int, bytes], ...], int]:
        """Return records that have not arrived, one at least if there are any, and about how many bytes are left."""
        arrived = self._arrived.get(about, 0)
        records: list[tuple[int, bytes]] = []
        more_bytes = 0
        for _, path in segments(folder):
            if records and most_bytes <= 0:
                more_bytes += size_of(path)
                continue
            for number, data in numbered(path):
                if number <= arrived:
                    continue
                if records and most_bytes <= 0:
                    more_bytes += len(data)
                    continue
                records.append((number, data))
                most_bytes -= len(data)
        return tuple(records), more_bytes

    @staticmethod
    def _remove_arrived(folder: Path, arrived: int) -> None:
        """Remove the segments of which everything has arrived, other than the last: it may still grow."""
        for (_, path), (after, _) in pairwise(segments(folder)):
            if after <= arrived + 1:
                remove_segment(path)

    def _remove_ended(self, origin: NodeOrigin, folder: Path) -> None:
        """Remove a placement that has ended and of which everything has arrived."""
        if not has_ended(folder):
            return
        for kind in RecordKind:
            for _, path in segments(folder / kind):
                last = max((number for number, _ in numbered(path)), default=0)
                if last > self._arrived.get((origin, kind), 0):
                    return
                remove_segment(path)
        with suppress(OSError):  # something else is in it: it stays
            for kind in RecordKind:
                if (folder / kind).exists():
                    (folder / kind).rmdir()
            (folder / LOCK).unlink()
            folder.rmdir()
            self._arrived = {about: number for about, number in self._arrived.items() if about[0] != origin}
