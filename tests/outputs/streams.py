"""Encoded pictures for tests of what carries them on."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import av
import numpy as np

from passerby.health.status import Redaction
from passerby.outputs.stream.packet import StreamName, StreamPacket

BEGIN_S = 1_795_000_000.0
"""2026-11-18, 11:06:40 UTC."""


@cache
def _units(count: int, size: tuple[int, int], keys_every: int) -> Sequence[tuple[bytes, bool]]:
    width, height = size
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 10), Fraction(10)
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": f"keyint={keys_every}:min-keyint={keys_every}:scenecut=0:repeat-headers=1:annexb=1",
    }
    made = []
    for index in range(count):
        picture = np.full((height * 3 // 2, width), 128, np.uint8)
        picture[: height // 4, : (index * 4) % width] = 220  # a bar that tells the index
        frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
        frame.pts = index
        made += [(bytes(packet), packet.is_keyframe) for packet in encoder.encode(frame)]
    return made


def packets(
    count: int, *, begin_s: float = BEGIN_S, fps: float = 10, size: tuple[int, int] = (64, 48), keys_every: int = 10
) -> list[StreamPacket]:
    """Return a covered stream of a moving bar, with a keyframe every so often."""
    return [
        StreamPacket(StreamName.FULL, data, key, begin_s + index / fps, *size, Redaction.ACTIVE)
        for index, (data, key) in enumerate(_units(count, size, keys_every))
    ]
