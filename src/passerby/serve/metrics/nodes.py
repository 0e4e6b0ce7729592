"""How the nodes of a cluster are, for Prometheus; what is not known of a node is absent, not zero."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, StateSetMetricFamily

from passerby.gateway.cluster_source import ClusterSource, NodeInfo, NodeState

_GAUGES: tuple[tuple[str, str, Callable[[NodeInfo], float | None]], ...] = (
    ("passerby_node_cameras", "Cameras that run on the node.", lambda node: len(node.cameras)),
    ("passerby_node_cores", "Processors that the node offers.", lambda node: node.cores),
    ("passerby_node_cores_reserved", "Processors that its cameras need by estimate.", lambda node: node.reserved_cores),
    ("passerby_node_cores_busy", "Processors that were busy, measured.", lambda node: node.busy_cores),
    ("passerby_node_memory_bytes", "Memory of the node.", lambda node: _bytes(node.memory_mb)),
    (
        "passerby_node_memory_reserved_bytes",
        "Memory that its cameras need by estimate.",
        lambda n: _bytes(n.reserved_mb),
    ),
    ("passerby_node_memory_used_bytes", "Memory in use, measured.", lambda node: _bytes(node.used_mb)),
    ("passerby_node_clock_ahead_seconds", "How far its clock is ahead, at least.", lambda node: node.clock_ahead_s),
    ("passerby_node_heard_timestamp_seconds", "When it last answered.", lambda node: node.heard_s),
    ("passerby_node_waiting_bytes", "About how much waits there for the gateway.", lambda node: node.waiting_bytes),
)


class NodeMetrics:
    """Reports to Prometheus how the nodes are.

    Args:
        source: The nodes.
    """

    def __init__(self, source: ClusterSource) -> None:
        self._source = source

    def collect(self) -> Iterator[Metric]:
        """Yield the state and figures of each node, and what was lost and refused."""
        info = self._source.info()
        states = StateSetMetricFamily("passerby_node_state", "How the node is.", labels=["node"])
        for node in info.nodes:
            states.add_metric([node.address], {each.value: node.state is each for each in NodeState})
        yield states
        for name, text, of in _GAUGES:
            gauge = GaugeMetricFamily(name, text, labels=["node"])
            for node in info.nodes:
                if (value := of(node)) is not None:
                    gauge.add_metric([node.address], value)
            yield gauge
        text = "Records that nodes had to drop, or whose disk lost them."
        yield CounterMetricFamily("passerby_node_records_lost", text, value=info.records_lost)
        text = "Rows of nodes that were refused."
        yield CounterMetricFamily("passerby_node_rows_refused", text, value=info.rows_refused)
        text = "1 = what nodes hand over can be stored."
        yield GaugeMetricFamily("passerby_node_records_stored", text, value=float(not info.problem))


def _bytes(megabytes: float | None) -> float | None:
    return None if megabytes is None else megabytes * 1e6
