"""The gateway with real processes, a real clip and the real networks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from tests.cameras.rtsp import PASSWORD, USER, RtspServer
from tests.waiting import until

from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.measure.reading import Quantity, Reading
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture
from passerby.settings.site.camera import CameraSettings, LegalBasis
from passerby.settings.site.mqtt import MqttSettings
from passerby.settings.site.signals import SignalSettings
from passerby.settings.site.site import SiteSettings

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("registry_models")]
MASK = '{{"masks": [{{"box": [0, 0, {}, 0.1], "unit": "share"}}]}}'


def camera(name: str, address: object, **more: object) -> CameraSettings:
    return CameraSettings.model_validate(
        {
            "name": name,
            "address": str(address),
            "purpose": "See that the gateway works.",
            "legal_basis": LegalBasis.CONSENT,
            "effort": "fast",
            "max_fps": 8,
            **more,
        }
    )


def site(*cameras: CameraSettings) -> SiteSettings:
    return SiteSettings(site="test", cameras=cameras)


@contextmanager
def running(settings: SiteSettings) -> Iterator[Supervisor]:
    machine = Supervisor(settings)
    machine.start()
    try:
        yield machine
    finally:
        machine.stop()


def state(machine: Supervisor, name: str) -> CameraStatus:
    return next(each for each in machine.statuses() if each.camera == name)


@pytest.fixture(scope="module")
def clip(data_dir: Path) -> Path:
    return data_dir / "video" / "pets_s2l1_vtest.avi"


def test_a_camera_shows_covered_pictures_and_comes_back_when_its_process_is_killed(clip: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent.mp4"
    told: list[CameraStatus] = []
    walls: list[tuple[str, WallPicture]] = []
    with running(site(camera("door", clip), camera("gone", absent))) as machine, machine.listen(told.append):
        with machine.hub.subscribe("door", StreamName.FULL) as viewer:
            seen: list[StreamPacket] = []

            def active() -> bool:
                packet = viewer.take(0.05)
                if packet is not None:
                    seen.append(packet)
                return bool(seen) and seen[-1].redaction is Redaction.ACTIVE

            until(active)
            decoder = av.CodecContext.create("h264", "r")
            pictures = [picture for packet in seen for picture in decoder.decode(av.Packet(packet.data))]
            assert len(pictures) == len(seen)
            assert seen[0].key
            assert (seen[-1].width, seen[-1].height) == (768, 576)
            with machine.listen_to_walls(lambda name, picture: walls.append((name, picture))):
                until(lambda: any(name == "door" for name, _ in walls))

            first = next(each.pid for each in machine.hosts() if each.name == "door")
            assert first is not None
            os.kill(first, signal.SIGKILL)
            seen.clear()
            until(lambda: state(machine, "door").restarts == 1)
            until(active)
            until(lambda: state(machine, "door").state is CameraState.OK)
        assert any(each.state is CameraState.DOWN and "signal 9" in each.detail for each in told)
        assert "absent.mp4" in state(machine, "gone").detail
        assert [each.camera for each in machine.statuses()] == ["door", "gone"]
        pids = [each.pid for each in machine.hosts()]
    assert not any(pid is not None and Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_reload_leaves_cameras_alone_that_did_not_change(clip: Path, tmp_path: Path) -> None:
    mask = tmp_path / "masks.json"
    mask.write_text(MASK.format(0.1))
    stays, masked = camera("stays", clip), camera("masked", clip, masks=[mask])
    with running(site(stays, camera("goes", clip), camera("changes", clip), masked)) as machine:
        until(lambda: all(each.pid is not None for each in machine.hosts()))
        before = {each.name: each.pid for each in machine.hosts()}
        mask.write_text(MASK.format(0.2))
        other = site(stays, camera("changes", clip, max_fps=4), masked, camera("comes", clip))
        signals, mqtt = SignalSettings(keep_minutes_d=1), MqttSettings(host="localhost")
        elsewhere = {"site": "other", "timezone": "Europe/Vienna", "signals": signals, "mqtt": mqtt}
        machine.reload(other.model_copy(update=elsewhere))
        until(lambda: all(each.pid is not None for each in machine.hosts()))
        after = {each.name: each.pid for each in machine.hosts()}
    assert list(after) == ["stays", "changes", "masked", "comes"]
    assert after["stays"] == before["stays"]
    assert after["changes"] != before["changes"]
    assert after["masked"] != before["masked"]


def test_a_process_that_hangs_is_ended_and_started_again(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(site(camera("door", clip))) as machine:
        until(lambda: state(machine, "door").frames_total > 0)
        (process,) = machine.hosts()
        assert process.pid is not None
        monkeypatch.setattr("passerby.gateway.camera_process.SILENCE_S", 1.0)
        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: state(machine, "door").restarts == 1)
        monkeypatch.undo()
        before = state(machine, "door").frames_total
        until(lambda: state(machine, "door").frames_total > before)


def test_places_are_measured_live_and_the_numbers_reach_the_gateway(clip: Path, tmp_path: Path) -> None:
    places = tmp_path / "places.yaml"
    places.write_text(
        "zones:\n  - name: yard\n    corners_px: [[0, 0], [768, 0], [768, 576], [0, 576]]\n", encoding="utf-8"
    )
    said: list[tuple[str, Reading]] = []

    def heard(name: str, readings: Sequence[Reading]) -> None:
        said.extend((name, each) for each in readings)

    began_s = time.time()
    with running(site(camera("door", clip, places=places))) as machine, machine.listen_to_readings(heard):
        until(lambda: any(each.quantity is Quantity.OCCUPANCY and each.value > 1 for _, each in said))
    assert {(name, each.place) for name, each in said} == {("door", "yard")}
    assert all(began_s - 5 < each.time_s < time.time() + 5 for _, each in said)
    assert all(each.observed_s <= each.span_s for _, each in said)


def test_a_camera_by_rtsp_comes_back_with_its_server_and_a_wrong_password_is_said_without_it(
    rtsp_server: Callable[..., RtspServer], drawn_reel: Path
) -> None:
    server = rtsp_server({"door": drawn_reel}, password=PASSWORD)
    login = {"username": USER, "password": PASSWORD}
    address = server.url("door")
    wrong = camera("wrong", address, **(login | {"password": "secret-guess"}))
    with running(site(camera("door", address, **login), wrong)) as machine:
        until(lambda: state(machine, "door").redaction is Redaction.ACTIVE)
        until(lambda: state(machine, "wrong").state is CameraState.REFUSED)
        assert "secret-guess" not in str(machine.statuses())
        with machine.hub.subscribe("door", StreamName.WALL) as viewer:
            server.kill()
            until(lambda: state(machine, "door").state is CameraState.NO_PICTURE)
            until(lambda: (packet := viewer.take(0.1)) is not None and packet.redaction is Redaction.NONE)
            server.start()
            until(lambda: (packet := viewer.take(0.1)) is not None and packet.redaction is Redaction.ACTIVE)
        assert state(machine, "door").restarts == 0
