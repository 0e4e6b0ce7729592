from __future__ import annotations

import asyncio
import re
import time

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from tests.cameras import timecode
from tests.serve.acted import BUNCH, ActedGateway
from tests.waiting import PATIENCE_S, until

from passerby.errors import OutputError
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.webrtc import Peer


@pytest.fixture
def gateway():
    acted = ActedGateway("door")
    yield acted
    acted.close()


async def offered(connection):
    connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    return connection.localDescription.sdp


def test_a_browser_gets_the_packets_as_they_are_and_none_are_made_after_it_went(gateway):
    async def call():
        browser = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        tracks = []
        browser.on("track", tracks.append)
        peer = Peer(gateway.hub, "door", StreamName.FULL, address="127.0.0.1")
        answer = await peer.answer(await offered(browser))
        await browser.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        pictures = [await asyncio.wait_for(tracks[0].recv(), PATIENCE_S) for _ in range(5)]
        over = asyncio.create_task(peer.over())
        await browser.close()
        await asyncio.wait_for(over, PATIENCE_S)
        await peer.close()
        return answer, pictures

    answer, pictures = asyncio.run(call())
    assert set(re.findall(r"^a=candidate:.* udp \d+ (\S+)", answer, re.MULTILINE)) == {"127.0.0.1"}
    ages_ms = [round(time.time() * 1000) - timecode.read(shown.to_ndarray()[:360]) for shown in pictures]
    assert all(age % BUNCH < 60_000 for age in ages_ms)
    until(lambda: not gateway.hub.watched("door", StreamName.FULL))


def test_a_browser_that_lost_the_thread_gets_a_key_picture(gateway, monkeypatch):
    monkeypatch.setattr("passerby.outputs.stream.webrtc._CALM_S", 0.0)

    async def call():
        browser = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        tracks = []
        browser.on("track", tracks.append)
        peer = Peer(gateway.hub, "door", StreamName.FULL, address="127.0.0.1")
        await browser.setRemoteDescription(RTCSessionDescription(await peer.answer(await offered(browser)), "answer"))
        await asyncio.wait_for(tracks[0].recv(), PATIENCE_S)
        (receiver,) = browser.getReceivers()
        ssrc = next(iter(receiver._RTCRtpReceiver__remote_streams))
        await receiver._send_rtcp_pli(ssrc)
        for _ in range(10):
            await asyncio.wait_for(tracks[0].recv(), PATIENCE_S)
        await browser.close()
        await peer.close()

    asyncio.run(call())
    begins = [demand for _, _, demand in gateway.demands if demand is Demand.BEGIN]
    assert len(begins) == 2


def test_an_address_of_ipv4_may_come_as_one_of_ipv6(gateway):
    async def call():
        browser = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer = Peer(gateway.hub, "door", StreamName.FULL, address="::ffff:127.0.0.1")
        answer = await peer.answer(await offered(browser))
        await peer.close()
        await browser.close()
        return answer

    assert " 127.0.0.1 " in asyncio.run(call())


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "nonsense",
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n",
    ],
    ids=repr,
)
def test_a_strange_offer_is_refused(gateway, offer):
    async def call():
        await Peer(gateway.hub, "door", StreamName.FULL, address="127.0.0.1").answer(offer)

    with pytest.raises(OutputError, match="WebRTC offer"):
        asyncio.run(call())


def test_a_browser_that_never_connects_is_let_go(gateway, monkeypatch):
    monkeypatch.setattr("passerby.outputs.stream.webrtc._CONNECT_S", 0.2)

    async def call():
        browser = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer = Peer(gateway.hub, "door", StreamName.FULL, address="127.0.0.1")
        await peer.answer(await offered(browser))
        await asyncio.wait_for(peer.over(), PATIENCE_S)
        await peer.close()
        await browser.close()

    asyncio.run(call())
