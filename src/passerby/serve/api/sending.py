"""Covered streams over WebSockets."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from passerby.errors import PasserbyError
from passerby.health.status import Redaction
from passerby.outputs.stream.packet import StreamPacket

log = logging.getLogger(__name__)

_HEADER = struct.Struct("!BBHHq")
_REDACTION = {Redaction.NONE: 0, Redaction.ACTIVE: 1, Redaction.WHOLE: 2}


async def send(
    socket: WebSocket, coming: AsyncGenerator[StreamPacket], *, made: Callable[[StreamPacket], bytes]
) -> None:
    """Send a message for each packet, with the payload that `made` returns for it."""
    async with aclosing(coming):
        async for packet in coming:
            await socket.send_bytes(message(packet, made(packet)))


async def while_there(socket: WebSocket, *coroutines: Coroutine[None, None, None]) -> None:
    """Run until one of the coroutines ends or the viewer leaves, then close."""
    try:
        await first_of(_leaves(socket), *coroutines)
    except WebSocketDisconnect:
        return
    except PasserbyError as error:
        log.warning("stream_stopped", extra={"reason": str(error)})
    with suppress(RuntimeError, WebSocketDisconnect):  # the viewer has left already
        await socket.close()


def message(packet: StreamPacket, payload: bytes) -> bytes:
    """Return a WebSocket message: a header that describes a packet, and its payload.

    Big-endian: 1 byte 1 = decoding can start here; 1 byte 0 = notice, 1 = covered, 2 = covered whole; 2 bytes width
    and 2 bytes height, px; 8 bytes UTC time of capture, microseconds since 1970.
    """
    time_us = round(packet.time_s * 1e6)
    return _HEADER.pack(packet.key, _REDACTION[packet.redaction], packet.width, packet.height, time_us) + payload


async def _leaves(socket: WebSocket) -> None:
    """Return when the viewer has left; messages from it are ignored."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def first_of(*coroutines: Coroutine[None, None, None]) -> None:
    """Run until the first of several coroutines ends, then cancel the others; an error of the first is raised."""
    tasks = [asyncio.ensure_future(work) for work in coroutines]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
