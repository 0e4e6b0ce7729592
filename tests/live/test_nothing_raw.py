"""The gateway writes and sends nothing raw: every byte of it, looked at by the system and not by the gateway."""

from __future__ import annotations

import json
import os
import struct
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cameras.reel import clip_reel
from tests.cameras.rtsp import PASSWORD, USER
from tests.command_line import COMMAND
from tests.live.mark import SECRET, SECRET_BOX, SHOWN, SIZE, found, write_clip
from tests.live.traced import Trace, Traced
from tests.outputs.broker import MOSQUITTO, Listener, Mosquitto
from tests.serve.served import token_in
from tests.sockets import WITHOUT_PINGS
from tests.waiting import until
from websockets.sync.client import connect

from passerby.outputs.recording.encryption import EncryptedReader, load_key
from passerby.outputs.recording.segment import segments

pytestmark = pytest.mark.usefixtures("registry_models")
ROOT = Path(__file__).parents[2]
PATIENCE_S = 120
MEMORY = ("/dev/shm/", "/memfd:")  # noqa: S108 - never on a disk

PLANTED = """
import os, socket
import cv2
from passerby.media.frame import Frame
made, out, left = Frame.__init__, socket.socket(socket.AF_INET, socket.SOCK_DGRAM), [3]
def leaking(frame, *arguments, **named):
    made(frame, *arguments, **named)
    if frame.width == 640 and left[0]:
        left[0] -= 1
        with open(os.environ["LEAK"], "ab") as file:
            file.write(frame.planes[0].tobytes())
        out.sendto(frame.planes[0][60:100].tobytes(), ("127.0.0.1", 9))
        with open(os.environ["LEAK"] + ".jpg", "wb") as file:
            file.write(cv2.imencode(".jpg", frame.planes[0])[1].tobytes())
Frame.__init__ = leaking
"""


@pytest.fixture
def site(tmp_path: Path) -> dict:
    """A camera that sees two marks, one of them under a mask, recorded and shown."""
    write_clip(tmp_path / "marked.mp4")
    (tmp_path / "mask.json").write_text(json.dumps({"masks": [{"box": SECRET_BOX, "unit": "px"}]}))
    camera = {
        "name": "door",
        "address": str(tmp_path / "marked.mp4"),
        "purpose": "Look whether anything raw gets out.",
        "legal_basis": "consent",
        "effort": "fast",
        "masks": ["mask.json"],
        "record": True,
    }
    settings = {"segment_s": 5}
    return {"site": "hall", "state_folder": "state", "web": {"port": 0}, "recording": settings, "cameras": [camera]}


def gateway(folder: Path, site: dict, **environment: str) -> Traced:
    """Return `passerby up` under strace."""
    (folder / "site.yaml").write_text(json.dumps(site))  # JSON is YAML
    return Traced([*COMMAND, "up", folder / "site.yaml"], folder, **environment)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto | None]:
    """A broker, where Mosquitto is installed."""
    made = Mosquitto(tmp_path) if MOSQUITTO else None
    yield made
    if made is not None:
        made.kill()


class Viewer:
    """Somebody who signs in and watches.

    Args:
        line: What the gateway says when it is there: its address.
        token: An API token.
    """

    def __init__(self, line: str, token: str) -> None:
        self._address = line.strip()
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(self._address + path, headers=self._headers, method=method)  # noqa: S310 - ours
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - ours
            return answer.read()

    def watch(self, stream: str, way: str, pictures: int) -> None:
        """Watch until so many covered pictures were seen."""
        path = json.loads(self.ask(stream, "POST"))[way]
        address = self._address.replace("http", "ws") + path
        end_s = time.monotonic() + PATIENCE_S
        with connect(address, additional_headers=self._headers, compression=None, **WITHOUT_PINGS) as socket:
            while pictures:
                assert time.monotonic() < end_s, "no covered picture came in time"
                pictures -= struct.unpack_from("!BB", socket.recv(PATIENCE_S))[1] == 1


