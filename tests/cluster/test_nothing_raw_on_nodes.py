"""Nothing raw passes between nodes or lies on their disks: looked for before encryption, on the wire, and in files."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path

import pytest
from tests.cluster import spied_work
from tests.cluster.loopback import LoopbackCapture, ports_of
from tests.cluster.nodes import TwoNodes
from tests.cluster.spied_work import SPIED, SpiedWork, spied
from tests.live.mark import SECRET, SECRET_BOX, SHOWN, found, write_clip
from tests.waiting import until

from passerby.cluster.camera_on_node import CameraOnNode
from passerby.cluster.claimed_fleet import claimed_fleet
from passerby.cluster.engine import Engine
from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState
from passerby.outputs.recording.encryption import EncryptedReader, load_key
from passerby.outputs.recording.segment import segments
from passerby.outputs.stream.packet import StreamName
from passerby.settings.site.site import SiteSettings


@pytest.fixture
def site(tmp_path: Path) -> SiteSettings:
    """A camera that sees two marks, one of them under a mask, recorded and shown."""
    write_clip(tmp_path / "marked.mp4")
    (tmp_path / "mask.json").write_text(json.dumps({"masks": [{"box": SECRET_BOX, "unit": "px"}]}))
    camera = {
        "name": "marked",
        "address": str(tmp_path / "marked.mp4"),
        "purpose": "Look whether anything raw gets out.",
        "legal_basis": "consent",
        "effort": "fast",
        "masks": [str(tmp_path / "mask.json")],
        "record": True,
    }
    settings = {"site": "vault", "state_folder": tmp_path / "state", "recording": {"segment_s": 5}}
    return SiteSettings.model_validate(settings | {"cameras": [camera]})


def test_a_mark_that_is_covered_is_in_no_message_between_nodes_and_in_none_of_their_files(
    registry_models: None,
    engine: Engine,
    two_nodes: TwoNodes,
    site: SiteSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("passerby.cluster.spare.CameraWork", SpiedWork)
    from ray.cloudpickle import register_pickle_by_value

    register_pickle_by_value(spied_work)  # nodes have passerby, but not its tests
    folder = two_nodes.folder
    (first,) = [node for node in engine.nodes() if node.own]
    engine.drain(first, drained=True)  # the camera runs on the other node: its pictures pass between the two
    try:
        with (
            LoopbackCapture() as capture,
            claimed_fleet("vault", engine, clock=time.time, monotonic=time.monotonic) as fleet,
        ):
            supervisor = Supervisor(site, partial(CameraOnNode, fleet=fleet))
            supervisor.start()
            try:
                ports = _watched(supervisor, two_nodes, folder)
            finally:
                supervisor.stop()
            sent = capture.of_ports(ports | ports_of(two_nodes.processes()))
    finally:
        engine.drain(first, drained=False)

    handed = spied(folder)
    assert found(SHOWN, handed), "the search is blind"
    assert not found(SECRET, handed)
    assert len(sent) > len(handed) / 4
    assert not found(SECRET, sent)
    assert not found(SHOWN, sent)  # encrypted: not even what is covered can be read on the way

    recorded = _recordings(folder)
    assert any(found(SHOWN, data) for data in recorded)
    assert not any(found(SECRET, data) for data in recorded)
    written = [path for path in folder.rglob("*") if path.is_file() and SPIED not in path.parts]
    assert any("state" in path.parts for path in written)
    for path in written:
        assert not found(SECRET, path.read_bytes()), path


def _watched(supervisor: Supervisor, nodes: TwoNodes, folder: Path) -> set[int]:
    """Watch both streams until what is covered was seen and recorded; return the ports of the nodes meanwhile."""
    (host,) = supervisor.hosts()
    ports: set[int] = set()
    with (
        supervisor.hub.subscribe("marked", StreamName.FULL) as viewer,
        supervisor.hub.subscribe("marked", StreamName.WALL) as wall,
    ):
        until(lambda: host.status().state is CameraState.OK, shown=host.status)

        def shown() -> bool:
            nonlocal ports
            ports |= ports_of(nodes.processes())
            viewer.take(0.2)
            wall.take(0.2)
            return bool(found(SHOWN, spied(folder)))

        until(shown)
        until(lambda: _recordings(folder))
    return ports


def _recordings(folder: Path) -> list[bytes]:
    """Return the recordings on the nodes, decrypted."""
    found_in: list[bytes] = []
    for path in folder.rglob("recording.key"):
        key = load_key(path)
        parts = segments(path.parent / "recordings", "marked")
        found_in += [b"".join(EncryptedReader(segment.path, key).chunks()) for segment in parts]
    return found_in
