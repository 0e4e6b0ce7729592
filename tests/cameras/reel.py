"""Reels: clips encoded once, unit by unit, that the test camera plays in a loop without any work.

A reel is a line of JSON (rate, codec, and size and key of each unit) and then the units, Annex B.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from tests.cameras import timecode

_ENCODERS = {"h264": "libx264", "h265": "libx265"}
_OPTIONS = {"preset": "ultrafast", "tune": "zerolatency"}
_OWN_OPTIONS = {
    "h264": {"x264-params": "sliced-threads=0"},  # GStreamer's payloader puts parameter sets between key slices
    "h265": {"x265-params": "log-level=none"},
}


def scene(size: tuple[int, int], count: int) -> Iterator[av.VideoFrame]:
    """Yield pictures without people that tell which way is up, with a moving bar and texture; they loop."""
    width, height = size
    rough = np.random.default_rng(3).integers(-25, 25, (height // 8 + 1, width // 8 + 1, 1))
    ground = 110 + np.kron(rough, np.ones((8, 8, 1)))[:height, :width]
    for index in range(count):
        rgb = np.broadcast_to(ground, (height, width, 3)).astype(np.uint8)
        rgb[height // 8 : height // 3, : width // 4] = (200, 30, 30)
        left = (width - width // 8) * index // count
        rgb[height // 2 :, left : left + width // 8] = (30, 60, 220)
        yield av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p")


def clip(path: Path, *, width: int, rate: int, count: int) -> Iterator[av.VideoFrame]:
    """Yield pictures of a clip at a steady rate, scaled to a width; the clip's own rate tells which ones."""
    with av.open(str(path)) as container:
        step = float(container.streams.video[0].average_rate or rate) / rate
        wanted = 0.0
        for index, picture in enumerate(container.decode(video=0)):
            if index < wanted:
                continue
            wanted += step
            count -= 1
            height = round(picture.height * width / picture.width / 2) * 2
            yield picture.reformat(width, height, "yuv420p")
            if not count:
                return


def make_reel(
    target: Path,
    pictures: Iterable[av.VideoFrame],
    *,
    rate: int = 10,
    gop: int | None = None,
    codec: str = "h264",
    numbered: bool = False,
    crf: int = 20,
) -> Path:
    """Encode pictures of one size as a reel; `numbered` draws each one's number in as a time code."""
    units: list[tuple[bytes, bool]] = []
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    encoder.time_base = Fraction(1, rate)
    encoder.pix_fmt = "yuv420p"
    encoder.gop_size = gop or rate
    encoder.options = _OPTIONS | _OWN_OPTIONS[codec] | {"crf": str(crf)}
    for number, picture in enumerate(pictures):
        if not number:
            encoder.width, encoder.height = picture.width, picture.height
        writable = av.VideoFrame.from_ndarray(
            _numbered(picture, number) if numbered else picture.to_ndarray(), "yuv420p"
        )
        writable.pts = number
        units += [(bytes(packet), packet.is_keyframe) for packet in encoder.encode(writable)]
    units += [(bytes(packet), packet.is_keyframe) for packet in encoder.encode(None)]
    head = {"rate": rate, "codec": codec, "units": [(len(unit), key) for unit, key in units]}
    target.write_bytes(json.dumps(head).encode() + b"\n" + b"".join(unit for unit, _ in units))
    return target


def scene_reel(target: Path, *, size: tuple[int, int] = (640, 360), rate: int = 10, seconds: int = 10) -> Path:
    """Make a numbered reel of the drawn scene."""
    return make_reel(target, scene(size, rate * seconds), rate=rate, numbered=True)


def clip_reel(
    target: Path, video: Path, *, width: int = 1280, rate: int = 10, seconds: int = 60, numbered: bool = False
) -> Path:
    """Make a reel of a real clip."""
    pictures = clip(video, width=width, rate=rate, count=rate * seconds)
    return make_reel(target, pictures, rate=rate, numbered=numbered)


def _numbered(picture: av.VideoFrame, number: int) -> NDArray[np.uint8]:
    planes = picture.to_ndarray()
    timecode.draw(planes[: picture.height], number)
    band = picture.height // 15 // 2
    planes[picture.height :].reshape(2, picture.height // 2, -1)[:, :band] = 128  # grey: no colour in the code
    return planes
