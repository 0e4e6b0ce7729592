"""Colours survive on their way into our layouts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from passerby.media.files.video_file import VideoFile
from passerby.media.frame import Frame
from passerby.media.layout import Layout, Plane

SWATCHES = np.array([(200, 30, 30), (30, 200, 30), (30, 30, 220), (128, 128, 128), (255, 255, 255), (0, 0, 0)])
MATRIX = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}


def swatch_file(path: Path, codec: str, pixel_format: str, *, matrix: int, full_range: bool) -> Path:
    rgb = np.repeat(np.repeat(SWATCHES[None].astype(np.uint8), 64, 0), 16, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, pixel_format
        context = stream.codec_context
        context.color_range, context.colorspace = 2 if full_range else 1, matrix
        context.options = {"libx264": {"crf": "1"}, "mjpeg": {"qmin": "1", "qmax": "1"}}.get(codec, {})
        picture = av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(
            format=pixel_format,
            dst_colorspace={1: 1, 9: 9, 5: 5, 6: 5}.get(matrix),
            src_color_range=2,
            dst_color_range=2 if full_range else 1,
        )
        picture.pts, picture.time_base = 0, Fraction(1, 25)
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def shown(frame: Frame) -> NDArray[np.float64]:
    """RGB of each swatch, as a player reads the planes by their tags."""
    scale = 4 if frame.layout is Layout.YUV420_10 else 1
    y = _middles(frame.planes[0], 16) / scale
    u, v = (_middles(plane, 8) / scale for plane in frame.planes[1:])
    if not frame.colour.full_range:
        y, u, v = (y - 16) * 255 / 219, (u - 128) * 255 / 224 + 128, (v - 128) * 255 / 224 + 128
    kr, kb = MATRIX.get(frame.colour.matrix, (0.299, 0.114))
    red, blue = y + 2 * (1 - kr) * (v - 128), y + 2 * (1 - kb) * (u - 128)
    return np.stack([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue], -1)


def _middles(plane: Plane, side: int) -> NDArray[np.float64]:
    """Mean of the middle of each swatch: palettes dither."""
    inner = plane[side : 3 * side].reshape(2 * side, -1, side)[:, :, side // 4 : -side // 4]
    return inner.mean((0, 2))


@pytest.mark.parametrize(
    ("codec", "suffix", "pixel_format", "matrix", "full_range"),
    [
        ("libx264", "mp4", "yuv420p", 1, False),
        ("libx264", "mp4", "yuv422p", 1, False),
        ("libx264", "mp4", "yuv444p", 6, True),
        ("libx264", "mp4", "yuvj420p", 6, True),
        ("libx264", "mp4", "yuv422p10le", 9, False),
        ("mjpeg", "avi", "yuvj422p", 5, True),
        ("prores_ks", "mov", "yuv422p10le", 1, False),
        ("ffv1", "mkv", "yuva420p", 1, False),
        ("ffv1", "mkv", "yuv444p16le", 1, False),
        ("ffv1", "mkv", "bgr0", 0, True),
        ("ffv1", "mkv", "gbrp10le", 0, True),
        ("libx264rgb", "mp4", "rgb24", 0, True),
        ("png", "mov", "rgba", 0, True),
        ("rawvideo", "avi", "bgr24", 0, True),
        ("gif", "gif", "bgr8", 0, True),
    ],
)
def test_colours_are_those_of_the_source(
    tmp_path: Path,
    codec: str,
    suffix: str,
    pixel_format: str,
    matrix: int,
    full_range: bool,
):
    clip = swatch_file(tmp_path / f"s.{suffix}", codec, pixel_format, matrix=matrix, full_range=full_range)
    frame = next(iter(VideoFile(clip)))
    assert np.abs(shown(frame) - SWATCHES).max() < 4
    if matrix:
        assert (frame.colour.matrix, frame.colour.full_range) == (matrix, full_range)


@pytest.mark.parametrize("pixel_format", ["gray", "gray10le", "gray16le"])
def test_grey_stays_grey(tmp_path: Path, pixel_format: str):
    clip = swatch_file(tmp_path / "grey.mkv", "ffv1", pixel_format, matrix=2, full_range=False)
    frame = next(iter(VideoFile(clip)))
    assert all(np.ptp(plane) == 0 for plane in frame.planes[1:])
    assert np.abs(shown(frame)[3:] - SWATCHES[3:]).max() < 3
