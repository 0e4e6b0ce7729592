"""The supervisor runs cameras on whatever hosts it is given: here they are made up, as a cluster's would be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from passerby.gateway import wire
from passerby.gateway.camera_host import CameraHost, HostListener
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.cameras import Cameras
from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.measure.reading import Quantity, Reading
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture
from passerby.settings.site.site import SiteSettings

DOOR = {"name": "door", "address": "x.mp4", "purpose": "See that it works.", "legal_basis": "consent"}


class Elsewhere:
    """A camera on another machine, which remembers what is asked of it."""

    def __init__(self, task: CameraTask, listener: HostListener) -> None:
        self.task = CameraTask.from_json(task.to_json())
        self.listener = listener
        self.orders: list[wire.CameraOrder] = []
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def join(self, timeout_s: float) -> None:
        assert timeout_s > 0
        self.calls.append("join")

    def status(self) -> CameraStatus:
        return CameraStatus(self.task.name, CameraState.OK)

    def order(self, order: wire.CameraOrder) -> None:
        self.orders.append(order)

    def check(self) -> None:
        pass

    def restart(self, reason: str) -> None:
        self.calls.append(f"restart: {reason}")


def made(folder: Path, *cameras: Mapping[str, object]) -> tuple[Supervisor, dict[str, Elsewhere]]:
    hosts: dict[str, Elsewhere] = {}

    def host(task: CameraTask, listener: HostListener) -> CameraHost:
        hosts[task.name] = Elsewhere(task, listener)
        return hosts[task.name]

    return Supervisor(site(folder, *cameras), host), hosts


def site(folder: Path, *cameras: Mapping[str, object]) -> SiteSettings:
    return SiteSettings.model_validate({"site": "test", "state_folder": folder, "cameras": cameras})


def test_a_supervisor_is_the_cameras_of_a_site(tmp_path: Path) -> None:
    supervisor, hosts = made(tmp_path, DOOR)
    cameras: Cameras = supervisor
    cameras.order("door", wire.CameraOrder(Demand.KEY))
    cameras.order("nowhere", wire.CameraOrder(Demand.KEY))
    assert hosts["door"].orders == [wire.CameraOrder(Demand.KEY)]


def test_orders_statuses_and_readings_pass_between_hosts_and_listeners(tmp_path: Path) -> None:
    supervisor, hosts = made(tmp_path, DOOR)
    supervisor.start()
    door = hosts["door"]
    changes: list[CameraStatus] = []
    measured: list[tuple[str, object]] = []
    walls: list[str] = []
    reading = Reading("yard", Quantity.OCCUPANCY, 1.0, 10.0, 1.0, 1.0, "tracks")
    small = WallPicture(np.zeros(6, np.uint8), 2, 2, 1.0, Redaction.ACTIVE)

    with supervisor.listen(changes.append), supervisor.listen_to_readings(lambda *each: measured.append(each)):
        for fps in (1.0, 2.0):  # a number alone is not news
            door.listener.status(CameraStatus("door", CameraState.OK, fps=fps))
        door.listener.status(CameraStatus("door", CameraState.DOWN))
        door.listener.message("door", wire.Measured((reading,)))
    assert [each.state for each in changes] == [CameraState.OK, CameraState.DOWN]
    assert measured == [("door", (reading,))]

    with supervisor.listen_to_walls(lambda name, _: walls.append(name)):
        with supervisor.listen_to_walls(lambda name, _: walls.append(name)):
            assert door.orders == [wire.CameraOrder(mosaic=True)]
            assert wire.CameraOrder(mosaic=True) in door.listener.wanted("door")
            door.listener.message("door", small)
        assert door.orders == [wire.CameraOrder(mosaic=True)]
    assert door.orders == [wire.CameraOrder(mosaic=True), wire.CameraOrder(mosaic=False)]
    assert walls == ["door", "door"]

    with supervisor.hub.subscribe("door", StreamName.FULL) as viewer:
        packet = StreamPacket(StreamName.FULL, b"\0", True, 1.0, 64, 48, Redaction.ACTIVE)
        door.listener.message("door", packet)
        assert viewer.take() == packet
    supervisor.stop()
    assert door.calls == ["start", "stop", "join"]


def test_a_reload_replaces_hosts_whose_task_changed_and_closes_streams_of_cameras_that_are_gone(tmp_path: Path) -> None:
    gate, hall = DOOR | {"name": "gate"}, DOOR | {"name": "hall"}
    supervisor, hosts = made(tmp_path, DOOR, gate, hall)
    supervisor.start()
    before = dict(hosts)
    with supervisor.hub.subscribe("hall", StreamName.WALL) as viewer:
        supervisor.reload(site(tmp_path, DOOR, gate | {"max_fps": 5.0}))
        assert viewer.closed
    assert hosts["door"] is before["door"]
    assert hosts["gate"] is not before["gate"]
    assert before["gate"].calls == before["hall"].calls == ["start", "stop", "join"]
    assert hosts["gate"].calls == ["start"]
    assert [each.camera for each in supervisor.statuses()] == ["door", "gate"]
    supervisor.restart("a test")
    assert hosts["gate"].calls == ["start", "restart: a test"]
    supervisor.stop()
