"""A camera on a real cluster: watched from elsewhere, killed, and covered again; a second gateway is refused."""

from __future__ import annotations

import os
import shutil
import signal
import time
from functools import partial
from pathlib import Path
from subprocess import PIPE

import pytest
from tests.cluster.nodes import TwoNodes
from tests.command_line import COMMAND
from tests.program import started
from tests.waiting import PATIENCE_S, eventually, until

from passerby.cluster.camera_on_node import CameraOnNode
from passerby.cluster.camera_work import CameraWork
from passerby.cluster.engine import Engine
from passerby.cluster.fleet import claimed_fleet
from passerby.errors import UsageError
from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState, Redaction
from passerby.outputs.stream.packet import StreamName
from passerby.settings.site.site import SiteSettings


def test_a_camera_runs_on_a_node_and_returns_after_its_process_was_killed(
    registry_models: None, data_dir: Path, engine: Engine, two_nodes: TwoNodes, tmp_path: Path
) -> None:
    clip = data_dir / "video/pets_s2l1_vtest.avi"
    door = {"name": "door", "address": str(clip), "effort": "fast", "purpose": "See that it works.", "max_fps": 5}
    site = SiteSettings.model_validate(
        {"site": "hall", "state_folder": tmp_path, "cameras": [door | {"legal_basis": "consent"}]}
    )
    claimed = partial(claimed_fleet, "hall", engine, clock=time.time, monotonic=time.monotonic)
    with claimed() as fleet:
        with pytest.raises(UsageError, match=f"'hall': the gateway on .* .process {os.getpid()}. runs it on this"):
            claimed().__enter__()
        supervisor = Supervisor(site, partial(CameraOnNode, fleet=fleet))
        supervisor.start()
        try:
            (host,) = supervisor.hosts()
            with supervisor.hub.subscribe("door", StreamName.FULL) as viewer:
                until(lambda: host.status().state is CameraState.OK, shown=host.status)
                packet = until(lambda: viewer.take(1.0))
                assert packet.key
                eventually(lambda: len(two_nodes.processes(f"ray::{CameraWork.__name__}")), 1)
                for each in two_nodes.processes(f"ray::{CameraWork.__name__}"):
                    os.kill(each, signal.SIGKILL)
                until(lambda: host.status().restarts == 1)
                until(lambda: host.status().state is CameraState.OK, shown=host.status)
                newer = until(lambda: _covered_after(viewer.take(1.0), packet.time_s))
                assert newer > packet.time_s
        finally:
            supervisor.stop()
        until(lambda: not two_nodes.processes(f"ray::{CameraWork.__name__}"))


def _covered_after(packet: object, time_s: float) -> float:
    """Return the time of a covered packet that is later; 0 = it is none."""
    redaction, at_s = getattr(packet, "redaction", Redaction.NONE), getattr(packet, "time_s", 0.0)
    return at_s if redaction is Redaction.ACTIVE and at_s > time_s else 0.0


def test_a_machine_with_another_secret_cannot_join_though_its_certificate_is_right(
    two_nodes: TwoNodes, tmp_path: Path
) -> None:
    folder = shutil.copytree(two_nodes.files.folder, tmp_path / "files")
    (folder / "secret").write_text("0" * 64)
    (folder / "secret").chmod(0o600)
    command = [*COMMAND, "cluster", "status", two_nodes.address, folder]
    with started(command, stdout=PIPE, stderr=PIPE, text=True) as process:
        printed, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2, said
    assert not printed
    assert "with the secret of this cluster" in said
    assert "0" * 64 not in said
