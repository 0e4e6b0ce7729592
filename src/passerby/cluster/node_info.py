"""What a gateway shows of a node: what the cluster and the node's own report say."""

from __future__ import annotations

from dataclasses import replace

from passerby.cluster.engine import ClusterNode
from passerby.cluster.node_report import NodeReport
from passerby.cluster.placement import Cost
from passerby.gateway.cluster_source import NodeInfo, NodeState


def node_info(
    node: ClusterNode, report: NodeReport | None, state: tuple[NodeState, str], cameras: tuple[tuple[str, ...], Cost]
) -> NodeInfo:
    """Return what is known of a node that has not been measured.

    Args:
        node: The node.
        report: What it says about itself; None = it was not asked, or was refused.
        state: How it is, and why it is refused.
        cameras: The cameras on it, and what they need.
    """
    names, reserved = cameras
    info = NodeInfo(
        node.address,
        *state,
        cores=node.cores,
        reserved_cores=reserved.cores,
        reserved_mb=reserved.memory_mb,
        cameras=names,
    )
    if report is None:
        return info
    return replace(
        info,
        host=report.host,
        version=report.version,
        software=report.software,
        networks=report.networks,
        memory_mb=report.memory_mb,
        clock_ahead_s=report.ahead_s,
    )
