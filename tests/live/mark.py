"""Two marks in a picture, and how they are found again in bytes of any kind.

A mark is a bar code: bright and dark stripes whose widths are a code. It is found in any row of samples, at any
scale, inverted or not, whatever lies between its samples (colours side by side, 16 bits, floats): as long as
the widths stay in proportion. Encoded pictures are looked for by their first bytes, decoded, and looked at.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

SECRET = (3, 1, 4, 1, 5, 9, 2, 6)
"""Lies where the picture is always covered: nobody may ever see it."""
SHOWN = (1, 7, 3, 2, 6, 1, 8, 3)
"""Lies in the open: who looks at a covered picture must see it, or the search is blind."""
SIZE = (640, 360)
CELL_PX = 16
HEIGHT_PX = 90
SECRET_TOP, SHOWN_TOP, LEFT = 40, 230, 48
SECRET_BOX = (16, 20, 624, 150)
"""What a mask has to cover: left, top, right, bottom."""
_BRIGHT, _DARK = 235, 16
_LEAST_PX = 2.0  # width of the code's narrowest stripe: below this, noise looks like a code now and then
_PICTURES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
_PARAMETERS = re.compile(rb"\x00\x00\x01[\x67\x27\x47]")  # a sequence parameter set of H.264: decoding can begin


def picture(number: int = 0) -> NDArray[np.uint8]:
    """Return a grey picture (H, W) with both marks and something that moves."""
    luma = np.full(SIZE[::-1], 100, np.uint8)
    rough = np.random.default_rng(1).integers(-20, 20, (SIZE[1] // 8, SIZE[0] // 8))
    luma += np.kron(rough, np.ones((8, 8), np.int64)).astype(np.uint8)
    for code, top in ((SECRET, SECRET_TOP), (SHOWN, SHOWN_TOP)):
        stripes = np.repeat([_BRIGHT if i % 2 == 0 else _DARK for i in range(8)], np.multiply(code, CELL_PX))
        row = np.concatenate([np.full(CELL_PX, _DARK), stripes, np.full(CELL_PX, _BRIGHT)])
        luma[top : top + HEIGHT_PX, LEFT : LEFT + len(row)] = row
    luma[170:200, (4 * number) % 600 : (4 * number) % 600 + 30] = 40
    return luma


def write_clip(path: Path, seconds: int = 4, rate: int = 10) -> Path:
    """Write a clip of these pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "12", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(seconds * rate):
            grey = np.vstack([picture(number), np.full((SIZE[1] // 2, SIZE[0]), 128, np.uint8)])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "yuv420p")))
        container.mux(stream.encode(None))
    return path


def found(code: tuple[int, ...], data: bytes) -> str:
    """Return where a mark is in some bytes: how it was stored; "" = nowhere."""
    samples = np.frombuffer(data, np.uint8)
    for step in (1, 2, 3, 4):
        for start in range(step):
            if _in_samples(code, samples[start::step]):
                return f"samples, every {step}"
    for name, decoded in _decoded(data):
        if any(_in_samples(code, row) for row in decoded[::8]):
            return name
    return ""


def _in_samples(code: tuple[int, ...], samples: NDArray[np.uint8]) -> bool:
    """Return whether runs of bright and dark samples have widths in the code's proportions."""
    edges = np.flatnonzero(np.diff(samples >= 128))
    wide = np.flatnonzero(edges[len(code) :] - edges[: -len(code)] >= _LEAST_PX * sum(code))
    runs = np.diff(edges[wide[:, None] + np.arange(len(code) + 1)], axis=1)
    cell = runs.sum(axis=1, keepdims=True) / sum(code)
    return bool(np.any(np.all(np.abs(runs - cell * np.array(code)) <= np.maximum(1.0, 0.3 * cell), axis=1)))


def _decoded(data: bytes) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield the brightness (H, W) of every encoded picture in some bytes."""
    for begin, name in _PICTURES.items():
        for place in re.finditer(re.escape(begin), data):
            image = cv2.imdecode(np.frombuffer(data, np.uint8, offset=place.start()), cv2.IMREAD_GRAYSCALE)
            if image is not None:
                yield name, np.asarray(image, np.uint8)
    for place in re.finditer(rb"....ftyp", data, re.DOTALL):
        yield from _frames("MP4", data[place.start() :], "mp4")
        break
    units = _PARAMETERS.search(data)
    if units is not None:
        yield from _frames("H.264", data[units.start() :], "h264")


def _frames(name: str, data: bytes, container_format: str) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    try:
        with av.open(io.BytesIO(data), "r", format=container_format) as container:
            for packet in container.demux(video=0):
                try:
                    for frame in packet.decode():
                        yield name, frame.to_ndarray(format="gray")
                except av.FFmpegError:
                    continue  # what lies between the pictures of a stream is no picture
    except (av.FFmpegError, IndexError):
        return
