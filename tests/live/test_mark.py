"""The search finds a leak in whatever form it leaves, and nothing where there is none."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from tests.live.mark import SECRET, SECRET_BOX, SHOWN, found, picture, write_clip
from tests.live.traced import Traced
from tests.waiting import PATIENCE_S

NOISE = np.random.default_rng(5)


def _colours(luma: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR)


def _h264(luma: np.ndarray) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="h264") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = luma.shape[1], luma.shape[0], "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(_colours(luma), "bgr24").reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return target.getvalue()


def _saved(luma: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.save(target, luma.astype(np.float32))
    return target.getvalue()


FORMS: dict[str, Callable[[np.ndarray], bytes]] = {
    "raw plane": lambda luma: luma.tobytes(),
    "a part of it": lambda luma: luma[60:62].tobytes(),
    "smaller": lambda luma: cv2.resize(luma, (160, 90), interpolation=cv2.INTER_AREA).tobytes(),
    "an odd size": lambda luma: cv2.resize(luma, (417, 231)).tobytes(),
    "colours": lambda luma: _colours(luma).tobytes(),
    "colours and alpha": lambda luma: cv2.cvtColor(luma, cv2.COLOR_GRAY2BGRA).tobytes(),
    "packed 4:2:2": lambda luma: np.dstack([luma, np.full_like(luma, 128)]).tobytes(),
    "16 bits": lambda luma: (luma.astype(np.uint16) * 257).tobytes(),
    "floats": _saved,
    "inverted": lambda luma: (255 - luma).tobytes(),
    "darkened": lambda luma: (40 + luma * 0.6).astype(np.uint8).tobytes(),
    "JPEG": lambda luma: cv2.imencode(".jpg", luma)[1].tobytes(),
    "PNG": lambda luma: cv2.imencode(".png", _colours(luma))[1].tobytes(),
    "H.264": _h264,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_mark_is_found_in_every_form_among_other_bytes(form: str):
    around = NOISE.integers(0, 256, 5000, np.uint8).tobytes()
    assert found(SECRET, around + FORMS[form](picture()) + around)
    assert found(SHOWN, around + FORMS[form](picture()) + around) or form == "a part of it"


@pytest.mark.parametrize("form", FORMS)
def test_a_covered_mark_is_not_found_though_the_other_is(form: str):
    luma = picture()
    left, top, right, bottom = SECRET_BOX
    luma[top:bottom, left:right] = 16
    assert not found(SECRET, FORMS[form](luma))
    assert found(SHOWN, FORMS[form](luma)) or form == "a part of it"


def test_a_clip_shows_both_marks(tmp_path: Path):
    data = write_clip(tmp_path / "marked.mp4", seconds=1).read_bytes()
    assert found(SECRET, data)
    assert found(SHOWN, data)


def test_noise_has_no_mark():
    assert not found(SECRET, NOISE.integers(0, 256, 4_000_000, np.uint8).tobytes())


WRITER = """
import os, socket, sys
from tests.live.mark import picture
data = picture().tobytes()
with open(sys.argv[1], "wb") as file:
    file.write(data)
there = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
there.sendall(data)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for start in range(0, len(data), 8000):
    datagrams.sendto(data[start : start + 8000], ("127.0.0.1", int(sys.argv[2])))
reading, writing = os.pipe()
os.writev(writing, [data[30000:60000]])
if os.fork() == 0:
    with open(sys.argv[1] + ".child", "wb", buffering=0) as file:
        os.pwrite(file.fileno(), data, 100)
    os._exit(0)
os.wait()
"""


def test_the_trace_has_every_byte_that_a_process_and_its_children_write_or_send(tmp_path: Path):
    root = str(Path(__file__).parents[2])
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = str(server.getsockname()[1])
        with Traced([sys.executable, "-c", WRITER, tmp_path / "out", port], tmp_path, PYTHONPATH=root) as traced:
            connection, _ = server.accept()
            with connection:
                while connection.recv(1 << 20):
                    pass
            traced.process.wait(PATIENCE_S)
            trace = traced.end()
    leaks = {where.partition(" ")[2] for where, data in trace.written.items() if found(SECRET, data)}
    assert {str(tmp_path / "out"), str(tmp_path / "out.child")} <= leaks
    assert sum("socket" in place or "TCP" in place or "UDP" in place for place in leaks) == 2
    assert sum("pipe" in place for place in leaks) == 1
    assert not trace.unseen
