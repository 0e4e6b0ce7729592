"""What one camera sends out, and that nobody's stream costs nothing."""

from __future__ import annotations

from fractions import Fraction

from passerby.health.status import Redaction
from passerby.outputs.stream.camera_streams import CameraStreams
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.redact.redactor import RedactedFrame, notice


def shown(index: int) -> RedactedFrame:
    return notice(["door"], height=90, width=160, pts=10_000_000 + index * 100_000, time_base=Fraction(1, 1_000_000))


def sent(streams: CameraStreams, index: int) -> list[StreamPacket]:
    return streams.packets(shown(index), Redaction.ACTIVE)


def test_nothing_is_encoded_while_nobody_watches() -> None:
    streams = CameraStreams(kbit=500, rate=10)
    assert not sent(streams, 0)
    streams.demand(StreamName.WALL, Demand.BEGIN)
    assert [(packet.stream, packet.key) for packet in sent(streams, 1)] == [(StreamName.WALL, True)]
    streams.demand(StreamName.WALL, Demand.END)
    assert not sent(streams, 2)


def test_a_new_viewer_gets_a_key_picture() -> None:
    streams = CameraStreams(kbit=500, rate=10)
    streams.demand(StreamName.FULL, Demand.BEGIN)
    assert [packet.key for index in range(3) for packet in sent(streams, index)] == [True, False, False]
    streams.demand(StreamName.FULL, Demand.BEGIN)
    assert [packet.key for packet in sent(streams, 3)] == [True]


def test_a_recorded_camera_is_encoded_even_when_the_last_viewer_has_gone() -> None:
    streams = CameraStreams(kbit=500, rate=10, always_full=True)
    streams.demand(StreamName.FULL, Demand.BEGIN)
    streams.demand(StreamName.FULL, Demand.END)
    assert [packet.stream for packet in sent(streams, 0)] == [StreamName.FULL]


def test_small_pictures_for_a_mosaic_come_some_times_a_second_while_wanted() -> None:
    streams = CameraStreams(kbit=500, rate=10)
    assert streams.wall(shown(0), Redaction.ACTIVE) is None
    streams.mosaic = True
    assert sum(streams.wall(shown(index), Redaction.ACTIVE) is not None for index in range(20)) == 10
