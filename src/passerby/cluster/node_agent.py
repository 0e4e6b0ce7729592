"""What a node hands over to a gateway that asks: its records, its clock, and how busy it is; a process of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from passerby.cluster.camera_work import SPOOL, node_state
from passerby.cluster.node_spool import NodeSpool, SpooledRecords
from passerby.cluster.spool_folder import node_id
from passerby.errors import StoreError
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.private_files import keep_files_private
from passerby.store.delivery import NodeOrigin, RecordKind

MOST_BYTES = 4_000_000
"""Records in one answer, bytes."""
TICKS_S = 0.5
"""The system counts processor time in ticks that are too coarse for a shorter time, s."""


@dataclass(frozen=True, slots=True)
class NodeNews:
    """What a node hands over.

    Args:
        node: Its own identifier, which survives its restart.
        time_s: What its clock shows, UTC since 1970, s.
        records: What waits, or a part of it.
        waiting_bytes: About how much waits in all, bytes.
        busy_cores: Processors that were busy since the last question.
        used_mb: Memory in use, MB.
        problem: Why nothing can be handed over, with the fix; "" = it can.
    """

    node: str
    time_s: float
    records: tuple[SpooledRecords, ...] = ()
    waiting_bytes: int = 0
    busy_cores: float = 0.0
    used_mb: float = 0.0
    problem: str = ""


class NodeAgent:
    """Answers for this node."""

    def __init__(self) -> None:
        forbid_core_dumps()
        folder = node_state()
        keep_files_private(folder)
        self._node = node_id(folder)
        self._spool = NodeSpool(folder / SPOOL, self._node)
        self._busy_before = _busy_s()

    def news(self, site: str, arrived: Sequence[tuple[NodeOrigin, RecordKind, int]]) -> NodeNews:
        """Remove what has arrived, and return what waits for the gateway of a site.

        Args:
            site: Name of the site.
            arrived: The highest number that the gateway has stored, by placement and kind.
        """
        try:
            own = {(origin, kind): number for origin, kind, number in arrived if origin.node == self._node}
            self._spool.note_arrived(own)
            records, waiting = self._spool.take(site, most_bytes=MOST_BYTES)
            problem = ""
        except StoreError as error:
            records, waiting, problem = [], 0, str(error)
        return NodeNews(
            self._node,
            time.time(),
            tuple(records),
            waiting_bytes=waiting,
            busy_cores=self._busy_cores(),
            used_mb=_used_mb(),
            problem=problem,
        )

    def _busy_cores(self) -> float:
        """Return how many processors were busy since the last question."""
        (busy_s, at_s), (before_s, asked_s) = _busy_s(), self._busy_before
        if at_s - asked_s < TICKS_S:
            return 0.0
        self._busy_before = busy_s, at_s
        return max(0.0, busy_s - before_s) / (at_s - asked_s)


def _busy_s() -> tuple[float, float]:
    """Return the processor time that this machine has used, and a clock that never goes back, s."""
    with suppress(OSError, ValueError, IndexError):
        ticks = [int(each) for each in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
        user, nice, system, _idle, _waiting, *others = ticks
        return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK"), time.monotonic()
    return 0.0, time.monotonic()


def _used_mb() -> float:
    """Return the memory of this machine that is in use, MB; 0 where the system does not say."""
    with suppress(OSError, ValueError, KeyError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kb = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return (kb["MemTotal"] - kb["MemAvailable"]) / 1024
    return 0.0
