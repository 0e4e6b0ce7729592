"""A camera on a node: it is placed again when it is lost, and what an earlier placement sends is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr
from tests.waiting import PATIENCE_S, until

from passerby.cluster import camera_on_node, fleet, reach
from passerby.cluster.camera_on_node import CameraOnNode
from passerby.cluster.camera_work import CameraWork, Parcel
from passerby.cluster.engine import ClusterNode, NoAnswer
from passerby.cluster.fleet import Fleet
from passerby.cluster.node_report import NodeReport
from passerby.errors import PasserbyError
from passerby.gateway import hosted_camera, wire
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.cluster_source import NodeState
from passerby.health.status import CameraState, CameraStatus
from passerby.measure.reading import Quantity, Reading
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName
from passerby.settings.site.camera import CameraSettings, LegalBasis

CAMERA = CameraSettings(
    name="door", address=SecretStr("x.mp4"), purpose="See that it works.", legal_basis=LegalBasis.CONSENT
)
REPORT = NodeReport("hall", "1", "2", {}, {}, 2, 4000.0, 0.0)
OK = wire.packed(CameraStatus("door", CameraState.OK, fps=10.0))


def node(name: str) -> ClusterNode:
    return ClusterNode(name, f"10.0.0.{name}", 2.0, alive=True, own=False)


class Method:
    def __init__(self, call: Callable[..., object]) -> None:
        self.remote = call


@dataclass
class Work:
    """What runs a camera on a node, played here; it answers whatever `answers` returns."""

    where: ClusterNode
    answers: Callable[[Work, int], object]
    camera: str = ""
    epoch: int = 0
    task: str = ""
    orders: list[wire.CameraOrder] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    @property
    def begin(self) -> Method:
        def begin(task: str, site: str, epoch: int) -> str:
            assert site == "hall"
            self.task, self.camera, self.epoch = task, CameraTask.from_json(task).name, epoch
            return "begun"

        return Method(begin)

    @property
    def stop(self) -> Method:
        return Method(lambda: self.calls.append("stop"))

    @property
    def exchange(self) -> Method:
        def exchange(epoch: int, orders: list[bytes], acknowledged: int, _wait_s: float) -> object:
            assert epoch == self.epoch
            self.orders += map(wire.order, orders)
            self.acknowledged.append(acknowledged)
            return lambda: self.answers(self, len(self.acknowledged))  # a node that is silent now answers later

        return Method(exchange)

    def parcel(self, *messages: bytes, readings: list[tuple[int, bytes]] | None = None) -> Parcel:
        return Parcel(self.camera, self.epoch, list(messages), readings or [])


class MadeEngine:
    """A cluster without Ray."""

    def __init__(self, answers: Callable[[Work, int], object], *names: str) -> None:
        self.alive = {name: node(name) for name in names}
        self.answers = answers
        self.works: list[Work] = []
        self.ended: list[Work] = []
        self.drains: frozenset[str] = frozenset()
        self.asked: list[str] = []
        self.refused: dict[str, str] = {}
        self.reports: dict[str, NodeReport] = {}

    def nodes(self) -> list[ClusterNode]:
        return list(self.alive.values())

    def drained(self) -> frozenset[str]:
        return self.drains

    def report(self, each: ClusterNode, *, timeout_s: float = 0) -> NodeReport | str:
        self.asked.append(each.number)
        return self.refused.get(each.number) or self.reports.get(each.number, REPORT)

    def actor(self, where: ClusterNode, kind: type, *, at_once: int) -> Work:
        assert kind is CameraWork
        assert at_once > 1
        self.works.append(Work(where, self.answers))
        return self.works[-1]

    def get(self, reference: object, *, timeout_s: float) -> object:
        if isinstance(reference, PasserbyError):
            raise reference
        return reference

    def poll(self, reference: object, *, timeout_s: float) -> object:
        time.sleep(0.005)
        return reference() if callable(reference) else reference

    def end(self, work: Any) -> None:
        self.ended.append(work)


@contextmanager
def running(engine: MadeEngine) -> Iterator[tuple[CameraOnNode, list[CameraStatus], list[wire.Message], Fleet]]:
    nodes = Fleet("hall", engine, clock=lambda: 1000.0, monotonic=time.monotonic)  # type: ignore[arg-type]
    nodes.refresh()
    statuses: list[CameraStatus] = []
    messages: list[wire.Message] = []
    listener = HostListener(
        message=lambda _name, message: messages.append(message),
        status=statuses.append,
        wanted=lambda _name: [wire.CameraOrder(Demand.BEGIN)],
    )
    camera = CameraOnNode(CameraTask(CAMERA), nodes.watching(listener), nodes)
    camera.start()
    try:
        yield camera, statuses, messages, nodes
    finally:
        camera.stop()
        camera.join(5.0)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted_camera, "BACK_OFF_S", (0.0,))
    monkeypatch.setattr(camera_on_node, "NO_ROOM_S", 0.02)
    monkeypatch.setattr(camera_on_node, "SILENCE_S", PATIENCE_S)  # a busy machine is no silent node
    monkeypatch.setattr(camera_on_node, "QUIET_S", 0.05)


def test_a_process_that_ends_is_placed_again_with_a_later_epoch_and_its_counts_go_on() -> None:
    counted = wire.packed(CameraStatus("door", CameraState.OK, frames_total=100))

    def answers(work: Work, number: int) -> object:
        return NoAnswer.ENDED if work is engine.works[0] and number > 3 else work.parcel(counted)

    engine = MadeEngine(answers, "1", "2")
    with running(engine) as (camera, statuses, _, _):
        until(lambda: camera.status().restarts == 1 and camera.status().state is CameraState.OK)
        assert camera.status().frames_total == 200
    first, second = engine.works
    assert second.epoch > first.epoch
    assert first in engine.ended
    assert [each.detail for each in statuses if each.state is CameraState.DOWN] == [
        f"node {first.where.address}: its process ended"
    ]
    assert wire.CameraOrder(Demand.BEGIN) in second.orders  # those who watch go on
    assert second.calls == ["stop"]
    assert CameraTask.from_json(second.task) == CameraTask(CAMERA)


@pytest.mark.parametrize("wrong", [Parcel("door", 1, [OK], []), Parcel("yard", 10**12, [OK], []), "a word"])
def test_what_an_earlier_placement_or_another_camera_sends_is_refused(wrong: object) -> None:
    engine = MadeEngine(lambda work, _: wrong if work is engine.works[0] else work.parcel(OK), "1")
    with running(engine) as (camera, statuses, _, _):
        until(lambda: camera.status().state is CameraState.OK)
    assert "it was refused" in next(each.detail for each in statuses if each.state is CameraState.DOWN)


def test_a_silent_node_loses_its_camera_only_if_another_one_can_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_on_node, "SILENCE_S", 0.4)
    silent = threading.Event()

    def answers(work: Work, _number: int) -> object:
        return NoAnswer.SILENT if silent.is_set() and work.where.number == "1" else work.parcel(OK)

    alone = MadeEngine(answers, "1")
    with running(alone) as (camera, _, _, _):
        until(lambda: camera.status().state is CameraState.OK)
        silent.set()
        until(lambda: camera.status().state is CameraState.NO_PICTURE)
        assert camera.status().detail == "it gives no sign of life"
        time.sleep(0.8)  # twice as long as silence lasts that moves a camera
        silent.clear()
        until(lambda: camera.status().state is CameraState.OK)
    assert len(alone.works) == 1

    silent.set()
    two = MadeEngine(answers, "1", "2")
    with running(two) as (camera, _, _, _):
        until(lambda: camera.status().state is CameraState.OK)
    assert [each.where.number for each in two.works][:2] == ["1", "2"]


def test_a_silent_node_is_reported_again_and_again_because_only_what_lasts_is_published() -> None:
    silent = threading.Event()
    engine = MadeEngine(lambda work, _: NoAnswer.SILENT if silent.is_set() else work.parcel(OK), "1")
    with running(engine) as (camera, statuses, _, _):
        until(lambda: camera.status().state is CameraState.OK)
        silent.set()
        until(lambda: [each.state for each in statuses].count(CameraState.NO_PICTURE) > 2)


def test_readings_that_are_repeated_count_once() -> None:
    reading = Reading("yard", Quantity.OCCUPANCY, 1.0, 10.0, 1.0, 1.0, "tracks")
    packed = [(number, wire.packed(wire.Measured((reading,)))) for number in (1, 2, 3)]

    def answers(work: Work, number: int) -> object:
        return work.parcel(readings=packed[:2] if number < 3 else packed)

    engine = MadeEngine(answers, "1")
    with running(engine) as (_, _, messages, _):
        until(lambda: len(engine.works[0].acknowledged) > 6 if engine.works else False)
    assert len(messages) == 3
    assert engine.works[0].acknowledged[0] == 0
    assert engine.works[0].acknowledged[-1] == 3


def test_a_drained_node_stops_its_camera_in_order_and_another_one_takes_it() -> None:
    engine = MadeEngine(lambda work, _number: work.parcel(OK), "1", "2")
    with running(engine) as (camera, _, _, nodes):
        until(lambda: camera.status().state is CameraState.OK)
        engine.drains = frozenset("1")
        nodes.refresh()
        until(lambda: len(engine.works) == 2 and camera.status().state is CameraState.OK)
        assert nodes.state().cameras == {"door": "10.0.0.2"}
    first, second = engine.works
    assert first.calls == ["stop"]
    assert second.where.number == "2"


def test_without_room_the_camera_is_down_in_words_until_a_node_joins() -> None:
    engine = MadeEngine(lambda work, _number: work.parcel(OK))
    with running(engine) as (camera, _, _, nodes):
        until(lambda: camera.status().state is CameraState.DOWN)
        assert "no node can take part; it needs about" in camera.status().detail
        assert nodes.state().cameras == {"door": ""}
        engine.alive["1"] = node("1")
        nodes.refresh()
        until(lambda: camera.status().state is CameraState.OK)


def test_a_node_that_is_too_small_for_every_camera_gets_none_and_says_so() -> None:
    engine = MadeEngine(lambda work, _number: work.parcel(OK), "1", "2")
    engine.reports["1"] = replace(REPORT, memory_mb=300.0)
    with running(engine) as (camera, _, _, nodes):
        until(lambda: camera.status().state is CameraState.OK)
        small, fit = nodes.nodes().values()
        assert small.state is fit.state is NodeState.OK
        assert "too small for every camera of this site: the smallest needs about" in small.reason
        assert (small.cameras, fit.cameras, fit.reason) == ((), ("door",), "")
    assert [each.where.number for each in engine.works] == ["2"]


def test_a_refused_node_is_asked_once_and_gets_nothing() -> None:
    engine = MadeEngine(lambda work, _number: work.parcel(OK), "1", "2")
    engine.refused["1"] = "it lacks the network yolox-nano; run passerby models fetch there"
    with running(engine) as (camera, _, _, nodes):
        nodes.refresh()
        until(lambda: camera.status().state is CameraState.OK)
    assert [each.where.number for each in engine.works] == ["2"]
    assert sorted(engine.asked) == ["1", "2"]


def test_a_node_that_was_refused_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "ASK_AGAIN_S", 0.0)
    engine = MadeEngine(lambda work, _number: work.parcel(OK), "1")
    engine.refused["1"] = "its clock is 9 s behind; start a time service such as NTP on every node"
    with running(engine) as (camera, _, _, nodes):
        until(lambda: camera.status().state is CameraState.DOWN)
        engine.refused.clear()
        nodes.refresh()
        until(lambda: camera.status().state is CameraState.OK)


def test_whatever_the_cluster_raises_costs_a_camera_a_restart_and_not_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = MadeEngine(lambda work, _number: work.parcel(OK), "1")
    make, failures = engine.actor, iter([RuntimeError("no raylet"), PasserbyError("a later one\nruns it")])

    def actor(*arguments: Any, **options: Any) -> Work:
        if (failure := next(failures, None)) is not None:
            raise failure
        return make(*arguments, **options)

    monkeypatch.setattr(engine, "actor", actor)
    with running(engine) as (camera, statuses, _, _):
        until(lambda: camera.status().state is CameraState.OK)
    reasons = [each.detail for each in statuses if each.state is CameraState.DOWN]
    assert reasons == [
        f"node 10.0.0.1: {why}" for why in ("its node cannot be used (RuntimeError)", "a later one runs it")
    ]


def test_a_node_that_sends_nonsense_costs_its_camera_a_restart() -> None:
    def answers(work: Work, _number: int) -> object:
        return work.parcel(b"?") if work is engine.works[0] else work.parcel(OK)

    engine = MadeEngine(answers, "1")
    with running(engine) as (camera, statuses, _, _):
        until(lambda: camera.status().state is CameraState.OK)
    assert any("sent an invalid message" in each.detail for each in statuses)


def test_pictures_wait_for_a_keyframe_after_a_restart() -> None:
    engine = MadeEngine(lambda work, _number: work.parcel(OK), "1")
    with running(engine) as (camera, _, _, _):
        camera.order(wire.CameraOrder(Demand.KEY, StreamName.WALL))
        until(lambda: engine.works and wire.CameraOrder(Demand.KEY, StreamName.WALL) in engine.works[0].orders)


def test_a_camera_that_only_another_node_can_reach_ends_up_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "TRY_S", 0.1)
    no_picture = wire.packed(CameraStatus("door", CameraState.NO_PICTURE, detail="cannot connect"))
    engine = MadeEngine(lambda work, _: work.parcel(OK if work.where.number == "3" else no_picture), "1", "2", "3")
    with running(engine) as (camera, statuses, _, _):
        until(lambda: camera.status().state is CameraState.OK)
    assert [each.where.number for each in engine.works] == ["1", "2", "3"]
    assert engine.works[0].calls == ["stop"]
    assert any("it gave no picture there for" in each.detail for each in statuses)
