"""Recording in the whole gateway: notices are recorded too, and a full disk costs the recording alone."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.live.mark import write_clip
from tests.sockets import free_port
from tests.waiting import until

from passerby.errors import SourceError
from passerby.gateway.supervisor import Supervisor
from passerby.outputs.recording.encryption import EncryptedReader, load_key
from passerby.outputs.recording.segment import segments
from passerby.outputs.recording.verify import verify
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.segment_muxer import read_packets
from passerby.settings.site.site import SiteSettings

pytestmark = pytest.mark.usefixtures("registry_models")
CAMERA = {"purpose": "See that recording works.", "legal_basis": "consent", "effort": "fast", "record": True}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "recordings"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def machine(tmp_path: Path, small_disk: Path) -> Iterator[Supervisor]:
    clip = write_clip(tmp_path / "clip.mp4")
    nobody = f"rtsp://127.0.0.1:{free_port()}/gone"
    cameras = [
        CAMERA | {"name": "door", "address": str(clip)},
        CAMERA | {"name": "gone", "address": nobody},
    ]
    settings = {"folder": small_disk, "segment_s": 5}
    site = {"site": "hall", "state_folder": tmp_path / "state", "cameras": cameras, "recording": settings}
    machine = Supervisor(SiteSettings.model_validate(site))
    machine.start()
    yield machine
    machine.stop()


def recorded(folder: Path, state: Path, camera: str) -> int:
    """Pictures of a camera on disk that can be decrypted and decoded."""
    count = 0
    for segment in segments(folder, camera):
        with suppress(SourceError):  # it is just being renamed
            data = b"".join(EncryptedReader(segment.path, load_key(state / "recording.key")).chunks())
            for packet in read_packets(data, segment.path.name):
                count += len(packet.decode())
    return count


def test_a_full_disk_stops_the_recording_and_nothing_else(tmp_path: Path, small_disk: Path, machine: Supervisor):
    def details() -> dict[str, str]:
        return {status.camera: status.detail for status in machine.statuses()}

    for camera in ("door", "gone"):
        until(lambda camera=camera: recorded(small_disk, tmp_path / "state", camera) > 10, every_s=0.5)
    before = {path: path.read_bytes() for path in small_disk.rglob("*.segment")}

    with suppress(OSError), (small_disk / "others").open("wb", buffering=0) as others:
        while others.write(bytes(512)):
            pass
    until(lambda: all("the disk is full; free some space" in detail for detail in details().values()))
    with machine.hub.subscribe("door", StreamName.FULL) as viewer:
        assert viewer.take(60) is not None

    (small_disk / "others").unlink()
    until(lambda: not any("disk" in detail for detail in details().values()))
    machine.stop()
    assert all(path.read_bytes() == data for path, data in before.items())
    key = load_key(tmp_path / "state" / "recording.key")
    for camera in ("door", "gone"):
        verdicts = verify(small_disk, camera, key, heads=tmp_path / "state" / "recording-heads")
        assert not [verdict.problem for verdict in verdicts if verdict.problem]
        assert not segments(small_disk, camera)[-1].cut_off
