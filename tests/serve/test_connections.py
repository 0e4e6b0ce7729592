"""A visitor who opens more and more connections is turned away; the others, and the gateway, are not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from tests.serve.api.test_streams import opened
from tests.waiting import until
from websockets.exceptions import InvalidStatus

from passerby.serve import connections
from passerby.serve.server import WebServer
from passerby.settings.site.web import WebSettings


@contextmanager
def serving(gateway, **limits) -> Iterator[WebServer]:
    with WebServer(gateway, WebSettings(port=0, **limits)) as server:
        yield server


def connected(web: WebServer, source: str = "127.0.0.1") -> socket.socket:
    """Open a connection and say nothing."""
    at = urlsplit(web.address)
    return socket.create_connection((at.hostname, at.port), timeout=20, source_address=(source, 0))


def asked(web: WebServer, source: str = "127.0.0.1") -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=source), timeout=20) as client:
        return client.get(f"{web.address}/healthz")


def test_a_connection_beyond_those_of_one_visitor_gets_503_and_others_are_let_in(gateway):
    with serving(gateway, max_per_visitor=3) as web:
        with ExitStack() as open_:
            for _ in range(3):
                open_.enter_context(connected(web))
            until(lambda: asked(web).status_code == 503)
            answer = asked(web)
            assert answer.headers["content-type"] == "application/problem+json"
            assert "web.max_per_visitor" in answer.json()["detail"]
            assert asked(web, "127.0.0.2").status_code == 200
        until(lambda: asked(web).status_code == 200)


def test_there_is_a_limit_for_all_visitors_together(gateway):
    with serving(gateway, max_connections=3) as web:
        with ExitStack() as open_:
            for last in (2, 3, 4):
                open_.enter_context(connected(web, f"127.0.0.{last}"))
            until(lambda: asked(web).status_code == 503)
        until(lambda: asked(web).status_code == 200)


def test_streams_count_and_go_on_while_further_ones_are_refused(gateway):
    with serving(gateway, max_per_visitor=3) as web, httpx.Client(base_url=web.address, timeout=20) as visitor:
        assert visitor.post("/api/session", json={"token": web.token}).status_code == 204
        paths = [visitor.post("/api/cameras/door/streams/full").json()["packets"] for _ in range(3)]
        with opened(web, visitor, path=paths[0]) as one, opened(web, visitor, path=paths[1]) as two:
            with pytest.raises(InvalidStatus) as caught:
                opened(web, visitor, path=paths[2])
            assert caught.value.response.status_code == 503
            for socket_ in (one, two):
                assert socket_.recv(timeout=20)


def test_a_hundred_connections_too_many_leave_the_gateway_alive(gateway):
    with serving(gateway, max_per_visitor=3) as web:
        with ExitStack() as open_:
            refused = [open_.enter_context(connected(web)) for _ in range(103)][3:]
            for each in refused:
                assert each.recv(100).startswith(b"HTTP/1.1 503 ")
            assert asked(web, "127.0.0.2").status_code == 200
        until(lambda: asked(web).status_code == 200)


def test_who_says_nothing_is_shown_out(gateway, monkeypatch):
    monkeypatch.setattr(connections, "FIRST_REQUEST_S", 0.3)
    with serving(gateway) as web, connected(web) as silent, connected(web) as slow:
        slow.send(b"GET / HTTP/1.1\r\nHost:")
        for each in (silent, slow):
            assert each.recv(100) == b""


def test_one_visitor_can_make_only_so_many_calls(gateway):
    from tests.serve.api.test_whep import SDP, called

    with serving(gateway, max_per_visitor=1) as web, httpx.Client(base_url=web.address, timeout=20) as visitor:
        visitor.post("/api/session", json={"token": web.token})
        whep = visitor.post("/api/cameras/door/streams/full").json()["whep"]
        second = called(visitor, whep, lambda _answer: visitor.post(whep, content="v=0", headers=SDP))
        assert second.status_code == 503
        assert "by WebRTC" in second.json()["detail"]
