from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.serve.served import Served
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.serve import guard
from passerby.serve.foreign_page import ForeignPages
from passerby.settings.site.web import WebSettings


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8088", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_is_turned_away(visitor, host):
    answer = visitor.get("/api/cameras", headers={"Host": host})
    assert answer.status_code in {400, 403}
    assert "door" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9000", "[::1]:8088", "10.1.2.3:80", "LOCALHOST"])
def test_addresses_and_localhost_are_ours(visitor, host):
    assert visitor.get("/api/cameras", headers={"Host": host}).status_code == 200


def test_a_name_of_the_site_file_is_ours(gateway):
    with Served(gateway, WebSettings(port=0, names=("gateway.example.org",))) as web:
        answer = httpx.get(
            f"{web.address}/healthz", headers={"Host": "gateway.example.org"}, timeout=PATIENCE_S, verify=PLAIN
        )
    assert answer.status_code != 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
def test_a_foreign_page_cannot_act_for_a_visitor(visitor, origin):
    assert visitor.delete("/api/session", headers={"Origin": origin}).status_code == 403
    assert visitor.get("/api/session").status_code == 204


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_the_browser_calls_foreign_is_refused_even_without_an_origin(visitor, site):
    assert visitor.delete("/api/session", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert visitor.get("/api/session").status_code == 204


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("secure", "origin", "passed"),
    [
        (True, "https://10.0.0.9", True),
        (True, "http://10.0.0.9", False),
        (True, "ftp://10.0.0.9", False),
        (False, "http://10.0.0.9", True),
        (False, "https://10.0.0.9", True),
    ],
)
def test_under_tls_a_page_that_came_without_it_cannot_act(kind, secure, origin, passed):
    reached, said = [], []

    async def app(_scope, _receive, _send):
        reached.append(True)

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        said.append(message)

    headers = [(b"host", b"10.0.0.9"), (b"origin", origin.encode())]
    scope = {"type": kind, "method": "POST", "path": "/api/live", "headers": headers}
    made = guard.Guard(app, names=(), foreign=ForeignPages(()), secure=secure)
    asyncio.run(made(scope, receive, send))
    assert (bool(reached), not said) == (passed, passed)


def test_our_own_page_can_act(visitor, web):
    assert visitor.delete("/api/session", headers={"Origin": web.address}).status_code == 204


@pytest.mark.parametrize("path", ["/", "/icon.svg", "/api/cameras", "/nowhere"])
def test_every_answer_is_fenced(stranger, path):
    headers = stranger.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_a_body_without_end_is_not_kept_in_memory():
    taken = 0

    async def app(_scope, receive, _send):
        nonlocal taken
        while (message := await receive())["type"] == "http.request":
            taken += len(message["body"])

    async def endless():
        return {"type": "http.request", "body": bytes(1 << 16), "more_body": True}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"127.0.0.1")]}
    said = []

    async def send(message):
        said.append(message)

    made = guard.Guard(app, names=(), foreign=ForeignPages(()), secure=False)
    asyncio.run(asyncio.wait_for(made(scope, endless, send), PATIENCE_S))
    assert taken <= guard.MOST_BODY
    assert said[0]["status"] == 413


def test_a_visitor_who_sends_too_much_is_refused(stranger):
    long = b'"' + b"a" * guard.MOST_BODY + b'"'
    answer = stranger.post("/api/session", content=long, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "longer than 1 MiB" in answer.json()["detail"]
    assert answer.headers["content-security-policy"]
    assert stranger.get("/healthz").status_code == 200
