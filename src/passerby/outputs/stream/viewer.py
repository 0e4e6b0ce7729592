"""Passes one viewer's packets from the threads that create them to the event loop that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from passerby.outputs.stream.live_hub import LiveHub
from passerby.outputs.stream.packet import StreamName, StreamPacket


async def packets(hub: LiveHub, camera: str, stream: StreamName) -> AsyncGenerator[StreamPacket]:
    """Yield a stream's packets from its next keyframe on, until the camera is removed; use with `aclosing`."""
    loop = asyncio.get_running_loop()
    more = asyncio.Event()

    def notify() -> None:
        with suppress(RuntimeError):  # the loop has ended, and this viewer with it
            loop.call_soon_threadsafe(more.set)

    with hub.subscribe(camera, stream, notify=notify) as subscription:
        while True:
            more.clear()
            while (packet := subscription.take()) is not None:
                yield packet
            if subscription.closed:
                return
            await more.wait()
