"""Absurd declared sizes are refused before memory is taken for them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from tests.media import clips, survey

from passerby.errors import SourceError
from passerby.media.limits import MAX_SIDE_PX, check_size

ABSURD = 60_000
MEMORY = 1_500_000_000  # bytes; one such picture would take 5 GB

LIMITED = """
import resource, runpy, sys
import av, cv2, numpy, PIL.Image
resource.setrlimit(resource.RLIMIT_DATA, ({memory}, {memory}))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def patched(path: Path, mark: bytes, *, at: int, value: bytes) -> Path:
    """Overwrite bytes behind every occurrence of a mark."""
    data = bytearray(path.read_bytes())
    found = data.find(mark)
    while found >= 0:
        data[found + at : found + at + len(value)] = value
        found = data.find(mark, found + at + len(value))
    path.write_bytes(data)
    return path


def exp_golomb(value: int) -> str:
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def sequence_header(macroblocks: int) -> bytes:
    """H.264 parameters of a square picture, 16 px a macroblock."""
    side = exp_golomb(macroblocks - 1)
    numbers = "".join(map(exp_golomb, (0, 0, 2, 1)))
    bits = f"{66:08b}{0:08b}{62:08b}" + numbers + "0" + side + side + "10001"
    bits += "0" * (-len(bits) % 8)
    return b"\0\0\0\1\x67" + bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def absurd(kind: str, folder: Path) -> Path:
    big = struct.pack(">HH", ABSURD, ABSURD)
    if kind == "y4m":
        path = folder / "a.y4m"
        path.write_bytes(b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\nFRAME\n" % (ABSURD, ABSURD) + bytes(999))
        return path
    if kind == "mjpeg":
        clip = clips.make_clip(folder / "a.avi", codec="mjpeg", pixel_format="yuvj420p", options={})
        return patched(clip, b"\xff\xc0", at=5, value=big)
    if kind == "gif":
        clip = clips.make_clip(folder / "a.gif", codec="gif", pixel_format="bgr8", options={})
        return patched(clip, b"GIF89a", at=6, value=struct.pack("<HH", ABSURD, ABSURD))
    if kind == "raw":
        clip = clips.make_clip(folder / "a.avi", codec="rawvideo", options={})
        return patched(clip, b"strf", at=12, value=struct.pack("<ii", ABSURD, ABSURD))
    clip = clips.make_clip(folder / "a.h264", container="h264", options={"profile": "baseline"})
    data = clip.read_bytes()
    picture = data[data.index(b"\0\0\1\x65") :]
    clip.write_bytes((sequence_header(4000) + b"\0\0\0\1\x68\xce\x38\x80" + b"\0" + picture) * 3)
    return clip


@pytest.mark.parametrize("kind", ["y4m", "mjpeg", "gif", "raw", "h264"])
def test_an_absurd_declared_size_takes_no_memory(tmp_path: Path, kind: str):
    path = absurd(kind, tmp_path)
    command = [sys.executable, "-c", LIMITED.format(memory=MEMORY), survey.__file__, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    refused = json.loads(done.stdout)["refused"]
    assert path.name in refused
    assert "; " in refused


@pytest.mark.parametrize(
    ("width", "height", "refused"),
    [
        (8192, 8192, False),
        (MAX_SIDE_PX, 4096, False),
        (8193, 8192, True),
        (MAX_SIDE_PX + 1, 2, True),
        (0, 48, True),
        (-64, 48, True),
    ],
)
def test_the_limit_is_where_the_documentation_says(width: int, height: int, refused: bool):
    if not refused:
        check_size(width, height, name="a.mp4")
        return
    with pytest.raises(SourceError, match=rf"a\.mp4: .*{width}x{height}.*; "):
        check_size(width, height, name="a.mp4")
