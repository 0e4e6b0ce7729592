"""A visitor who opens more and more connections, or never ends a request, keeps nobody else out."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest
from tests.serve.api.test_streams import opened
from tests.serve.served import LOGIN, Served
from tests.serve.test_server import self_signed
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until
from websockets.exceptions import InvalidStatus

from passerby.serve import connections
from passerby.settings.site.web import WebSettings


@contextmanager
def serving(gateway, **limits) -> Iterator[Served]:
    with Served(gateway, WebSettings(port=0, **limits)) as server:
        yield server


def connected(web: Served, source: str = "127.0.0.1") -> socket.socket:
    """Open a connection and say nothing."""
    at = urlsplit(web.address)
    return socket.create_connection((at.hostname, at.port), timeout=PATIENCE_S, source_address=(source, 0))


def asked(
    web: Served, source: str = "127.0.0.1", path: str = "/healthz", headers: dict[str, str] | None = None
) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=source), timeout=PATIENCE_S) as client:
        return client.get(f"{web.address}{path}", headers=headers)


def unfinished(web: Served, source: str = "127.0.0.1") -> socket.socket:
    """Open a connection and send a request whose body never ends."""
    opened_ = connected(web, source)
    opened_.sendall(
        b"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    return opened_


def ended(connection: socket.socket) -> bytes:
    """Wait until the server ends a connection; return what it said."""
    said = b""
    with suppress(ConnectionError):  # it did not read all that was sent
        while received := connection.recv(1000):
            said += received
    return said


@pytest.fixture
def patient(monkeypatch):
    """Make the deadline so late that only limits are at work."""
    monkeypatch.setattr(connections, "REQUEST_S", 1000.0)


def test_a_connection_beyond_those_of_one_visitor_ends_their_oldest(gateway, patient):
    with serving(gateway, max_per_visitor=3) as web, ExitStack() as open_:
        other = open_.enter_context(connected(web, "127.0.0.2"))
        first, *_ = [open_.enter_context(connected(web)) for _ in range(4)]
        assert ended(first) == b""
        assert asked(web).status_code == 200
        other.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.1 200 ")


def test_all_who_are_not_signed_in_share_a_limit(gateway, patient):
    with serving(gateway, max_connections=12) as web, ExitStack() as open_:
        first, *_ = [open_.enter_context(connected(web, f"127.0.0.{last}")) for last in (2, 3, 4, 5)]
        assert ended(first) == b""
        assert asked(web, "127.0.0.6").status_code == 200


def test_a_request_that_has_begun_learns_why_it_was_ended(gateway, patient):
    with serving(gateway, max_per_visitor=1) as web, unfinished(web) as first:
        until(lambda: asked(web).status_code == 200)
        head, _, body = ended(first).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"application/problem+json" in head
        assert "web.max_per_visitor" in json.loads(body)["detail"]


def test_hundreds_of_unfinished_bodies_keep_nobody_out(gateway, patient):
    with serving(gateway) as web, ExitStack() as open_:
        visitor = open_.enter_context(httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN))
        assert visitor.post("/api/session", json=LOGIN).status_code == 204
        path = visitor.post("/api/cameras/door/streams/full").json()["packets"]
        watching = open_.enter_context(opened(web, visitor, path=path))
        for last in range(2, 8):
            for _ in range(100):
                open_.enter_context(unfinished(web, f"127.0.0.{last}"))
        for source in ("127.0.0.1", "127.0.0.2"):  # also from an address of the attacker: a tunnel, for example
            for each in ("/healthz", "/readyz", "/"):
                assert asked(web, source, each).status_code == 200
            with httpx.Client(
                transport=httpx.HTTPTransport(local_address=source), base_url=web.address, timeout=PATIENCE_S
            ) as other:
                assert other.post("/api/session", json=LOGIN).status_code == 204
                assert other.get("/api/cameras").status_code == 200
            bearer = {"Authorization": f"Bearer {web.token}"}
            assert asked(web, source, "/metrics", bearer).status_code == 200
        assert watching.recv(timeout=PATIENCE_S)


def test_who_is_signed_in_is_limited_and_others_still_learn_whether_it_works(gateway):
    bearer = "Authorization: Bearer "
    with serving(gateway, max_per_visitor=2) as web, ExitStack() as open_:
        for _ in range(2):
            held = open_.enter_context(connected(web))
            held.sendall(f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer}{web.token}\r\n\r\n".encode())
            assert held.recv(100).startswith(b"HTTP/1.1 200 ")
        refused = asked(web, path="/api/cameras", headers={"Authorization": f"Bearer {web.token}"})
        assert refused.status_code == 503
        assert "web.max_per_visitor" in refused.json()["detail"]
        assert asked(web).status_code == 200
        assert asked(web, "127.0.0.2", "/api/cameras", {"Authorization": f"Bearer {web.token}"}).status_code == 200


def test_streams_count_and_go_on_while_further_ones_are_refused(gateway):
    with (
        serving(gateway, max_per_visitor=3) as web,
        httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as visitor,
    ):
        assert visitor.post("/api/session", json=LOGIN).status_code == 204
        paths = [visitor.post("/api/cameras/door/streams/full").json()["packets"] for _ in range(3)]
        with opened(web, visitor, path=paths[0]) as one, opened(web, visitor, path=paths[1]) as two:
            with pytest.raises(InvalidStatus) as caught:
                opened(web, visitor, path=paths[2])
            assert caught.value.response.status_code == 503
            for socket_ in (one, two):
                assert socket_.recv(timeout=PATIENCE_S)


def test_a_hundred_connections_too_many_leave_the_gateway_alive(gateway, patient):
    with serving(gateway, max_per_visitor=3) as web, ExitStack() as open_:
        many = [open_.enter_context(connected(web)) for _ in range(103)]
        for each in many[:100]:
            assert ended(each) == b""
        for source in ("127.0.0.1", "127.0.0.2"):
            assert asked(web, source).status_code == 200


def test_handshakes_that_never_end_count_as_connections_and_displace_each_other(gateway, patient, tmp_path):
    certificate, key = self_signed(tmp_path)
    context = ssl.create_default_context(cafile=certificate)
    own = {"certificate": certificate, "private_key": key}
    with serving(gateway, max_per_visitor=3, **own) as web, ExitStack() as open_:
        first, *_ = [open_.enter_context(connected(web)) for _ in range(4)]
        assert ended(first) == b""
        with httpx.Client(base_url=web.address, verify=context, timeout=PATIENCE_S) as visitor:
            assert visitor.post("/api/session", json=LOGIN).status_code == 204
            for _ in range(20):
                open_.enter_context(connected(web))
            assert visitor.get("/api/cameras").status_code == 200


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(connections, "REQUEST_S", 2.0)


def test_who_says_nothing_is_shown_out(gateway, hurried):
    with serving(gateway) as web, connected(web) as silent, connected(web) as slow:
        slow.send(b"GET / HTTP/1.1\r\nHost:")
        for each in (silent, slow):
            assert ended(each) == b""


def test_a_body_that_never_ends_is_ended(gateway, hurried, caplog):
    with serving(gateway) as web, unfinished(web) as body:
        assert ended(body) == b""
        assert asked(web).status_code == 200
    assert not caplog.records


def test_a_handshake_that_never_ends_is_ended(gateway, hurried, tmp_path, caplog):
    certificate, key = self_signed(tmp_path)
    with serving(gateway, certificate=certificate, private_key=key) as web, ExitStack() as open_:
        silent = [open_.enter_context(connected(web)) for _ in range(3)]
        for each, sent in zip(silent, (b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"), strict=True):
            each.sendall(sent)
        for each in silent:
            ended(each)
        with connected(web) as left:
            left.sendall(b"\x16")
        context = ssl.create_default_context(cafile=certificate)
        assert httpx.get(f"{web.address}/healthz", verify=context, timeout=PATIENCE_S).status_code == 200
    assert not caplog.records


def test_the_second_request_of_a_connection_has_a_deadline_too(gateway, hurried):
    with serving(gateway) as web, ExitStack() as open_:
        kept = [open_.enter_context(connected(web)) for _ in range(3)]
        for each, part in zip(kept, (b"GET / HT", b"GET /healthz HTTP/1.1\r\nHost: 1", b"\r\n"), strict=True):
            each.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert each.recv(10_000).startswith(b"HTTP/1.1 200 ")
            each.sendall(part)
        for each in kept:
            ended(each)


def test_a_request_that_arrives_in_drops_has_no_more_time(gateway, hurried):
    with serving(gateway) as web, unfinished(web) as slow:

        def shut() -> bool:
            try:
                slow.sendall(b" ")
            except ConnectionError:
                return True
            return False

        until(shut, every_s=0.1)


def test_a_request_behind_another_one_has_a_deadline_too(gateway, hurried):
    both = (
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        b"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"
    )
    with serving(gateway) as web, connected(web) as sent:
        sent.sendall(both)
        assert ended(sent).startswith(b"HTTP/1.1 200 ")


def test_a_stream_goes_on_after_the_deadline_of_its_request(gateway, hurried):
    with serving(gateway) as web, httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as visitor:
        visitor.post("/api/session", json=LOGIN)
        path = visitor.post("/api/cameras/door/streams/full").json()["packets"]
        with opened(web, visitor, path=path) as watching, connected(web) as later:
            watching.recv(timeout=PATIENCE_S)
            ended(later)  # its deadline, which comes after that of the stream's request
            assert watching.recv(timeout=PATIENCE_S)


def test_one_visitor_can_make_only_so_many_calls(gateway):
    from tests.serve.api.test_whep import SDP, called

    with (
        serving(gateway, max_per_visitor=1) as web,
        httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as visitor,
    ):
        visitor.post("/api/session", json=LOGIN)
        whep = visitor.post("/api/cameras/door/streams/full").json()["whep"]
        second = called(visitor, whep, lambda _answer: visitor.post(whep, content="v=0", headers=SDP))
        assert second.status_code == 503
        assert "by WebRTC" in second.json()["detail"]
