"""The gateway's chores: what happens when the clock is set, what is kept, and what a reload takes."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.store.made import NOON_S
from tests.waiting import PATIENCE_S, until

from passerby.errors import OutputError, SettingError, StoreError, UsageError
from passerby.gateway import housekeeping
from passerby.gateway.housekeeping import Housekeeping
from passerby.gateway.wire import CameraOrder
from passerby.health.status import CameraStatus
from passerby.measure.reading import Quantity, Reading
from passerby.settings.load import AT_START, reloaded
from passerby.settings.site.site import SiteSettings
from passerby.signals.signal import PlaceSignal


class Cameras:
    """Remembers what was asked of it; keeping fails if it should."""

    def __init__(self, *, fails: bool = False) -> None:
        self.restarted: list[str] = []
        self.kept = 0
        self.said: Callable[..., None] | None = None
        self._fails = fails

    def statuses(self) -> list[CameraStatus]:
        return []

    @contextmanager
    def listen_to_foot_maps(self, _: Callable[..., None]) -> Iterator[None]:
        yield

    @contextmanager
    def listen_to_readings(self, callback: Callable[..., None]) -> Iterator[None]:
        self.said = callback
        yield
        self.said = None

    @contextmanager
    def listen(self, _: Callable[..., None]) -> Iterator[None]:
        yield

    def restart(self, reason: str) -> None:
        self.restarted.append(reason)

    def order(self, camera: str, order: CameraOrder) -> None:
        raise NotImplementedError

    def reload(self, site: SiteSettings) -> None:
        raise NotImplementedError

    def save(self) -> None:
        self.kept += 1
        if self._fails:
            raise OutputError("the state folder is full")


class SystemClock:
    """A system clock that runs from the evening of the readings on, and can be set."""

    def __init__(self) -> None:
        self.ahead_s = NOON_S + 6 * 3600 - time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "STEP_S", 0.02)
    monkeypatch.setattr(housekeeping, "SWEEP_S", 0.05)


DOOR = {"name": "door", "address": "x.mp4", "purpose": "See that it works.", "legal_basis": "consent"}
GATE = DOOR | {"name": "gate"}


def site(folder: Path, **more: object) -> SiteSettings:
    return SiteSettings.model_validate({"site": "test", "state_folder": folder, "cameras": [DOOR]} | more)


def placed(folder: Path, camera: dict[str, str], zone: str) -> dict[str, object]:
    """Return a camera with a places file."""
    path = folder / f"{zone}.yaml"
    path.write_text(f"zones:\n  - name: {zone}\n    corners_px: [[0, 0], [9, 0], [9, 9]]\n")
    return camera | {"places": path}


def told(housekeeping: Housekeeping, cameras: Cameras, camera: str, place: str) -> set[str]:
    """Let a camera measure, and return for which sites signals are made of it."""
    heard: list[PlaceSignal] = []
    assert housekeeping.signals is not None
    assert cameras.said is not None
    with housekeeping.signals.listen(heard.append):
        for second in range(25):
            about = (place, Quantity.OCCUPANCY, 4.0, NOON_S + second)
            cameras.said(camera, [Reading(*about, 1.0, 1.0, "tracks")])
    return {each.site for each in heard if each.place == place}


@pytest.mark.parametrize("seconds", [3600.0, -3600.0])
def test_a_clock_that_is_set_starts_the_cameras_anew_once(tmp_path: Path, clock: SystemClock, seconds: float) -> None:
    cameras = Cameras()
    with Housekeeping(site(tmp_path), cameras, clock=clock):
        until(lambda: cameras.kept)
        assert not cameras.restarted
        clock.ahead_s += seconds
        until(lambda: cameras.restarted)
        before = cameras.kept
        until(lambda: cameras.kept > before + 1)
    assert cameras.restarted == ["the system's clock was set"]


def test_what_cannot_be_kept_is_tried_again_and_stops_nothing(tmp_path: Path, clock: SystemClock) -> None:
    cameras = Cameras(fails=True)
    with Housekeeping(site(tmp_path), cameras, clock=clock):
        until(lambda: cameras.kept > 2)


def test_a_density_map_that_is_not_there_is_refused_before_any_camera_starts(
    tmp_path: Path, clock: SystemClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSERBY_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    asked = site(tmp_path, cameras=[placed(tmp_path, DOOR, "yard") | {"crowd_model": "mcnn"}])
    with pytest.raises(SettingError, match="model 'mcnn' is missing; copy mcnn_A_660") as caught:
        Housekeeping(asked, Cameras(), clock=clock)
    assert caught.value.key == "cameras[0].crowd_model"


COUNT = json.dumps(
    {"source": "ticket_gate", "end": "2026-11-22T12:00:00Z", "span_s": 60, "values": {"crossings_in": 12}}
)


def test_the_first_places_of_a_running_site_are_measured_and_the_last_ones_end_it(
    tmp_path: Path, clock: SystemClock
) -> None:
    cameras, bare = Cameras(), site(tmp_path)
    measured = site(tmp_path, cameras=[placed(tmp_path, DOOR, "yard")])
    with Housekeeping(bare, cameras, clock=clock) as chores:
        assert chores.signals is None
        chores.reload(measured)
        assert told(chores, cameras, "door", "yard") == {"test"}
        chores.reload(bare)
        assert chores.signals is None
        assert cameras.said is None
        chores.reload(measured)  # the spool is free again
        assert told(chores, cameras, "door", "yard") == {"test"}


def test_what_cannot_be_taken_changes_nothing(tmp_path: Path, clock: SystemClock) -> None:
    cameras, measured = Cameras(), site(tmp_path, cameras=[placed(tmp_path, DOOR, "yard")])
    (tmp_path / "blocked").write_text("a file where the folder of the spool should be")
    with Housekeeping(measured, cameras, clock=clock) as chores:
        with pytest.raises(UsageError, match="store"):
            chores.reload(site(tmp_path, cameras=[placed(tmp_path, DOOR, "yard")], signals={"store": "mysql://a/b"}))
        with pytest.raises(StoreError):
            chores.reload(measured.model_copy(update={"site": "other", "state_folder": tmp_path / "blocked"}))
        assert told(chores, cameras, "door", "yard") == {"test"}


CHANGES: dict[str, Callable[[Path], object]] = {
    "version": lambda _: 1,  # there is no other
    "site": lambda _: "other",
    "timezone": lambda _: "Europe/Vienna",
    "state_folder": lambda folder: folder / "elsewhere",
    "cameras": lambda folder: [placed(folder, GATE, "hall")],
    "recording": lambda folder: {"folder": folder / "films"},
    "web": lambda _: {"port": 9},
    "accounts": lambda _: {"idle_h": 1},
    "groups": lambda _: [{"name": "all", "cameras": ["door"]}],
    "signals": lambda _: {"counters": [{"place": "turnstile"}], "areas": []},
    "audit": lambda _: {"keep_days": 400},
    "mqtt": lambda _: {"host": "127.0.0.1", "port": 1883},
    "alerts": lambda _: {"rules": [{"name": "disk", "type": "disk"}]},
    "plans": lambda _: [{"name": "ground floor", "picture": "floor.png", "m_per_px": 0.02}],
    "public": lambda _: {"cameras": ["door"], "controller": "Example Ltd", "contact": "privacy@example.org"},
    "watchdog": lambda _: {},
}
"""Another value of each key of the site file."""


@pytest.mark.parametrize("key", SiteSettings.model_fields)
def test_a_reload_takes_each_key_of_the_site_file_or_names_it(tmp_path: Path, clock: SystemClock, key: str) -> None:
    usual: dict[str, object] = {
        "cameras": [placed(tmp_path, DOOR, "yard") | {"record": True}],
        "signals": {"areas": [{"name": "all", "zones": ["yard"]}]},
    }
    cameras, old = Cameras(), site(tmp_path, **usual)
    with socket.create_server(("127.0.0.1", 0)) as broker, Housekeeping(old, cameras, clock=clock) as chores:
        broker.settimeout(PATIENCE_S)
        value = CHANGES[key](tmp_path)
        if key == "mqtt":
            value = {"host": "127.0.0.1", "port": broker.getsockname()[1]}
        new, waiting = reloaded(old, site(tmp_path, **(usual | {key: value})))
        chores.reload(new)
        assert waiting == ((key,) if key in AT_START else ())
        if key in AT_START:
            assert getattr(new, key) == getattr(old, key)
        signals = chores.signals
        assert signals is not None
        match key:
            case "site":
                assert told(chores, cameras, "door", "yard") == {"other"}
            case "timezone":
                assert [timezone for area in signals._areas for timezone in area.about[1:]] == ["Europe/Vienna"]
            case "cameras":
                assert told(chores, cameras, "gate", "hall") == {"test"}
                assert told(chores, cameras, "door", "yard") == set()
            case "recording":
                assert (tmp_path / "films").is_dir()
            case "signals":
                signals.count("turnstile", COUNT)
            case "alerts":
                assert [rule.name for rule in chores.alerting.register.rules] == ["disk"]
            case "watchdog":
                assert [rule.name for rule in chores.alerting.register.rules] == ["watchdog"]
            case "groups" | "plans" | "public":  # the web server takes them: test_site_gateway, test_public_pictures
                assert getattr(new, key) != getattr(old, key)
            case "mqtt":
                broker.accept()[0].close()
            case _:
                assert key in {"version", *AT_START}
