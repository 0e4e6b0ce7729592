"""A gateway knows how its nodes are, and says what it does not know; what they have reaches its stores."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cluster.test_camera_on_node import Method, node
from tests.store.made import NOON_S, signal
from tests.waiting import until

from passerby.cluster import collector
from passerby.cluster.collector import NodeCollector
from passerby.cluster.engine import ClusterNode, NoAnswer
from passerby.cluster.fleet import Fleet
from passerby.cluster.node_agent import NodeAgent, NodeNews
from passerby.cluster.node_program import NODE_STATE
from passerby.cluster.node_record import signal_record
from passerby.cluster.node_report import NodeReport
from passerby.cluster.placement_spool import PlacementSpool
from passerby.cluster.spool_folder import node_id
from passerby.gateway.cluster_source import NodeInfo, NodeState
from passerby.settings.site.site import SiteSettings
from passerby.store.delivery import NodeOrigin, RecordKind

REPORT = NodeReport("hall-pc", "1", "code", {}, {"yolox": "a" * 64}, 2, 4000.0, 0.0)


class Agents:
    """A cluster without Ray, whose nodes answer with what `answer` returns."""

    def __init__(self, answer: Callable[[ClusterNode, object], object], *names: str) -> None:
        self.alive = {name: node(name) for name in names}
        self.answer = answer
        self.drains: frozenset[str] = frozenset()
        self.report_of: dict[str, NodeReport | str] = {}

    def nodes(self) -> list[ClusterNode]:
        return list(self.alive.values())

    def drained(self) -> frozenset[str]:
        return self.drains

    def report(self, each: ClusterNode, *, timeout_s: float = 0) -> NodeReport | str:
        return self.report_of.get(each.number, REPORT)

    def actor(self, where: ClusterNode, kind: type, *, at_once: int) -> object:
        assert kind is NodeAgent
        made = type("Actor", (), {})()
        made.news = Method(lambda site, arrived: lambda: self.answer(where, (site, arrived)))
        return made

    def poll(self, question: Callable[[], object], *, timeout_s: float) -> object:
        time.sleep(0.005)
        return question()

    def end(self, actor: object) -> None:
        """Do nothing."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "ASK_S", 0.02)
    monkeypatch.setattr(collector, "LOOK_S", 0.02)
    monkeypatch.setattr(collector, "SILENCE_S", 0.2)


@pytest.fixture
def site(tmp_path: Path) -> SiteSettings:
    usual = {"address": "x.mp4", "purpose": "See that it works.", "legal_basis": "consent"}
    door = {"name": "door", **usual}
    return SiteSettings.model_validate({"site": "arena", "state_folder": tmp_path / "gateway", "cameras": [door]})


@contextmanager
def collecting(engine: Agents, site: SiteSettings) -> Iterator[tuple[NodeCollector, Fleet]]:
    site.state_folder.mkdir(exist_ok=True)
    fleet = Fleet("arena", engine, clock=lambda: NOON_S, monotonic=time.monotonic)  # type: ignore[arg-type]
    fleet.refresh()
    made = NodeCollector(fleet, clock=lambda: NOON_S, monotonic=time.monotonic)
    made.start(site, lambda _: 0)
    try:
        yield made, fleet
    finally:
        made.stop()


def only(made: NodeCollector) -> NodeInfo:
    (found,) = made.info().nodes
    return found


