"""Notices for viewers of a camera whose process is gone."""

from __future__ import annotations

from itertools import pairwise

import av
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from passerby.gateway.standby import BEHIND_S, USUAL_SIZE, Standby, StreamSwitch
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.packet import StreamName, StreamPacket


@pytest.mark.parametrize("size", [(1, 1), (1, 8_000_000), (8_000_000, 1), (4096, 3072)])
def test_no_size_that_a_process_can_claim_ends_in_more_than_no_notice(size: tuple[int, int]) -> None:
    status = CameraStatus("door", CameraState.DOWN, 5.0, detail="x" * 300, width=size[0], height=size[1])
    StreamSwitch(0.5, lambda _packet: None).show_notices(StreamName, status, 1000.0)


@pytest.mark.parametrize("size", [(0, 0), (640, 360)])
def test_a_viewer_can_begin_with_any_notice_and_sees_no_more_than_words(size: tuple[int, int]) -> None:
    status = CameraStatus("door", CameraState.DOWN, 5.0, detail="signal 9", width=size[0], height=size[1])
    understudy = Standby()
    packets = [understudy.packet(StreamName.FULL, status, 1000.0 + index / 2) for index in range(3)]
    for packet in packets:
        assert packet is not None
        assert packet.key
        assert packet.redaction is Redaction.NONE
        (picture,) = av.CodecContext.create("h264", "r").decode(av.Packet(packet.data))
        assert (picture.width, picture.height) == (size if size[0] else USUAL_SIZE)
    assert all(a.time_s < b.time_s for a, b in pairwise(each for each in packets if each))


GONE = CameraStatus("door", CameraState.DOWN, 5.0, detail="signal 9", width=64, height=48)
turns = st.lists(
    st.one_of(
        st.tuples(st.just("picture"), st.floats(0, 5), st.booleans()),
        st.tuples(st.just("notice"), st.floats(0, 0.6), st.just(False)),
        st.tuples(st.just("process"), st.floats(0, 2), st.just(False)),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(turns)
@example([("picture", 0.0, True), ("notice", 0.0, False), ("process", 0.0, False), ("picture", 0.0, True)])
def test_whoever_plays_time_goes_up_and_a_key_picture_comes_first(turns: list[tuple[str, float, bool]]) -> None:
    shown: list[StreamPacket] = []
    stage, now_s, cut = StreamSwitch(0.5, shown.append), 1000.0, True
    for what, step_s, key in turns:
        before = len(shown)
        if what == "picture":  # of any age: the process may have slept
            packet = StreamPacket(StreamName.FULL, b"", key, now_s - step_s, 64, 48, Redaction.ACTIVE)
            assert stage.show_packet(packet) == (len(shown) > before)
        else:
            now_s += step_s
            if what == "notice":
                stage.show_notices([StreamName.FULL], GONE, now_s)
            else:
                stage.begin(now_s)
        for packet in shown[before:]:
            assert packet.key or not cut
        cut = what != "picture" or (cut and len(shown) == before)
    assert all(a.time_s < b.time_s for a, b in pairwise(shown))


def test_a_clock_that_was_set_back_holds_up_no_further_process() -> None:
    shown: list[StreamPacket] = []
    stage = StreamSwitch(0.5, shown.append)
    packets = [
        StreamPacket(StreamName.FULL, b"", True, time_s, 64, 48, Redaction.ACTIVE) for time_s in (1000.0, 400.0, 400.1)
    ]
    assert stage.show_packet(packets[0])
    assert not stage.show_packet(packets[1])
    stage.begin(400.0)
    assert stage.show_packet(packets[2])


def test_notices_leave_room_for_the_pictures_that_were_held_back_for_the_delay() -> None:
    shown: list[StreamPacket] = []
    stage = StreamSwitch(5.0, shown.append)
    stage.show_notices([StreamName.WALL], GONE, 1000.0)
    assert shown[0].time_s == pytest.approx(1000.0 - 5.0 - BEHIND_S)
    assert stage.show_packet(StreamPacket(StreamName.WALL, b"", True, 995.0, 64, 48, Redaction.ACTIVE))
