"""A camera on a real cluster: killed and covered again, its signals and recordings on the node; others are refused."""

from __future__ import annotations

import os
import shutil
import signal
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from subprocess import PIPE

import pytest
from tests.cluster.nodes import TwoNodes
from tests.command_line import COMMAND
from tests.program import started
from tests.waiting import PATIENCE_S, until

from passerby.cluster.camera_on_node import CameraOnNode
from passerby.cluster.camera_work import CameraWork
from passerby.cluster.claimed_fleet import claimed_fleet
from passerby.cluster.collector import NodeCollector
from passerby.cluster.engine import Engine
from passerby.cluster.node_agent import NodeAgent
from passerby.errors import PasserbyError, UsageError
from passerby.gateway.cluster_source import NodeState
from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState, Redaction
from passerby.outputs.recording.archive import RecordingArchive
from passerby.outputs.stream.packet import StreamName
from passerby.settings.site.site import SiteSettings
from passerby.store.delivery import RecordKind
from passerby.store.store import Store

YARD = "zones:\n  - name: yard\n    corners_px: [[0, 0], [768, 0], [768, 576], [0, 576]]\n"


def test_a_camera_returns_after_a_kill_and_what_its_node_wrote_arrives_once_though_the_agent_is_killed_too(
    registry_models: None, data_dir: Path, engine: Engine, two_nodes: TwoNodes, tmp_path: Path
) -> None:
    clip = data_dir / "video/pets_s2l1_vtest.avi"
    (tmp_path / "yard.yaml").write_text(YARD)
    door = {"name": "door", "address": str(clip), "effort": "fast", "purpose": "See that it works.", "max_fps": 5}
    door |= {"legal_basis": "consent", "places": tmp_path / "yard.yaml", "record": True}
    site = SiteSettings.model_validate({"site": "hall", "state_folder": tmp_path, "cameras": [door]})
    here = RecordingArchive(tmp_path / "recordings", tmp_path / "recording.key", tmp_path / "heads")
    claimed = partial(claimed_fleet, "hall", engine, clock=time.time, monotonic=time.monotonic)
    with claimed() as fleet:
        with pytest.raises(UsageError, match=f"'hall': the gateway on .* .process {os.getpid()}. runs it on this"):
            claimed().__enter__()
        supervisor = Supervisor(site, partial(CameraOnNode, fleet=fleet))
        nodes = NodeCollector(fleet, clock=time.time, monotonic=time.monotonic)
        recordings = nodes.recordings(here, site)
        nodes.start(site, lambda _: 0)
        supervisor.start()
        try:
            (host,) = supervisor.hosts()
            with supervisor.hub.subscribe("door", StreamName.FULL) as viewer:
                until(lambda: host.status().state is CameraState.OK, shown=host.status)
                packet = until(lambda: viewer.take(1.0))
                assert packet.key
                until(lambda: _epochs_with_signals(tmp_path, 1), shown=nodes.info)
                (process,) = until(two_nodes.cameras)
                os.kill(process, signal.SIGKILL)
                until(lambda: host.status().restarts == 1)
                until(lambda: host.status().state is CameraState.OK, shown=host.status)
                newer = until(lambda: _covered_after(viewer.take(1.0), packet.time_s))
                assert newer > packet.time_s
                first, second = until(lambda: _epochs_with_signals(tmp_path, 2), shown=nodes.info)
                assert first < second
                for each in two_nodes.processes(f"ray::{NodeAgent.__name__}"):
                    os.kill(each, signal.SIGKILL)
                before = _arrived(tmp_path)[second]
                until(lambda: _arrived(tmp_path)[second] > before, shown=nodes.info)
            assert {each.state for each in nodes.info().nodes} <= {NodeState.OK, NodeState.NEW, NodeState.SILENT}
            spans = until(lambda: recordings.spans("door"))
            end = spans[0].begin + timedelta(seconds=5)
            until(lambda: next(recordings.play("door", spans[0].begin, end)), not_yet=(PasserbyError,))
            assert nodes.info().records_lost == 0
        finally:
            supervisor.stop()
            nodes.stop()
    until(lambda: not two_nodes.processes(f"ray::{CameraWork.__name__}"))


def _arrived(folder: Path) -> dict[int, int]:
    """Return how many records of signals have arrived, by epoch."""
    with Store(str(folder / "signals.db"), create=True) as store:
        marks = store.delivered("hall")
    return {origin.epoch: mark.number for (origin, kind), mark in marks.items() if kind is RecordKind.SIGNALS}


def _epochs_with_signals(folder: Path, count: int) -> list[int]:
    """Return the epochs whose signals have arrived once there are so many; before, nothing."""
    found = sorted(epoch for epoch, number in _arrived(folder).items() if number)
    return found if len(found) >= count else []


def _covered_after(packet: object, time_s: float) -> float:
    """Return the time of a covered packet that is later; 0 = it is none."""
    redaction, at_s = getattr(packet, "redaction", Redaction.NONE), getattr(packet, "time_s", 0.0)
    return at_s if redaction is Redaction.ACTIVE and at_s > time_s else 0.0


@pytest.mark.parametrize("command", ["status", "join"])
def test_a_machine_with_another_secret_cannot_join_though_its_certificate_is_right(
    command: str, two_nodes: TwoNodes, tmp_path: Path
) -> None:
    folder = shutil.copytree(two_nodes.files.folder, tmp_path / "files")
    (folder / "secret").write_text("0" * 64)
    (folder / "secret").chmod(0o600)
    asked = [*COMMAND, "cluster", command, two_nodes.address, folder]
    with started(asked, stdout=PIPE, stderr=PIPE, text=True) as process:
        printed, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2, said
    assert not printed
    assert f"files/secret: not the secret of the cluster at {two_nodes.address}" in said
    assert len(said.splitlines()) == 1
    assert "0" * 64 not in said