def leaks(trace: Trace) -> dict[str, str]:
    """Where the mark that nobody may see is, and in which form."""
    return {where: form for where, data in trace.written.items() if (form := found(SECRET, data))}


def decrypted(folder: Path) -> list[bytes]:
    key = load_key(folder / "state" / "recording.key")
    return [
        b"".join(EncryptedReader(segment.path, key).chunks())
        for segment in segments(folder / "state" / "recordings", "door")
    ]


def test_nothing_raw_is_written_or_sent_by_the_whole_gateway(tmp_path: Path, site: dict, rtsp_server, broker):
    published = tmp_path / "published.h264"
    reel = clip_reel(tmp_path / "marked.reel", tmp_path / "marked.mp4", width=SIZE[0], seconds=4)
    server = rtsp_server({"door": reel}, targets={"nvr": published}, password=PASSWORD)
    login = {"username": USER, "password": PASSWORD}
    site["cameras"][0] |= {"address": server.url("door"), "publish": {"address": server.url("nvr")} | login} | login
    if broker is not None:
        site["mqtt"] = {"host": "127.0.0.1", "port": broker.port}
    token = token_in(tmp_path / "state")
    with gateway(tmp_path, site) as traced:
        viewer = Viewer(traced.process.stdout.readline(), token)
        for stream in ("/api/cameras/door/streams/full", "/api/cameras/door/streams/wall", "/api/mosaic/stream"):
            viewer.watch(stream, "packets", 15)
        viewer.watch("/api/cameras/door/streams/full", "fragments", 15)
        for path in ("/", "/api/cameras", "/metrics", "/healthz"):
            assert viewer.ask(path)
        until(lambda: published.exists() and found(SHOWN, published.read_bytes()))
        until(lambda: any(found(SHOWN, data) for data in decrypted(tmp_path)))
        if broker is not None:
            told = Listener(broker.port)
            until(lambda: json.loads(told.kept.get("passerby/hall/door/health", b"{}")).get("state") == "ok")
            told.close()
        trace = traced.end()

    assert not leaks(trace)
    assert PASSWORD.encode() not in b"".join(
        d for w, d in trace.written.items() if "socket" not in w and "pipe" not in w
    )
    assert not found(SECRET, published.read_bytes())
    assert not any(found(SECRET, data) for data in decrypted(tmp_path))
    seen = [where for where, data in trace.written.items() if found(SHOWN, data)]
    assert any("socket" in where or "TCP" in where for where in seen), "the search is blind"
    assert not [where for where in seen if where.endswith((".part", ".segment"))], "recordings are encrypted"
    assert not trace.unseen
    assert not {path for path in trace.shared if path.startswith("/") and not path.startswith(MEMORY)}
    assert all(address.startswith("127.") or address == "::1" for address in trace.called), trace.called


def test_nothing_raw_is_written_or_sent_while_a_file_is_covered(tmp_path: Path, site: dict):
    arguments = ["redact", tmp_path / "marked.mp4", "--mask", tmp_path / "mask.json", "--effort", "fast"]
    with Traced([*COMMAND, *arguments, "-o", tmp_path / "copy.mp4"], tmp_path) as traced:
        traced.process.wait(PATIENCE_S)
        trace = traced.end()
    assert found(SHOWN, (tmp_path / "copy.mp4").read_bytes())
    assert not leaks(trace)
    assert not trace.unseen
    assert not {path for path in trace.shared if path.startswith("/") and not path.startswith(MEMORY)}
    assert not trace.called


def test_a_planted_leak_is_found_wherever_it_goes(tmp_path: Path, site: dict):
    (tmp_path / "sitecustomize.py").write_text(PLANTED)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    leak = tmp_path / "leak"
    with gateway(tmp_path, site, PYTHONPATH=path, LEAK=str(leak)) as traced:
        until(lambda: leak.exists() and leak.stat().st_size >= 2 * 640 * 360)
        trace = traced.end()
    places = {where.partition(" ")[2] for where in leaks(trace)}
    assert {str(leak), f"{leak}.jpg"} <= places
    assert any("socket" in place or "UDP" in place for place in places)
