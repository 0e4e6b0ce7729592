"""The nodes of a cluster as a gateway sees them: how they are, and what they hand over; one machine has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a process that only passes on how nodes are need not load the rest
    from passerby.audit.entry import AuditEntry
    from passerby.outputs.recording.archive import RecordingArchive
    from passerby.outputs.recording.recorded import Recorded
    from passerby.settings.site.site import SiteSettings


class NodeState(StrEnum):
    """How a node is."""

    OK = "ok"
    DRAINED = "drained"
    """It gets no more cameras."""
    SILENT = "silent"
    """It does not answer at present: what it has is not known."""
    GONE = "gone"
    """It has left the cluster, or the first node gave it up."""
    REFUSED = "refused"
    """It may not take part: see the reason."""
    NEW = "new"
    """It has not been asked yet."""


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """One node as this gateway knows it; None = not known.

    Args:
        address: Under which the other nodes reach it.
        state: How it is.
        reason: Why it is refused, gets no camera or hands nothing over; "" = nothing to report.
        host: Name of the machine.
        version: Version of passerby.
        software: SHA-256 over passerby's own code.
        networks: SHA-256 of each of its networks, by name.
        cores: Processors that it offers.
        memory_mb: Memory, MB.
        reserved_cores: Processors that its cameras are estimated to need.
        reserved_mb: Memory that its cameras are estimated to need, MB.
        busy_cores: Processors that were busy, measured.
        used_mb: Memory in use, measured, MB.
        clock_ahead_s: By how much its clock is ahead of the gateway's, s; negative = behind.
        heard_s: When it last answered, UTC since 1970, s.
        waiting_bytes: Signals and entries that wait there for this gateway, bytes, when it last answered.
        cameras: Names of the cameras that run on it.
    """

    address: str
    state: NodeState
    reason: str = ""
    host: str = ""
    version: str = ""
    software: str = ""
    networks: dict[str, str] = field(default_factory=dict)
    cores: float = 0.0
    memory_mb: float | None = None
    reserved_cores: float = 0.0
    reserved_mb: float = 0.0
    busy_cores: float | None = None
    used_mb: float | None = None
    clock_ahead_s: float | None = None
    heard_s: float | None = None
    waiting_bytes: int | None = None
    cameras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterInfo:
    """A site's cluster as its gateway knows it.

    Args:
        nodes: The nodes, by address.
        without_node: Cameras that run on no node.
        records_lost: Records of signals that nodes dropped or that their disks lost, since the store was made.
        rows_refused: Rows that were refused, since the store was made: most were made by an orphan, after a later
            placement of its camera had begun.
        problem: Why nothing that nodes have can be stored at present; "" = it can.
    """

    nodes: tuple[NodeInfo, ...] = ()
    without_node: tuple[str, ...] = ()
    records_lost: int = 0
    rows_refused: int = 0
    problem: str = ""


class ClusterSource(Protocol):
    """Stores what nodes hand over, while it is started; used from several threads."""

    def start(self, site: SiteSettings, append: Callable[[AuditEntry], int]) -> None:
        """Begin to ask nodes for what they have; returns at once.

        Args:
            site: The site.
            append: Writes an entry into the audit log.
        """
        ...

    def reload(self, site: SiteSettings) -> None:
        """Take another site file."""
        ...

    def stop(self) -> None:
        """Stop; what has not arrived stays on the nodes."""
        ...

    def info(self) -> ClusterInfo:
        """Return how the nodes are; quick."""
        ...

    def recordings(self, here: RecordingArchive, site: SiteSettings) -> Recorded:
        """Return the recordings of this machine and of all nodes.

        Args:
            here: Those of this machine.
            site: The settings in use.
        """
        ...
