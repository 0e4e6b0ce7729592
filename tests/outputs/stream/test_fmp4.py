from __future__ import annotations

import io

import av
import numpy as np
import pytest

from passerby.errors import OutputError
from passerby.health.status import Redaction
from passerby.outputs.stream.fmp4 import FragmentedMp4, units
from passerby.outputs.stream.h264 import H264
from passerby.outputs.stream.packet import StreamName, StreamPacket

START_S = 1_795_000_000.25


def made(times_s, *, size=(128, 64), keys=(0,)):
    """Encode grey pictures, each a little brighter."""
    width, height = size
    encoder = H264(width, height, rate=10, kbit=500)
    for index, time_s in enumerate(times_s):
        packed = np.full(width * height * 3 // 2, 40 + 5 * index, np.uint8)
        data, key = encoder.encode(packed, round((START_S + time_s) * 1e6), key=index in keys)
        yield StreamPacket(StreamName.FULL, data, key, START_S + time_s, width, height, Redaction.ACTIVE)


def test_a_player_shows_every_picture_at_its_time():
    times_s = [0.0, 0.1, 0.25, 0.3, 1.3]
    film = FragmentedMp4()
    data = b"".join(film.add(packet) for packet in made(times_s))
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (128, 64)
        shown = [(picture.time, int(picture.to_ndarray()[:64].mean())) for picture in container.decode(video=0)]
    assert [time for time, _ in shown] == pytest.approx(times_s)
    assert [round((bright - 40) / 5) for _, bright in shown] == [0, 1, 2, 3, 4]


def test_each_picture_is_whole_before_the_next_one_comes():
    film = FragmentedMp4()
    data = b""
    for count, packet in enumerate(made([0.0, 0.1, 0.2]), start=1):
        data += film.add(packet)
        with av.open(io.BytesIO(data)) as container:
            assert sum(1 for _ in container.decode(video=0)) == count


def test_a_new_size_brings_a_new_head_and_a_key_picture_of_the_old_one_does_not():
    film = FragmentedMp4()
    small = [film.add(packet) for packet in made([0.0, 0.1, 0.2], keys=(0, 2))]
    large = [film.add(packet) for packet in made([0.3, 0.4], size=(256, 128))]
    assert [part[4:8] for part in (*small, *large)] == [b"ftyp", b"moof", b"moof", b"ftyp", b"moof"]
    with av.open(io.BytesIO(b"".join(large))) as container:
        assert [picture.width for picture in container.decode(video=0)] == [256, 256]


def test_a_stream_that_does_not_begin_with_a_key_picture_is_refused():
    _, second = made([0.0, 0.1])
    with pytest.raises(OutputError, match="must begin with a keyframe"):
        FragmentedMp4().add(second)


def test_a_clock_that_was_set_back_ends_the_film_with_the_reason():
    film = FragmentedMp4()
    for packet in made([0.0, 0.1]):
        film.add(packet)
    (back,) = made([-3600.0])
    with pytest.raises(OutputError, match="clock was set"):
        film.add(back)


def test_nothing_tells_who_wrote_it():
    film = FragmentedMp4()
    data = b"".join(film.add(packet) for packet in made([0.0, 0.1]))
    assert not any(word in data.lower() for word in (b"lav", b"x264", b"passerby"))


def test_units_are_parted_at_start_codes_of_both_lengths():
    assert units(b"\0\0\0\1ab\0\0\1c\0\0\0\1d") == [b"ab", b"c", b"d"]
