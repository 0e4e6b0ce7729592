"""Sends a covered stream to one browser by WebRTC: the packets are encoded once for all viewers."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from fractions import Fraction
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.packet import Packet
from av.stream import Stream

from passerby.errors import OutputError
from passerby.outputs.stream.live_hub import Streams
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.viewer import packets

_TICK = Fraction(1, 1_000_000)
_CONNECT_S = 15.0
_CALM_S = 1.0
"""Shortest time between keyframes that one browser can request: a keyframe costs all viewers of the stream."""
_NAMED = re.compile(r"^a=candidate:.*\.local .*\r?\n", re.MULTILINE)
"""Names that only the browser's own network can resolve; they cost a second, and its address is found anyway."""
_MEDIA = re.compile(r"^m=(\w+)", re.MULTILINE)
_ENDED = frozenset({"failed", "closed", "disconnected"})


class Peer:
    """One browser that watches one covered stream.

    Args:
        streams: Where the packets come from.
        camera: Name of the camera.
        stream: Which of its streams.
        address: The IP address of this machine that the browser connected to: media use the same address.
    """

    def __init__(self, streams: Streams, camera: str, stream: StreamName, *, address: str) -> None:
        self._track = _Track(streams, camera, stream)
        self._address = address
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # the default asks Google's server
        self._changed = asyncio.Event()
        self._connection.on("connectionstatechange", self._changed.set)

    async def answer(self, offer: str) -> str:
        """Return the answer to a browser's offer, both as SDP.

        Raises:
            OutputError: It is not an offer to receive H.264 and nothing else.
        """
        if _MEDIA.findall(offer) != ["video"]:  # others would open more ports
            msg = "not a WebRTC offer to receive H.264 and nothing else"
            raise OutputError(msg)

        try:
            transceiver = self._connection.addTransceiver(self._track, direction="sendonly")
            _speak_h264(transceiver)
            transceiver.sender._send_keyframe = self._track.begin_anew  # type: ignore[method-assign]  # noqa: SLF001
            await self._connection.setRemoteDescription(RTCSessionDescription(_NAMED.sub("", offer), "offer"))
            _listen_on(transceiver, self._address)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as error:  # aiortc raises many types of errors for unusual offers
            await self.close()
            msg = "this WebRTC offer cannot be answered with H.264"
            raise OutputError(msg) from error

        return str(self._connection.localDescription.sdp)

    async def over(self) -> None:
        """Return when the browser has left, has not connected in time, or the camera was removed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_S) as patience:
                while self._connection.connectionState not in _ENDED and self._track.readyState == "live":
                    if self._connection.connectionState == "connected":
                        patience.reschedule(None)
                    await self._changed.wait()
                    self._changed.clear()

    async def close(self) -> None:
        """Close the connection."""
        self._track.stop()
        await self._connection.close()
        await self._track.leave()


class _Track(MediaStreamTrack):
    """Passes packets on unchanged."""

    kind = "video"

    def __init__(self, streams: Streams, camera: str, stream: StreamName) -> None:
        super().__init__()
        self._from = streams, camera, stream
        self._coming: AsyncGenerator[StreamPacket] | None = None
        self._anew = False
        self._begun_s = 0.0
        self._first_us: int | None = None

    def begin_anew(self) -> None:
        """Continue at a keyframe: the browser has lost packets."""
        self._anew = time.monotonic() - self._begun_s > _CALM_S

    async def recv(self) -> Packet[Stream]:
        """Return the next packet."""
        if self._anew or self._coming is None:
            await self.leave()
            self._anew = False
            self._begun_s = time.monotonic()
            self._coming = packets(*self._from)

        try:
            packet = await anext(self._coming)
        except StopAsyncIteration:
            self.stop()
            raise MediaStreamError from None

        time_us = round(packet.time_s * 1e6)
        if self._first_us is None:
            self._first_us = time_us
        handed = Packet(packet.data)
        handed.pts = time_us - self._first_us
        handed.time_base = _TICK
        handed.is_keyframe = packet.key

        return handed

    async def leave(self) -> None:
        """End the subscription."""
        if self._coming is not None:
            await self._coming.aclose()


def _speak_h264(transceiver: RTCRtpTransceiver) -> None:
    known = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([codec for codec in known if codec.mimeType in {"video/H264", "video/rtx"}])


def _listen_on(transceiver: RTCRtpTransceiver, address: str) -> None:
    """Open a port for media at one address; aiortc would open one at every address except loopback."""
    ours = ipaddress.ip_address(address)
    ours = getattr(ours, "ipv4_mapped", None) or ours
    connection: Any = transceiver.sender.transport.transport.iceGatherer._connection  # noqa: SLF001 - no public way
    gather = connection.get_component_candidates

    async def only(component: int, addresses: list[str], timeout: int = 5) -> object:  # noqa: ARG001 - set by aioice
        return await gather(component, [str(ours)], timeout)

    connection.get_component_candidates = only
