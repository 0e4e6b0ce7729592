"""Small clips and pictures made on the spot, each named for what is odd about it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from passerby.media.files.video_file import VideoFile

TICKS = Fraction(1, 12800)


def scene(index: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """RGB picture (H, W, 3) that tells its index and which way is up: a red corner top left, a moving bar."""
    rgb = np.full((height, width, 3), 90, np.uint8)
    rgb[: height // 3, : width // 3] = (200, 30, 30)
    rgb[height // 2 :, (4 * index) % (width - 8) : (4 * index) % (width - 8) + 8] = (30, 60, 220)
    return rgb


def make_clip(
    path: Path,
    *,
    size: tuple[int, int] = (64, 48),
    times: Sequence[int] | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    **settings: Any,
) -> Path:
    """Write a clip of `scene`s. `times` are in TICKS; settings are those of the stream and its context."""
    width, height = size
    options = settings.pop("options", {"crf": "18", "preset": "veryfast"} if codec == "libx264" else {})
    rotation = settings.pop("rotation", None)
    time_base = settings.pop("time_base", TICKS)
    muxer = settings.pop("muxer", {})
    container_format = settings.pop("container", None)
    with av.open(str(path), "w", format=container_format, container_options=muxer) as container:
        container.metadata.update(settings.pop("metadata", {}))
        stream = container.add_stream(codec, rate=settings.pop("rate", 25))
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = time_base
        stream.codec_context.options = options
        stream.metadata.update(settings.pop("stream_metadata", {}))
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        if rotation:
            stream.set_display_rotation(**rotation)
        for index, time in enumerate(times if times is not None else range(0, 512 * 12, 512)):
            picture = av.VideoFrame.from_ndarray(scene(index, width, height), "rgb24").reformat(
                format=pixel_format, dst_colorspace="itu709", dst_color_range=settings.get("color_range", 1)
            )
            picture.pts, picture.time_base = time, time_base
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def damaged(source: Path, target: Path, packets: Sequence[int]) -> Path:
    """Copy a clip with the payload of some packets, by number in order of decoding, overwritten by noise."""
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        spans = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    noise = np.random.default_rng(7)
    for number in packets:
        start, size = spans[number]
        data[start : start + size] = noise.integers(0, 256, size, np.uint8).tobytes()
    target.write_bytes(data)
    return target


def told_times(path: Path) -> list[Fraction]:
    """Times at which FFmpeg itself shows the frames of a file, s."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def shown_times(path: Path) -> list[Fraction]:
    """Times of our own frames of a file, s."""
    source = VideoFile(path)
    times = [frame.pts * frame.time_base for frame in source]
    source.close()
    return times
