"""A site's gateway starts and stops as one thing, and refuses what it cannot use before a camera starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from tests.gateway.test_hosts import DOOR, Elsewhere, site
from tests.store.made import NOON_S

from passerby.audit.entry import AuditEntry, AuditKind, AuditSink
from passerby.audit.export import EntrySelection, selected
from passerby.audit.log_reader import LogReader
from passerby.errors import SettingError, UsageError
from passerby.gateway.alerting import Alerting
from passerby.gateway.camera_host import CameraHost, HostListener
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.cluster_source import ClusterInfo, ClusterSource
from passerby.gateway.public_pages import PublicPages
from passerby.gateway.site_editor import SiteEditor
from passerby.gateway.site_gateway import SiteGateway
from passerby.gateway.site_recordings import SiteRecordings
from passerby.gateway.site_signals import SiteSignals
from passerby.gateway.state_lock import running_gateway
from passerby.gateway.supervisor import Supervisor
from passerby.gateway.watchdog_book import REASON, WHOLE_S, WatchdogBook
from passerby.health.status import CameraState, CameraStatus
from passerby.outputs.recording.archive import RecordingArchive
from passerby.settings.site.accounts import GroupSettings
from passerby.settings.site.site import SiteSettings
from passerby.settings.site.web import WebSettings

GATE = DOOR | {"name": "gate"}


class Door:
    """A web server that only remembers what happened."""

    fingerprint = "AB:CD"
    address, first_link = "http://127.0.0.1:1", "http://127.0.0.1:1/#/first/key"

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls
        self.signals: SiteSignals | None = None

    def __enter__(self) -> Self:
        self.calls.append("open")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.calls.append("close")

    def set_groups(self, groups: Mapping[str, frozenset[str]]) -> None:
        self.groups = groups

    def set_alerts(self, alerts: Alerting) -> None:
        self.alerts = alerts

    def set_recordings(self, recordings: SiteRecordings) -> None:
        self.recordings = recordings

    def set_public(self, pages: PublicPages) -> None:
        self.pages = pages

    def set_nodes(self, nodes: ClusterSource | None) -> None:
        self.nodes = nodes

    def set_watchdog(self, watchdog: WatchdogBook) -> None:
        self.watchdog = watchdog

    def set_editor(self, editor: SiteEditor | None) -> None:
        self.editor = editor

    def set_signals(self, signals: SiteSignals | None) -> None:
        self.signals = signals


class Made:
    """A gateway with made-up hosts and web server."""

    def __init__(
        self, settings: SiteSettings, *, port_in_use: bool = False, nodes: ClusterSource | None = None
    ) -> None:
        self.calls: list[str] = []
        self.hosts: dict[str, Elsewhere] = {}
        self.reported: list[CameraStatus] = []
        self.door = Door(self.calls)
        self._port_in_use = port_in_use
        self.gateway = SiteGateway(
            settings,
            front_end=self._front_end,
            clock=lambda: NOON_S,
            report=self.reported.append,
            host=self._host,
            nodes=nodes,
        )

    def _host(self, task: CameraTask, listener: HostListener) -> CameraHost:
        self.hosts[task.name] = made = Elsewhere(task, listener)
        made.calls = self.calls
        return made

    def _front_end(
        self, cameras: Supervisor, site: SiteSettings, signals: SiteSignals | None, _audit: AuditSink | None
    ) -> Door:
        assert cameras.statuses()
        if self._port_in_use:
            raise SettingError(f"{site.web.port} is in use", "web.port")
        self.door.signals = signals
        return self.door


def test_cameras_start_after_all_checks_and_stop_last(tmp_path: Path) -> None:
    made = Made(site(tmp_path, DOOR))
    with made.gateway as gateway:
        assert (gateway.address, gateway.first_link, gateway.fingerprint) == (Door.address, Door.first_link, "AB:CD")
        assert running_gateway(tmp_path) is not None
        assert made.calls == ["start", "open"]
        made.hosts["door"].listener.status(CameraStatus("door", CameraState.OK))
        assert [each.state for each in made.reported] == [CameraState.OK]
        assert made.door.alerts.audit is gateway.audit
    assert made.calls == ["start", "open", "close", "stop", "join"]
    assert running_gateway(tmp_path) is None


def test_a_port_in_use_starts_no_camera_and_releases_the_state_folder(tmp_path: Path) -> None:
    made = Made(site(tmp_path, DOOR), port_in_use=True)
    with pytest.raises(SettingError, match="in use"), made.gateway:
        pytest.fail("started")
    assert made.calls == []
    assert running_gateway(tmp_path) is None


def test_a_second_gateway_of_the_same_state_folder_is_refused(tmp_path: Path) -> None:
    second = Made(site(tmp_path, DOOR))
    with Made(site(tmp_path, DOOR)).gateway:
        with pytest.raises(SettingError, match="another gateway"), second.gateway:
            pytest.fail("started")
        assert second.calls == []


def test_a_reload_takes_cameras_and_places_names_what_waits_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "yard.yaml").write_text("zones:\n  - name: yard\n    corners_px: [[0, 0], [9, 0], [9, 9]]\n")
    old = site(tmp_path, DOOR)
    made = Made(old)
    with made.gateway as gateway:
        new = site(tmp_path, DOOR | {"places": tmp_path / "yard.yaml"}, GATE)
        groups = (GroupSettings(name="east", cameras=("gate",)),)
        new = new.model_copy(update={"groups": groups})
        elsewhere = new.model_copy(update={"web": WebSettings(port=9)})
        assert gateway.reload(elsewhere) == ("web",)
        assert gateway.site == new.model_copy(update={"web": old.web})
        assert made.door.groups == {"east": frozenset({"gate"})}
        assert list(made.hosts) == ["door", "gate"]
        assert made.door.signals is not None
        before = list(made.calls)
        with pytest.raises(UsageError, match="500 cameras need"):
            gateway.reload(site(tmp_path, *(DOOR | {"name": f"c{number}"} for number in range(500))))
        (tmp_path / "yard.yaml").write_text("zones: nothing")
        with pytest.raises(UsageError, match=r"yard\.yaml"):
            gateway.reload(new)
        assert made.calls == before
        assert gateway.site == new.model_copy(update={"web": old.web})


def test_far_too_many_cameras_are_refused_before_anything_is_locked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="spread them"):
        Made(site(tmp_path, *(DOOR | {"name": f"c{number}"} for number in range(500))))
    assert not (tmp_path / "up.pid").exists()


def test_a_finding_of_a_watchdog_covers_its_camera_whole_also_after_a_restart_of_its_process(tmp_path: Path) -> None:
    made = Made(site(tmp_path, DOOR, GATE))
    with made.gateway:
        made.door.watchdog.finding("eve/watch", "door", captured_s=NOON_S, heads=1)
        (order,) = made.hosts["door"].orders
        assert (order.cover_s, order.cover_reason) == (WHOLE_S, REASON)
        again = made.hosts["door"].listener.wanted("door")
        assert [each.cover_reason for each in again if 0 < each.cover_s <= WHOLE_S] == [REASON]
        assert not made.hosts["gate"].orders
        assert not [each for each in made.hosts["gate"].listener.wanted("gate") if each.cover_s]


class NodesStub:
    """Nodes that hand over nothing, and remember what is asked of them."""

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls

    def start(self, site: SiteSettings, append: Callable[[AuditEntry], int]) -> None:
        self.calls.append(f"nodes of {site.site} start")
        append(AuditEntry(AuditKind.COVER_FAILED, NOON_S, None, "door", {"node": "a1"}))

    def reload(self, site: SiteSettings) -> None:
        self.calls.append(f"nodes take {len(site.cameras)} cameras")

    def stop(self) -> None:
        self.calls.append("nodes stop")

    def info(self) -> ClusterInfo:
        return ClusterInfo()

    def recordings(self, here: RecordingArchive, site: SiteSettings) -> RecordingArchive:
        return here


def test_what_nodes_write_down_is_not_written_down_again_by_the_gateway(tmp_path: Path) -> None:
    calls: list[str] = []
    made = Made(site(tmp_path, DOOR), nodes=NodesStub(calls))
    with made.gateway as gateway:
        assert made.door.nodes is not None
        covered = CameraStatus("door", CameraState.COVERED_WHOLE, detail="a detector hangs")
        made.hosts["door"].listener.status(covered)
        made.hosts["door"].listener.status(covered)
        assert [each.state for each in made.reported] == [CameraState.COVERED_WHOLE]
        gateway.reload(site(tmp_path, DOOR, GATE))
    assert calls == ["nodes of test start", "nodes take 2 cameras", "nodes stop"]
    failures = [each for _, each in selected(LogReader(tmp_path), EntrySelection()) if each.subject == "door"]
    assert [each.details for each in failures] == [{"node": "a1"}]


def test_cameras_that_run_elsewhere_need_no_room_on_this_machine(tmp_path: Path) -> None:
    large = site(tmp_path, *(DOOR | {"name": f"c{number}"} for number in range(500)))
    asked: list[SiteSettings] = []
    SiteGateway(
        large,
        front_end=Made(site(tmp_path, DOOR))._front_end,
        clock=lambda: NOON_S,
        report=lambda _: None,
        check_room=asked.append,
    )
    assert asked == [large]
