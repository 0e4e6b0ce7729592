"""What waits for a viewer is bounded, in packets and in bytes."""

from __future__ import annotations

from passerby.health.status import Redaction
from passerby.outputs.stream import live_hub
from passerby.outputs.stream.live_hub import Demand, LiveHub
from passerby.outputs.stream.packet import StreamName, StreamPacket


def packet(index: int, data: bytes, *, key: bool = False) -> StreamPacket:
    return StreamPacket(StreamName.FULL, data, key, float(index), 64, 48, Redaction.ACTIVE)


def test_a_viewer_for_whom_too_many_bytes_wait_goes_on_at_the_next_key_picture() -> None:
    demands: list[Demand] = []
    hub = LiveHub(lambda _camera, _stream, demand: demands.append(demand))
    large = bytes(4 << 20)
    with hub.subscribe("door", StreamName.FULL) as viewer:
        for index in range(live_hub.WAITING_PACKETS - 1):
            hub.publish("door", packet(index, large, key=not index))
        waiting = []
        while (each := viewer.take()) is not None:
            waiting.append(each)
        assert sum(len(each.data) for each in waiting) <= live_hub.WAITING_BYTES + len(large)
        assert demands[-1] is Demand.KEY
        hub.publish("door", packet(1000, b"key", key=True))
        hub.publish("door", packet(1001, b"next"))
        assert [viewer.take(), viewer.take()] == [packet(1000, b"key", key=True), packet(1001, b"next")]
