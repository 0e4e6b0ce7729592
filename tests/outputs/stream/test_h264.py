"""Pictures to H.264 and back: what browsers, recorders and other servers rely on."""

from __future__ import annotations

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from passerby.errors import OutputError
from passerby.outputs.stream.h264 import H264

EPOCH_US = 1_795_000_000_000_000


def picture(level: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    return np.full(width * height * 3 // 2, level, np.uint8)


def test_each_picture_comes_out_at_once_and_decodes_to_what_went_in() -> None:
    encoder, decoder = H264(64, 48, rate=10, kbit=500), av.CodecContext.create("h264", "r")
    for index, level in enumerate((40, 120, 200)):
        data, _ = encoder.encode(picture(level), EPOCH_US + index * 100_000)
        (shown,) = decoder.decode(av.Packet(data))
        assert abs(int(shown.to_ndarray()[:48].mean()) - level) <= 2


def test_a_key_picture_is_made_when_asked_for_and_brings_its_parameter_sets() -> None:
    encoder = H264(64, 48, rate=10, kbit=500)
    made = [encoder.encode(picture(90), EPOCH_US + i * 100_000, key=i == 5) for i in range(8)]
    assert [key for _, key in made] == [True, *[False] * 4, True, False, False]
    kinds = [unit[0] & 31 for unit in made[5][0].replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]
    assert {7, 8, 5} <= set(kinds)  # SPS, PPS, IDR
    late = av.CodecContext.create("h264", "r")
    assert late.decode(av.Packet(made[5][0]))


def test_nothing_in_the_stream_names_the_encoder() -> None:
    data, _ = H264(64, 48, rate=10, kbit=500).encode(picture(90), EPOCH_US)
    assert b"x264" not in data


def test_what_x264_refuses_is_an_error_of_ours() -> None:
    with pytest.raises(OutputError, match="63x48"):
        H264(63, 48, rate=10, kbit=500)
