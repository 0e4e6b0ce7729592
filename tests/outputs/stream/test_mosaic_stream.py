from __future__ import annotations

import itertools
import time

import av
import numpy as np
import pytest
from tests.serve.acted import ActedGateway
from tests.waiting import PATIENCE_S, until

from passerby.health.status import CameraState, Redaction
from passerby.outputs.stream.mosaic_stream import NAME, MosaicStream
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.wall import WallPicture


@pytest.fixture
def gateway():
    acted = ActedGateway("door", "hall", "stairs")
    yield acted
    acted.close()


@pytest.fixture
def stream(gateway):
    return MosaicStream(lambda: [status.camera for status in gateway.statuses()], gateway.listen_to_walls)


def taken(subscription, count):
    packets = []
    while len(packets) < count:
        packet = subscription.take(20)
        assert packet is not None
        packets.append(packet)
    return packets


def shown(packets):
    decoder = av.CodecContext.create("h264", "r")
    return [picture.to_ndarray() for packet in packets for picture in decoder.decode(av.Packet(packet.data))]


def now_shown(stream):
    with watched(stream) as viewer:
        return shown(taken(viewer, 3))[-1]


def watched(stream):
    return stream.hub.subscribe(NAME, StreamName.WALL)


def test_nothing_is_made_until_somebody_watches_and_after_the_last_one_went(stream, gateway):
    assert not gateway.walls
    with watched(stream) as first, watched(stream) as second:
        assert taken(first, 2)[0].key
        assert taken(second, 2)[0].key
        assert len(gateway.walls) == 1
    until(lambda: not gateway.walls)
    with watched(stream) as again:
        assert taken(again, 1)[0].key


def test_all_cameras_are_in_one_picture(stream):
    with watched(stream) as viewer:
        packets = taken(viewer, 12)
    assert all(later.time_s > earlier.time_s for earlier, later in itertools.pairwise(packets))
    assert (packets[-1].width, packets[-1].height) == (640, 360)
    last = shown(packets)[-1]
    for top, left in ((0, 0), (0, 320), (180, 0)):
        assert last[top : top + 180, left : left + 320].std() > 20
    assert last[190:350, 330:630].std() < 3


def test_a_camera_that_fell_silent_is_not_shown_any_more(stream, gateway, monkeypatch):
    monkeypatch.setattr("passerby.outputs.stream.mosaic_stream.STALE_S", 0.5)
    with watched(stream) as viewer:
        taken(viewer, 5)
        gateway.change("door", state=CameraState.DOWN)

        def only_the_other_one() -> bool:
            picture = now_shown(stream)
            return picture[:180, :320].std() < 5 and picture[:180, 320:640].std() > 20

        until(only_the_other_one)


def test_a_camera_that_goes_changes_the_picture_from_a_key_picture_on(stream, gateway):
    with watched(stream) as viewer:
        taken(viewer, 2)
        gateway.remove("stairs")
        packet = next(packet for packet in iter(lambda: viewer.take(PATIENCE_S), None) if packet.height == 180)
    assert packet.key


def test_a_camera_that_lies_about_the_time_does_not_stop_the_clock_of_all(stream, gateway):
    with watched(stream) as viewer:
        taken(viewer, 1)
        samples = np.zeros(320 * 180 * 3 // 2, np.uint8)
        gateway.walls.publish(("liar", WallPicture(samples, 320, 180, time.time() + 1e6, Redaction.ACTIVE)))
        assert taken(viewer, 4)[-1].time_s < time.time() + 10
