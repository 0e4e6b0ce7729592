"""What `passerby cluster status` prints: the nodes, and each site that runs on them as its gateway knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from passerby.cluster.engine import ClusterNode, Engine
    from passerby.cluster.node_report import NodeReport
    from passerby.gateway.cluster_source import NodeInfo

ANSWER_S = 10.0
DIGEST = 12
"""Characters of a hash that are printed."""


def status_lines(engine: Engine, now_s: float) -> tuple[list[str], int]:
    """Return a line about each node and each camera, and how many nodes are refused.

    Args:
        engine: The cluster.
        now_s: The current time, UTC since 1970, s.
    """
    sites = dict(_sites(engine))
    known: dict[str, NodeInfo] = {}
    for state in sites.values():
        if state is not None and state.cluster is not None:
            known |= {node.address: node for node in state.cluster.nodes}
    drained = engine.drained()
    lines, refused = [], 0
    for each in engine.nodes():
        report = engine.report(each) if each.alive else "gone"
        refused += each.alive and isinstance(report, str)
        what = report if isinstance(report, str) else _of_node(each, report, known, drained=each.number in drained)
        if each.alive and isinstance(report, str):
            what = f"refused: {report}"
        lines.append(f"{each.address}{' (this machine)' if each.own else ''}: {what}")
        if each.address in known and each.alive:
            lines += _of_gateway(known[each.address], now_s)
    for name, state in sorted(sites.items()):
        lines += _of_site(name, state)
    return lines, refused


def _of_node(node: ClusterNode, report: NodeReport, known: Mapping[str, NodeInfo], *, drained: bool) -> str:
    state = "drained" if drained else "ok"
    if node.address in known and known[node.address].state.value == "silent":
        state = "silent"
    parts = [state, f"{node.cores:g} processors", f"{report.memory_mb / 1000:.0f} GB"]
    parts += [f"passerby {report.version}", report.host]
    parts += [f"code {report.software[:DIGEST]}", f"{len(report.networks)} networks"]
    return ", ".join([*parts, _clock(report.ahead_s)])


def _clock(ahead_s: float) -> str:
    from passerby.cluster.node_report import REPORTED_CLOCK_S  # noqa: PLC0415 - needs the extra `cluster`

    if abs(ahead_s) <= REPORTED_CLOCK_S:
        return f"clock within {max(0.1, abs(ahead_s)):.1f} s"
    which = "behind" if ahead_s < 0 else "ahead"
    return f"clock {abs(ahead_s):.1f} s {which} (start a time service such as NTP)"


def _of_gateway(node: NodeInfo, now_s: float) -> Iterator[str]:
    """Yield what a gateway knows about a node; what it does not know is shown as such."""
    busy = "not known" if node.busy_cores is None else f"{node.busy_cores:.1f}"
    used = "not known" if node.used_mb is None else f"{node.used_mb / 1000:.1f}"
    heard = "never" if node.heard_s is None else f"{max(0.0, now_s - node.heard_s):.0f} s ago"
    waits = "not known" if node.waiting_bytes is None else f"{node.waiting_bytes / 1e6:.1f} MB"
    yield f"  processors: {node.reserved_cores:.1f} reserved, {busy} busy"
    yield f"  memory: {node.reserved_mb / 1000:.1f} GB reserved, {used} GB used"
    yield f"  answered its gateway {heard}; waits there: {waits}"
    if node.reason:
        yield f"  {node.reason}"


def _sites(engine: Engine) -> Iterator[tuple[str, Any]]:
    from passerby.cluster.site_claim import PREFIX, SiteState  # noqa: PLC0415 - needs the extra `cluster`

    for name, claim in engine.claimed(PREFIX).items():
        state = engine.poll(claim.state.remote(), timeout_s=ANSWER_S)
        yield name.removeprefix(PREFIX), state if isinstance(state, SiteState) else None


def _of_site(name: str, state: Any) -> Iterator[str]:  # noqa: ANN401 - a SiteState, of the extra `cluster`
    """Yield a line about a site and each of its cameras; what is not known is shown as such."""
    if state is None:
        yield f"site {name}: not known, because its gateway does not answer"
        return
    yield f"site {state.site}: gateway on {state.host}, process {state.process}"
    for camera, node in state.cameras.items():
        yield f"  {camera}: {node or 'on no node'}"
    if state.cluster is not None:
        if state.cluster.records_lost or state.cluster.rows_refused:
            yield f"  records lost on nodes: {state.cluster.records_lost}; rows refused: {state.cluster.rows_refused}"
        if state.cluster.problem:
            yield f"  nothing can be stored: {state.cluster.problem}"
