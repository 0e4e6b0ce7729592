"""Notices for viewers of a camera whose process is gone."""

from __future__ import annotations

from itertools import pairwise

import av
import pytest

from passerby.outputs.stream_packet import StreamName
from passerby.runners.understudy import USUAL_SIZE, Understudy
from passerby.signals.camera import CameraState, CameraStatus, Redaction


@pytest.mark.parametrize("size", [(0, 0), (640, 360)])
def test_a_viewer_can_begin_with_any_notice_and_sees_no_more_than_words(size: tuple[int, int]) -> None:
    status = CameraStatus("door", CameraState.DOWN, 5.0, detail="signal 9", width=size[0], height=size[1])
    understudy = Understudy()
    packets = [understudy.packet(StreamName.FULL, status, 1000.0 + index / 2) for index in range(3)]
    for packet in packets:
        assert packet is not None
        assert packet.key
        assert packet.redaction is Redaction.NONE
        (picture,) = av.CodecContext.create("h264", "r").decode(av.Packet(packet.data))
        assert (picture.width, picture.height) == (size if size[0] else USUAL_SIZE)
    assert all(a.time_s < b.time_s for a, b in pairwise(each for each in packets if each))
