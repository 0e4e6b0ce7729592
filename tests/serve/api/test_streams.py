from __future__ import annotations

import io
import struct

import av
import httpx
import pytest
from tests.cameras import timecode
from tests.serve.acted import BUNCH
from tests.serve.served import LOGIN, Served, add_person
from tests.sockets import PLAIN, WITHOUT_PINGS
from tests.waiting import PATIENCE_S, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from passerby.accounts.role import Role
from passerby.health.status import CameraState, Redaction
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.serve.api.sending import message
from passerby.settings.site.web import WebSettings

EAST, WEST = frozenset({"east"}), frozenset({"west"})


def opened(web, visitor, camera="door", stream="full", *, path=None, **headers):
    path = path or visitor.post(f"/api/cameras/{camera}/streams/{stream}").json()["packets"]
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    address, said = web.address.replace("http", "ws") + path, {"Cookie": cookie, **headers}
    return connect(address, additional_headers=said, **WITHOUT_PINGS)


def drain(socket):
    for _ in range(1000):
        socket.recv(timeout=PATIENCE_S)


def test_a_message_is_a_small_header_and_the_packet():
    packet = StreamPacket(
        StreamName.FULL, b"data", key=True, time_s=1.5, width=640, height=360, redaction=Redaction.WHOLE
    )
    assert message(packet, packet.data) == struct.pack("!BBHHq", 1, 2, 640, 360, 1_500_000) + b"data"


def test_a_stream_begins_with_a_key_picture_and_shows_the_covered_pictures(web, visitor):
    decoder = av.CodecContext.create("h264", "r")
    shown = []
    with opened(web, visitor) as socket:
        for number in range(15):
            data = socket.recv(timeout=PATIENCE_S)
            key, redaction, width, height, time_us = struct.unpack("!BBHHq", data[:14])
            assert key == (number == 0)
            assert (redaction, width, height) == (1, 640, 360)
            shown += [(time_us, picture) for picture in decoder.decode(av.Packet(data[14:]))]
    assert shown
    for time_us, picture in shown:
        shown_ms = timecode.read(picture.to_ndarray()[:360])
        assert abs(shown_ms - time_us / 1000 % BUNCH) <= 0.5  # rounded, in either direction at a half


def test_streams_are_made_only_while_somebody_watches(web, visitor, gateway):
    with opened(web, visitor, stream="wall") as socket:
        socket.recv(timeout=PATIENCE_S)
        assert gateway.hub.watched("door", StreamName.WALL)
        assert not gateway.hub.watched("door", StreamName.FULL)
    until(lambda: not gateway.hub.watched("door", StreamName.WALL))
    assert [demand for _, _, demand in gateway.demands if demand is not Demand.KEY] == [Demand.BEGIN, Demand.END]


def test_a_viewer_who_comes_later_begins_with_a_key_picture(web, visitor):
    with opened(web, visitor) as first:
        for _ in range(5):
            first.recv(timeout=PATIENCE_S)
        with opened(web, visitor) as second:
            assert second.recv(timeout=PATIENCE_S)[0] == 1


@pytest.mark.parametrize("ticket", ["", "?ticket=", "?ticket=1.2", "?ticket=99999999999.00"])
def test_without_a_true_ticket_no_stream_opens(web, visitor, ticket):
    with pytest.raises(InvalidStatus) as caught:
        opened(web, visitor, path=f"/api/live/door/full/packets{ticket}")
    assert caught.value.response.status_code in {403, 422}


def test_a_ticket_opens_nothing_for_another_session(web, visitor):
    path = visitor.post("/api/cameras/door/streams/full").json()["packets"]
    visitor.cookies.clear()
    with pytest.raises(InvalidStatus) as caught:
        opened(web, visitor, path=path)
    assert caught.value.response.status_code == 401
    visitor.post("/api/session", json=LOGIN)
    with pytest.raises(InvalidStatus) as caught:
        opened(web, visitor, path=path)
    assert caught.value.response.status_code == 403


def test_a_foreign_page_cannot_open_a_stream(web, visitor):
    with pytest.raises(InvalidStatus) as caught:
        opened(web, visitor, Origin="https://evil.example")
    assert caught.value.response.status_code == 403


def test_a_stream_ends_with_its_session(web, visitor, gateway):
    with opened(web, visitor) as socket:
        socket.recv(timeout=PATIENCE_S)
        visitor.delete("/api/session")
        with pytest.raises(ConnectionClosed):
            drain(socket)
    until(lambda: not gateway.hub.watched("door", StreamName.FULL))


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.store.change("ben", version=None, role=Role.ANALYST, groups=EAST, disabled=False),
        lambda accounts: accounts.store.change("ben", version=None, role=Role.OPERATOR, groups=WEST, disabled=False),
        lambda accounts: accounts.sessions.set_groups({"east": frozenset(), "west": frozenset({"door"})}),
    ],
    ids=["role", "groups", "site file"],
)
def test_a_stream_ends_when_the_viewer_may_no_longer_watch(gateway, change):
    groups = {"east": frozenset({"door"}), "west": frozenset({"hall"})}
    with Served(gateway, WebSettings(port=0), groups=groups) as web:
        add_person(web.accounts, "ben", Role.OPERATOR, EAST)
        with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as ben:
            ben.post("/api/session", json=LOGIN | {"account": "ben"})
            with opened(web, ben) as socket:
                socket.recv(timeout=PATIENCE_S)
                change(web.accounts)
                with pytest.raises(ConnectionClosed):
                    drain(socket)
            until(lambda: not gateway.hub.watched("door", StreamName.FULL))
            assert ben.get("/api/session").status_code == 204  # the session itself goes on


def test_a_stream_ends_with_its_camera(web, visitor, gateway):
    with opened(web, visitor) as socket:
        socket.recv(timeout=PATIENCE_S)
        gateway.remove("door")
        with pytest.raises(ConnectionClosed):
            drain(socket)


def test_a_viewer_who_says_too_much_is_cut_off(web, visitor, gateway):
    with opened(web, visitor) as socket:
        socket.recv(timeout=PATIENCE_S)
        socket.send(b"x" * 100_000)
        with pytest.raises(ConnectionClosed):
            drain(socket)
    until(lambda: not gateway.hub.watched("door", StreamName.FULL))


def test_a_silent_camera_leaves_the_stream_open(web, visitor, gateway):
    gateway.change("door", state=CameraState.DOWN)
    with opened(web, visitor) as socket:
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.5)
        gateway.change("door", state=CameraState.OK)
        assert socket.recv(timeout=PATIENCE_S)[0] == 1


def test_fragments_are_mp4_behind_the_same_header(web, visitor):
    path = visitor.post("/api/cameras/door/streams/full").json()["fragments"]
    with opened(web, visitor, path=path) as socket:
        film = [socket.recv(timeout=PATIENCE_S) for _ in range(5)]
    assert [data[0] for data in film] == [1, 0, 0, 0, 0]
    with av.open(io.BytesIO(b"".join(data[14:] for data in film))) as container:
        assert sum(1 for _ in container.decode(video=0)) == 5


def test_a_viewer_who_does_not_take_its_pictures_holds_up_nobody(web, visitor):
    with opened(web, visitor), opened(web, visitor) as other:
        taken = [other.recv(timeout=PATIENCE_S)[0] for _ in range(60)]
    assert taken[0] == 1
