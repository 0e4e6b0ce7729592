"""Covered pictures as live packets: sizes, rates and keyframes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.health.status import Redaction
from passerby.outputs.stream.encoder import WALL_FPS, LiveEncoder
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.redact.redactor import RedactedFrame, notice

TICK = Fraction(1, 1_000_000)
EPOCH_US = 1_795_000_000_000_000


def shown(at_us: int, width: int = 640, height: int = 360) -> RedactedFrame:
    return notice(["door"], height=height, width=width, pts=EPOCH_US + at_us, time_base=TICK)


def encoded(stream: StreamName, times_us: list[int], rate: float = 25) -> list[StreamPacket]:
    encoder = LiveEncoder(stream, kbit=500, rate=rate)
    packets = (encoder.encode(shown(each), Redaction.ACTIVE) for each in times_us)
    return [packet for packet in packets if packet is not None]


def test_the_full_stream_has_every_picture_at_its_own_time_and_size() -> None:
    packets = encoded(StreamName.FULL, [0, 40_000, 95_000])
    assert [round(packet.time_s * 1e6) - EPOCH_US for packet in packets] == [0, 40_000, 95_000]
    assert [packet.key for packet in packets] == [True, False, False]
    assert {(packet.width, packet.height) for packet in packets} == {(640, 360)}


def test_the_wall_is_small_and_never_faster_than_its_rate() -> None:
    packets = encoded(StreamName.WALL, [i * 40_000 for i in range(76)])  # 3 s at 25/s
    assert {(packet.width, packet.height) for packet in packets} == {(320, 180)}
    assert 3 * WALL_FPS - 3 <= len(packets) <= 3 * WALL_FPS + 1


def test_a_slow_camera_loses_no_picture_on_the_wall() -> None:
    assert len(encoded(StreamName.WALL, [i * 100_000 for i in range(30)], rate=10)) == 30


@pytest.mark.parametrize(("width", "height"), [(641, 361), (321, 181), (90, 720), (2, 2)])
def test_pictures_of_odd_sizes_are_encoded_even(width: int, height: int) -> None:
    for stream in StreamName:
        packet = LiveEncoder(stream, kbit=500, rate=10).encode(shown(0, width, height), Redaction.ACTIVE)
        assert packet is not None
        assert packet.width % 2 == packet.height % 2 == 0


def test_another_size_begins_anew_with_a_key_picture() -> None:
    encoder = LiveEncoder(StreamName.FULL, kbit=500, rate=10)
    sizes = [(640, 360), (640, 360), (320, 240)]
    packets = [encoder.encode(shown(i * 100_000, *size), Redaction.ACTIVE) for i, size in enumerate(sizes)]
    assert [packet.key for packet in packets if packet] == [True, False, True]
    decoder = av.CodecContext.create("h264", "r")
    frames = [decoder.decode(av.Packet(packet.data))[0] for packet in packets if packet]
    assert [(frame.width, frame.height) for frame in frames] == sizes


def test_a_key_picture_comes_with_the_next_picture_after_it_was_asked_for() -> None:
    encoder = LiveEncoder(StreamName.FULL, kbit=500, rate=10)
    keys = []
    for index in range(6):
        if index == 3:
            encoder.ask_key()
        packet = encoder.encode(shown(index * 100_000), Redaction.ACTIVE)
        keys.append(packet is not None and packet.key)
    assert keys == [True, False, False, True, False, False]


@given(st.lists(st.integers(-50_000, 200_000), min_size=1, max_size=20))
def test_times_always_increase(steps_us: list[int]) -> None:
    times = [packet.time_s for packet in encoded(StreamName.FULL, np.cumsum(steps_us).tolist())]
    assert all(a < b for a, b in pairwise(times))
