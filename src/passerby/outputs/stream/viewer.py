"""Passes one viewer's packets from the threads that create them to the event loop that sends them."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from passerby.listeners import Wakeup
from passerby.outputs.stream.live_hub import Streams
from passerby.outputs.stream.packet import StreamName, StreamPacket


async def packets(streams: Streams, camera: str, stream: StreamName) -> AsyncGenerator[StreamPacket]:
    """Yield a stream's packets from its next keyframe on, until the camera is removed; use with `aclosing`."""
    more = Wakeup()
    with streams.subscribe(camera, stream, notify=more.notify) as subscription:
        while True:
            while (packet := subscription.take()) is not None:
                yield packet
            if subscription.closed:
                return
            await more.wait()
