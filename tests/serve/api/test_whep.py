from __future__ import annotations

import asyncio

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until

from passerby.outputs.stream.packet import StreamName

SDP = {"Content-Type": "application/sdp"}


@pytest.fixture
def whep(visitor):
    return visitor.post("/api/cameras/door/streams/full").json()["whep"]


def called(visitor, whep, while_going):
    """Call as a browser does; return what `while_going` returned of the answer once a picture had come."""

    async def call():
        browser = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        tracks = []
        browser.on("track", tracks.append)
        browser.addTransceiver("video", direction="recvonly")
        await browser.setLocalDescription(await browser.createOffer())
        answer = await asyncio.to_thread(visitor.post, whep, content=browser.localDescription.sdp, headers=SDP)
        assert answer.status_code == 201
        assert answer.headers["content-type"].startswith("application/sdp")
        await browser.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        await asyncio.wait_for(tracks[0].recv(), PATIENCE_S)
        result = await asyncio.to_thread(while_going, answer)
        await browser.close()
        return result

    return asyncio.run(call())


def test_a_call_brings_pictures_until_the_browser_hangs_up(visitor, whep, gateway):
    def hang_up(answer):
        assert gateway.hub.watched("door", StreamName.FULL)
        gone = visitor.delete(answer.headers["location"]).status_code
        until(lambda: not gateway.hub.watched("door", StreamName.FULL))
        return gone, visitor.delete(answer.headers["location"]).status_code

    assert called(visitor, whep, hang_up) == (204, 404)


def test_a_call_ends_with_its_session(visitor, whep, gateway):
    def sign_out(_answer):
        visitor.delete("/api/session")
        until(lambda: not gateway.hub.watched("door", StreamName.FULL))

    called(visitor, whep, sign_out)


def test_nobody_else_can_hang_up(visitor, whep, web):
    import httpx

    def other(answer):
        headers = {"Authorization": f"Bearer {web.token}"}
        return httpx.delete(
            web.address + answer.headers["location"], headers=headers, timeout=PATIENCE_S, verify=PLAIN
        ).status_code

    assert called(visitor, whep, other) == 404


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "text/plain"}, "v=0", 415),
        (SDP, "nonsense", 400),
        (SDP, b"\xff\xfe", 400),
        (SDP, "v" * 70_000, 413),
    ],
)
def test_what_is_no_offer_is_a_problem(visitor, whep, headers, content, status):
    answer = visitor.post(whep, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_true_ticket_no_call_is_taken(visitor, whep):
    assert visitor.post(whep.partition("?")[0], content="v=0", headers=SDP).status_code == 422
    assert visitor.post(whep[:-1] + "x", content="v=0", headers=SDP).status_code == 403
