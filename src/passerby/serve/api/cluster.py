"""The nodes of the cluster that runs the cameras: how they are, and what is not known of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.gateway.cluster_source import ClusterInfo, ClusterSource, NodeInfo, NodeState
from passerby.serve.auth.requirement import RequiresSite
from passerby.serve.auth.visitor import Visit

router = APIRouter(prefix="/api/cluster", tags=["cluster"])

Seeing = Annotated[Visit, Depends(RequiresSite(Action.SEE_CLUSTER))]


class ClusterNodeInfo(BaseModel):
    """One node; null = not known."""

    address: str = Field(description="Under which the other nodes reach it.")
    state: NodeState = Field(description="How it is; silent: what it has is not known.")
    reason: str = Field(description="Why it is refused, gets no camera or hands nothing over; empty = no problem.")
    cameras: list[str] = Field(description="Names of the cameras that run on it.")
    host: str = Field(description="Name of the machine; empty = not known.")
    version: str = Field(description="Version of passerby there; empty = not known.")
    software_sha256: str = Field(description="SHA-256 over its code; equal on all nodes that take part.")
    networks: dict[str, str] = Field(description="SHA-256 of each of its networks, by name.")
    cores: float = Field(description="Processors that it offers.")
    cores_reserved: float = Field(description="Processors that its cameras are estimated to need.")
    cores_busy: float | None = Field(description="Processors that were busy, measured, whatever for.")
    memory_mb: float | None = Field(description="Memory, MB.")
    memory_reserved_mb: float = Field(description="Memory that its cameras are estimated to need, MB.")
    memory_used_mb: float | None = Field(description="Memory in use, measured, whatever for, MB.")
    clock_ahead_s: float | None = Field(description="How far its clock is ahead of the gateway's, s; at least so much.")
    heard: datetime | None = Field(description="When it last answered, UTC.")
    waiting_bytes: int | None = Field(
        description="About how much waited there for this gateway when it last answered, bytes."
    )

    @classmethod
    def of(cls, node: NodeInfo) -> ClusterNodeInfo:
        """Return a node as the API shows it."""
        return cls(
            address=node.address,
            state=node.state,
            reason=node.reason,
            cameras=list(node.cameras),
            host=node.host,
            version=node.version,
            software_sha256=node.software,
            networks=node.networks,
            cores=node.cores,
            cores_reserved=round(node.reserved_cores, 2),
            cores_busy=node.busy_cores,
            memory_mb=node.memory_mb,
            memory_reserved_mb=round(node.reserved_mb),
            memory_used_mb=node.used_mb,
            clock_ahead_s=None if node.clock_ahead_s is None else round(node.clock_ahead_s, 2),
            heard=None if node.heard_s is None else datetime.fromtimestamp(node.heard_s, UTC),
            waiting_bytes=node.waiting_bytes,
        )


class ClusterStatus(BaseModel):
    """The cluster."""

    cluster: bool = Field(description="Whether the cameras run on a cluster; if not, they run on this machine.")
    nodes: list[ClusterNodeInfo] = Field(description="Its nodes, by address.")
    without_node: list[str] = Field(description="Cameras for which no node has room.")
    records_lost: int = Field(
        description="Records, most of one second and camera, that nodes had to drop or whose disk lost them."
    )
    rows_refused: int = Field(description="Rows that were refused; most were made after a later placement had begun.")
    problem: str = Field(description="Why nothing can be stored at present, with the fix; empty = everything can.")


@router.get("", summary="The nodes of the cluster")
def cluster(_visit: Seeing, request: Request) -> ClusterStatus:
    """Return the state of each node, and what waits there; on a single machine there are none."""
    source = cast("ClusterSource | None", request.app.state.nodes)
    info = ClusterInfo() if source is None else source.info()
    return ClusterStatus(
        cluster=source is not None,
        nodes=[ClusterNodeInfo.of(node) for node in info.nodes],
        without_node=list(info.without_node),
        records_lost=info.records_lost,
        rows_refused=info.rows_refused,
        problem=info.problem,
    )