def test_what_a_node_has_written_down_arrives_and_is_removed_there(
    site: SiteSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NODE_STATE, str(tmp_path / "node"))
    agent = NodeAgent()
    origin = NodeOrigin(node_id(tmp_path / "node"), "arena", "door", NOON_S * 10**9)
    spool = PlacementSpool(tmp_path / "node/cluster-spool", origin)
    spool.append(RecordKind.SIGNALS, signal_record([signal(1)]))
    engine = Agents(lambda _, asked: agent.news(*asked), "1")  # type: ignore[misc]
    with collecting(engine, site) as (made, fleet):
        monkeypatch.setattr(fleet, "note_clock", lambda *_: None)  # this machine's clock is not that of the test
        until(lambda: only(made).waiting_bytes == 0)
        spool.append(RecordKind.SIGNALS, signal_record([signal(2, 1)]))
        spool.close()
        until(lambda: not list((tmp_path / "node/cluster-spool/arena").iterdir()))
        info = until(lambda: (found := only(made)).state is NodeState.OK and found)
        assert isinstance(info, NodeInfo)
        assert (info.host, info.heard_s, info.reason) == ("hall-pc", NOON_S, "")
        assert info.used_mb is not None
        assert info.used_mb > 0
        assert (made.info().records_lost, made.info().rows_refused, made.info().problem) == (0, 0, "")


def test_a_node_that_does_not_answer_is_silent_and_what_it_has_is_what_was_known_last(site: SiteSettings) -> None:
    silent = threading.Event()

    def answer(_: ClusterNode, _asked: object) -> object:
        return NoAnswer.SILENT if silent.is_set() else NodeNews("a1", NOON_S, waiting_bytes=7, used_mb=100.0)

    with collecting(Agents(answer, "1"), site) as (made, _):
        until(lambda: only(made).state is NodeState.OK)
        silent.set()
        until(lambda: only(made).state is NodeState.SILENT)
        assert (only(made).waiting_bytes, only(made).heard_s) == (7, NOON_S)
        silent.clear()
        until(lambda: only(made).state is NodeState.OK)


def test_a_node_that_never_answered_has_no_figures(site: SiteSettings) -> None:
    with collecting(Agents(lambda *_: NoAnswer.UNREACHABLE, "1"), site) as (made, _):
        until(lambda: only(made).reason == "its node cannot be reached")
        info = only(made)
        assert (info.heard_s, info.waiting_bytes, info.busy_cores, info.clock_ahead_s) == (None, None, None, 0.0)


def test_nodes_that_are_refused_drained_or_gone_are_shown_as_such(site: SiteSettings) -> None:
    engine = Agents(lambda *_: NodeNews("a1", NOON_S), "1", "2", "3")
    engine.report_of["2"] = "it lacks the network yolox; run passerby models fetch there"
    engine.drains = frozenset("3")
    with collecting(engine, site) as (made, fleet):
        until(
            lambda: [each.state for each in made.info().nodes] == [NodeState.OK, NodeState.REFUSED, NodeState.DRAINED]
        )
        assert made.info().nodes[1].reason.startswith("it lacks the network")
        engine.alive["1"] = ClusterNode("1", "10.0.0.1", 2.0, alive=False, own=False)
        fleet.refresh()
        until(lambda: made.info().nodes[0].state is NodeState.GONE)
        engine.alive["4"] = ClusterNode("4", "10.0.0.1", 2.0, alive=True, own=False)
        fleet.refresh()
        until(lambda: [each.state for each in made.info().nodes if each.address == "10.0.0.1"] == [NodeState.OK])


def test_a_clock_that_differs_is_shown_and_one_that_differs_too_much_refuses_the_node(
    site: SiteSettings, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = [1.5]
    engine = Agents(lambda *_: NodeNews("a1", NOON_S + ahead[0]), "1")
    with collecting(engine, site) as (made, fleet):
        until(lambda: (only(made).clock_ahead_s, only(made).state) == (1.5, NodeState.OK))
        until(lambda: "node_clock_differs" in caplog.messages)
        ahead[0] = -7.0
        until(lambda: only(made).state is NodeState.REFUSED)
        assert only(made).reason == "its clock is 7 s behind; start a time service such as NTP on every node"
        assert not fleet.fit()
        assert made.info().without_node == ()


def test_cameras_that_have_no_node_are_named(site: SiteSettings) -> None:
    with collecting(Agents(lambda *_: NodeNews("a1", NOON_S)), site) as (made, fleet):
        assert "no node can take part" in str(fleet.place(site.cameras[0]))
        assert made.info().without_node == ("door",)
        assert made.info().nodes == ()
