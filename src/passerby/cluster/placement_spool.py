"""Writes what one placement of a camera has for its gateway to the disk of its node."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passerby.cluster.spool_folder import SUFFIX, drop_oldest, locked_folder, sizes, spool_error
from passerby.errors import StoreError
from passerby.storage.append_log import AppendLog, sync_folder
from passerby.store.delivery import NodeOrigin, RecordKind

SEGMENT_BYTES: Final = 256_000
SIGNAL_BYTES: Final = 2_000_000_000
"""Signals that wait on a node, bytes: beyond that, the oldest are dropped."""
FACT_BYTES: Final = 64_000_000
"""Everything else that waits, bytes: beyond that, its cameras end, because nothing may happen that is not logged."""


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """How much may wait on a node.

    Args:
        signal_bytes: Signals.
        fact_bytes: Everything else.
        segment_bytes: Size from which a segment is complete.
    """

    signal_bytes: int = SIGNAL_BYTES
    fact_bytes: int = FACT_BYTES
    segment_bytes: int = SEGMENT_BYTES


class PlacementSpool:
    """Writes what one placement of a camera has; a record is on disk before `append` returns.

    Args:
        folder: The spool of the node.
        origin: The placement; it is new.
        limits: How much may wait on the node.

    Raises:
        StoreError: The folder cannot be written, is of an earlier process, or too much waits in it.
    """

    def __init__(self, folder: Path, origin: NodeOrigin, *, limits: SpoolLimits = SpoolLimits()) -> None:
        self._spool = folder
        self._limits = limits
        self._own = folder / origin.site / f"{origin.epoch}.{origin.camera}"
        self._next = dict.fromkeys(RecordKind, 1)
        self._open: dict[RecordKind, AppendLog] = {}
        self._require_room(0)
        try:
            self._own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = locked_folder(self._own)
            sync_folder(self._own.parent)
        except OSError as error:
            raise spool_error(self._own, error) from error

    def append(self, kind: RecordKind, data: bytes) -> None:
        """Write a record.

        Args:
            kind: What it is about.
            data: Without a line feed.

        Raises:
            StoreError: It is lost, and leaves a gap: the disk is full or failed, or too much waits.
        """
        number = self._next[kind]
        self._next[kind] += 1  # also if it fails: what is lost is counted by its number
        if kind is not RecordKind.SIGNALS:
            self._require_room(len(data))
        try:
            self._segment(kind, number).append(b"%d %s" % (number, data))
        except OSError as error:
            self._turn(kind)
            raise spool_error(self._own, error) from error
        if self._open[kind].size >= self._limits.segment_bytes:
            self._turn(kind)

    def close(self) -> None:
        """Complete the segments; what waits stays."""
        for kind in list(self._open):
            self._turn(kind)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _segment(self, kind: RecordKind, number: int) -> AppendLog:
        """Return the segment in which a record goes; before a new one, the oldest signals give way."""
        if kind not in self._open:
            if kind is RecordKind.SIGNALS:
                drop_oldest(self._spool, most_bytes=self._limits.signal_bytes)
            folder = self._own / kind
            folder.mkdir(exist_ok=True, mode=0o700)
            self._open[kind] = AppendLog(folder / f"{number:012d}{SUFFIX}")
        return self._open[kind]

    def _turn(self, kind: RecordKind) -> None:
        if (segment := self._open.pop(kind, None)) is not None:
            segment.close()

    def _require_room(self, more: int) -> None:
        waiting = more + sum(size for path, size in sizes(self._spool) if path.parent.name != RecordKind.SIGNALS)
        if waiting > self._limits.fact_bytes:
            msg = (
                f"{self._spool}: {self._limits.fact_bytes / 1e6:g} MB of audit entries wait for the gateway, and none "
                "may be lost; run the gateway of this site, or restore the network to it"
            )
            raise StoreError(msg)
