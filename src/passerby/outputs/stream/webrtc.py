"""A covered stream to one browser by WebRTC: the packets as they are, encoded once for all viewers."""

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
from passerby.outputs.stream.live_hub import LiveHub
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.viewer import packets

_TICK = Fraction(1, 1_000_000)
_CONNECT_S = 15.0
_CALM_S = 1.0
"""A key picture costs all viewers of the stream: one browser gets no more of them than one in this time."""
_NAMED = re.compile(r"^a=candidate:.*\.local .*\r?\n", re.MULTILINE)
"""Names that only the browser's own network can resolve; we would wait a second, and find its address anyway."""
_MEDIA = re.compile(r"^m=(\w+)", re.MULTILINE)
_ENDED = frozenset({"failed", "closed", "disconnected"})


class Peer:
    """One browser that watches one covered stream.

    Args:
        hub: Where the packets come from.
        camera: Name of the camera.
        stream: Which of its streams.
        address: One of this machine's IP addresses, at which the browser reached us: media take the same way.
    """

    def __init__(self, hub: LiveHub, camera: str, stream: StreamName, *, address: str) -> None:
        self._track = _Track(hub, camera, stream)
        self._address = address
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # or Google's server would be asked
        self._changed = asyncio.Event()
        self._connection.on("connectionstatechange", self._changed.set)

    async def answer(self, offer: str) -> str:
        """Return the answer to a browser's offer, both as SDP.

        Raises:
            OutputError: It is no offer to receive H.264 and nothing else.
        """
        if _MEDIA.findall(offer) != ["video"]:  # others would open ports of their own
            msg = "this is no WebRTC offer to receive H.264 and nothing else"
            raise OutputError(msg)
        try:
            transceiver = self._connection.addTransceiver(self._track, direction="sendonly")
            _speak_h264(transceiver)
            transceiver.sender._send_keyframe = self._track.begin_anew  # type: ignore[method-assign]  # noqa: SLF001
            await self._connection.setRemoteDescription(RTCSessionDescription(_NAMED.sub("", offer), "offer"))
            _listen_on(transceiver, self._address)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as error:  # aiortc raises anything at a strange offer
            await self.close()
            msg = "this WebRTC offer cannot be answered with H.264"
            raise OutputError(msg) from error
        return str(self._connection.localDescription.sdp)

    async def over(self) -> None:
        """Return when the browser has gone, has not connected in time, or the camera is no more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_S) as patience:
                while self._connection.connectionState not in _ENDED and self._track.readyState == "live":
                    if self._connection.connectionState == "connected":
                        patience.reschedule(None)
                    await self._changed.wait()
                    self._changed.clear()

    async def close(self) -> None:
        """Hang up."""
        self._track.stop()
        await self._connection.close()
        await self._track.leave()


class _Track(MediaStreamTrack):
    """Hands packets over as they are."""

    kind = "video"

    def __init__(self, hub: LiveHub, camera: str, stream: StreamName) -> None:
        super().__init__()
        self._from = hub, camera, stream
        self._coming: AsyncGenerator[StreamPacket] | None = None
        self._anew = False
        self._begun_s = 0.0
        self._first_us: int | None = None

    def begin_anew(self) -> None:
        """Go on from a key picture: the browser has lost the thread."""
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
        handed.pts, handed.time_base, handed.is_keyframe = time_us - self._first_us, _TICK, packet.key
        return handed

    async def leave(self) -> None:
        """End the subscription."""
        if self._coming is not None:
            await self._coming.aclose()


def _speak_h264(transceiver: RTCRtpTransceiver) -> None:
    known = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([codec for codec in known if codec.mimeType in {"video/H264", "video/rtx"}])


def _listen_on(transceiver: RTCRtpTransceiver, address: str) -> None:
    """Open a port for media at one address; aiortc would open one at each, but for loopback."""
    ours = ipaddress.ip_address(address)
    ours = getattr(ours, "ipv4_mapped", None) or ours
    connection: Any = transceiver.sender.transport.transport.iceGatherer._connection  # noqa: SLF001 - no public way
    gather = connection.get_component_candidates

    async def only(component: int, addresses: list[str], timeout: int = 5) -> object:  # noqa: ARG001 - aioice asks so
        return await gather(component, [str(ours)], timeout)

    connection.get_component_candidates = only
