"""What `passerby cluster status` prints: refusals, loads, clocks, and what is not known."""

from __future__ import annotations

from tests.cluster.test_camera_on_node import Method, node

from passerby.cli.cluster_status import status_lines
from passerby.cluster.engine import ClusterNode, NoAnswer
from passerby.cluster.node_report import NodeReport
from passerby.cluster.site_claim import PREFIX, SiteState
from passerby.gateway.cluster_source import ClusterInfo, NodeInfo, NodeState

REPORT = NodeReport("hall-pc", "1.0", "ab" * 32, {}, {"yunet": "cd" * 32}, 2, 8000.0, 0.0, ahead_s=1.4)


class Claim:
    """What a gateway has said about its site."""

    def __init__(self, state: object) -> None:
        self.state = Method(lambda: state)


class Asked:
    """A cluster of three nodes and two sites."""

    def __init__(self, *sites: object) -> None:
        self.sites = sites

    def nodes(self) -> list[ClusterNode]:
        return [node("1"), node("2"), ClusterNode("3", "10.0.0.3", 2.0, alive=False, own=False)]

    def drained(self) -> frozenset[str]:
        return frozenset()

    def report(self, each: ClusterNode) -> NodeReport | str:
        if each.number == "2":
            return "its clock is 9 s behind; start a time service such as NTP on every node"
        return REPORT

    def claimed(self, _start: str) -> dict[str, Claim]:
        return {PREFIX + ("arena" if isinstance(each, SiteState) else "next-door"): Claim(each) for each in self.sites}

    def poll(self, state: object, *, timeout_s: float) -> object:
        assert timeout_s > 0
        return state


def test_each_node_has_a_line_and_what_its_gateway_knows_of_it() -> None:
    known = NodeInfo("10.0.0.1", NodeState.OK, reserved_cores=0.4, reserved_mb=450.0, busy_cores=1.2, used_mb=3100.0)
    cluster = ClusterInfo((known,), (), 3, 4, "the database does not answer; start it")
    state = SiteState("arena", "hall-pc", 17, {"door": "10.0.0.1", "yard": ""}, cluster)
    lines, refused = status_lines(Asked(state, NoAnswer.SILENT), 100.0)  # type: ignore[arg-type]
    assert refused == 1
    assert lines == [
        "10.0.0.1: ok, 2 processors, 8 GB, passerby 1.0, hall-pc, code abababababab, 1 networks, clock 1.4 s ahead "
        "(start a time service such as NTP)",
        "  processors: 0.4 reserved, 1.2 busy",
        "  memory: 0.5 GB reserved, 3.1 GB used",
        "  answered its gateway never; waits there: not known",
        "10.0.0.2: refused: its clock is 9 s behind; start a time service such as NTP on every node",
        "10.0.0.3: gone",
        "site arena: gateway on hall-pc, process 17",
        "  door: 10.0.0.1",
        "  yard: on no node",
        "  records lost on nodes: 3; rows refused: 4",
        "  nothing can be stored: the database does not answer; start it",
        "site next-door: not known, because its gateway does not answer",
    ]


def test_a_node_that_does_not_answer_its_gateway_is_silent_whatever_the_first_node_says() -> None:
    known = NodeInfo("10.0.0.1", NodeState.SILENT, "its node cannot be reached", heard_s=40.0, waiting_bytes=2_500_000)
    state = SiteState("arena", "hall-pc", 17, {}, ClusterInfo((known,)))
    (first, *rest), _ = status_lines(Asked(state), 100.0)  # type: ignore[arg-type]
    assert first.startswith("10.0.0.1: silent, ")
    assert "  answered its gateway 60 s ago; waits there: 2.5 MB" in rest
    assert "  its node cannot be reached" in rest
