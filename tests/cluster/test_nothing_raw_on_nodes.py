"""Nothing raw passes between nodes or lies on their disks: looked for before encryption, on the wire, and in files."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from tests.cluster import spied_work
from tests.cluster.capabilities import Capability, allowed
from tests.cluster.loopback import LoopbackCapture, ports_of
from tests.cluster.memory import holders
from tests.cluster.nodes import TwoNodes, own_address
from tests.cluster.spied_work import SPIED, SpiedWork, spied
from tests.live.mark import SECRET, SECRET_BOX, SHOWN, found, write_clip
from tests.waiting import until

from passerby.cluster.camera_on_node import CameraOnNode
from passerby.cluster.claimed_fleet import claimed_fleet
from passerby.cluster.engine import Engine
from passerby.errors import SourceError
from passerby.gateway.supervisor import Supervisor
from passerby.health.status import CameraState
from passerby.outputs.recording.encryption import EncryptedReader, load_key
from passerby.outputs.recording.segment import segments
from passerby.outputs.stream.packet import StreamName
from passerby.settings.site.site import SiteSettings

PASSWORD = "an-own-word-of-this-camera"  # noqa: S105 - of a camera that is a file
pytestmark = pytest.mark.skipif(
    not allowed(Capability.NET_ADMIN, Capability.NET_RAW), reason="what passes on the network cannot be recorded here"
)


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
        "username": "viewer",
        "password": PASSWORD,
    }
    settings = {"site": "vault", "state_folder": tmp_path / "state", "recording": {"segment_s": 5}}
    return SiteSettings.model_validate(settings | {"cameras": [camera]})


def test_no_message_between_nodes_and_none_of_their_files_has_a_covered_mark_and_one_node_alone_has_the_password(
    registry_models: None,
    engine: Engine,
    two_nodes: TwoNodes,
    site: SiteSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("passerby.cluster.spare.CameraWork", SpiedWork)
    from ray.cloudpickle import register_pickle_by_value, unregister_pickle_by_value

    register_pickle_by_value(spied_work)  # nodes have passerby, but not its tests
    folder = two_nodes.folder
    (first,) = [node for node in engine.nodes() if node.own]
    engine.drain(first, drained=True)  # the camera runs on the other node: its pictures pass between the two
    try:
        with (
            LoopbackCapture(own_address()) as capture,
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
        unregister_pickle_by_value(spied_work)
        engine.drain(first, drained=False)

    handed = spied(folder)
    assert found(SHOWN, handed), "the search is blind"
    assert not found(SECRET, handed)
    assert len(sent) > len(handed) / 4
    assert not found(SECRET, sent)
    assert not found(SHOWN, sent)  # encrypted: not even what is covered can be read on the way
    assert PASSWORD.encode() not in sent

    recorded = _recordings(folder)
    assert any(found(SHOWN, data) for data in recorded)
    assert not any(found(SECRET, data) for data in recorded)
    written = [Path(where, name) for where, _, names in os.walk(folder) for name in names if SPIED not in where]
    assert any("state" in path.parts for path in written)
    for path in written:
        with suppress(FileNotFoundError):  # a file of Ray's that is gone again
            if path.is_file():
                data = path.read_bytes()
                assert not found(SECRET, data), path
                assert PASSWORD.encode() not in data, path


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

        until(shown, every_s=0.5)
        recorded = lambda: any(found(SHOWN, data) for data in _recordings(folder))  # noqa: E731 - waited for
        until(recorded, every_s=0.5, not_yet=(SourceError,))  # one that is just being completed
        both = nodes.processes()
        second = nodes.processes(session=nodes.second)
        assert holders(second, PASSWORD.encode()), "the search is blind"
        assert not holders(set(both).difference(second), PASSWORD.encode())
    return ports


def _recordings(folder: Path) -> list[bytes]:
    """Return the recordings on the nodes, decrypted."""
    found_in: list[bytes] = []
    for path in folder.glob("node/state/sites/*/recording.key"):
        key = load_key(path)
        parts = segments(path.parent / "recordings", "marked")
        found_in += [b"".join(EncryptedReader(segment.path, key).chunks()) for segment in parts]
    return found_in
