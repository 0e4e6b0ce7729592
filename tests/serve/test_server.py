from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.responses import StreamingResponse
from starlette.routing import Route
from tests.serve.served import LOGIN, Served
from tests.sockets import PLAIN, WITHOUT_PINGS
from tests.waiting import PATIENCE_S
from websockets.sync.client import connect

from passerby.errors import UsageError
from passerby.outputs.gateway_id import gateway_id
from passerby.serve import connections
from passerby.settings.site.web import WebSettings


def test_a_taken_port_is_named_with_the_mend(gateway):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=rf"web\.port: {port} on 127\.0\.0\.1 is in use .* set another"):
            Served(gateway, WebSettings(port=port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_named(gateway, host):
    with pytest.raises(UsageError, match=r"web\.host: .* is not an address of this machine"):
        Served(gateway, WebSettings(host=host, allow_remote=True))


@pytest.mark.parametrize("content", [None, b"nonsense"], ids=["absent", "nonsense"])
def test_a_useless_certificate_is_named(gateway, tmp_path, content):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    if content is not None:
        certificate.write_bytes(content)
        key.write_bytes(content)
    with pytest.raises(UsageError, match=r"web\.certificate: .*cert\.pem"):
        Served(gateway, WebSettings(port=0, certificate=certificate, private_key=key))


def test_the_server_ends_although_somebody_watches(gateway):
    with Served(gateway, WebSettings(port=0)) as web:
        address = web.address
        assert httpx.get(address, timeout=PATIENCE_S, verify=PLAIN).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, timeout=PATIENCE_S, verify=PLAIN)


def test_neither_tickets_nor_visitors_are_logged(web, visitor, caplog):
    from tests.serve.api.test_streams import opened

    caplog.set_level(logging.INFO)
    with opened(web, visitor) as watching:
        watching.recv(timeout=PATIENCE_S)
    assert "ticket" not in caplog.text
    assert "127.0.0.1" not in caplog.text.replace(web.address, "")


def test_with_a_certificate_the_page_is_https_and_the_cookie_stays_there(gateway, tmp_path):
    certificate, key = self_signed(tmp_path)
    with Served(gateway, WebSettings(port=0, certificate=certificate, private_key=key)) as web:
        assert web.address.startswith("https://")
        context = ssl.create_default_context(cafile=certificate)
        with httpx.Client(base_url=web.address, verify=context, timeout=PATIENCE_S) as visitor:
            set_ = visitor.post("/api/session", json=LOGIN).headers["set-cookie"]
            assert set_.startswith("__Host-passerby_session_")
            assert {"secure", "path=/"} <= {each.strip().lower() for each in set_.split(";")}
            assert "domain=" not in set_.lower()
            assert visitor.get("/api/session").status_code == 204
            gone = visitor.delete("/api/session").headers["set-cookie"]
            assert "; secure" in gone.lower()  # or browsers ignore it, as its name begins with __Host-
            assert gone.partition("=")[0] == set_.partition("=")[0]


def test_with_a_certificate_streams_go_on_and_unfinished_requests_end(gateway, tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "REQUEST_S", 5.0)
    certificate, key = self_signed(tmp_path)
    context = ssl.create_default_context(cafile=certificate)
    with ExitStack() as open_:
        web = open_.enter_context(Served(gateway, WebSettings(port=0, certificate=certificate, private_key=key)))
        visitor = open_.enter_context(httpx.Client(base_url=web.address, verify=context, timeout=PATIENCE_S))
        visitor.post("/api/session", json=LOGIN)
        path = visitor.post("/api/cameras/door/streams/full").json()["packets"]
        cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        stream = f"{web.address.replace('https', 'wss')}{path}"
        watching = open_.enter_context(
            connect(stream, ssl=context, additional_headers={"Cookie": cookie}, **WITHOUT_PINGS)
        )
        at = urlsplit(web.address)
        plain = open_.enter_context(socket.create_connection((at.hostname, at.port), timeout=PATIENCE_S))
        slow = open_.enter_context(context.wrap_socket(plain, server_hostname=at.hostname))
        slow.sendall(b"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
        with suppress(ssl.SSLEOFError, ConnectionError):  # it ends without the farewell of TLS
            assert slow.recv(100) == b""
        assert watching.recv(timeout=PATIENCE_S)


def test_two_gateways_under_one_host_name_leave_each_other_signed_in(gateway, tmp_path):
    with ExitStack() as open_:
        one, two = (
            open_.enter_context(Served(gateway, WebSettings(port=0), state_folder=tmp_path / name))
            for name in ("one", "two")
        )
        browser = open_.enter_context(
            httpx.Client(timeout=PATIENCE_S, verify=PLAIN)
        )  # as browsers do, it sends cookies to each port
        for each in (one, two):
            assert browser.post(f"{each.address}/api/session", json=LOGIN).status_code == 204
        assert len(browser.cookies) == 4  # of each the session, and that somebody signed in here before
        assert [browser.get(f"{each.address}/api/session").status_code for each in (one, two)] == [204, 204]
        browser.delete(f"{two.address}/api/session")
        assert [browser.get(f"{each.address}/api/session").status_code for each in (one, two)] == [204, 401]


def test_the_cookie_has_the_same_name_after_a_restart(gateway, tmp_path):
    names = set()
    for _ in range(2):
        with Served(gateway, WebSettings(port=0), state_folder=tmp_path) as web:
            answer = httpx.post(f"{web.address}/api/session", json=LOGIN, timeout=PATIENCE_S, verify=PLAIN)
            names.add(answer.headers["set-cookie"].partition("=")[0])
    assert names == {f"passerby_session_{gateway_id(tmp_path)}"}


def self_signed(folder):
    """Make a certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "cert.pem", folder / "key.pem"


def test_the_server_ends_quietly_although_somebody_reads_events(gateway, caplog):
    with ExitStack() as open_:
        web = Served(gateway, WebSettings(port=0))
        client = open_.enter_context(httpx.Client(timeout=PATIENCE_S, verify=PLAIN))
        with web:
            events = client.stream("GET", f"{web.address}/api/events", headers={"Authorization": f"Bearer {web.token}"})
            lines = open_.enter_context(events).iter_lines()
            assert next(lines) == "event: cameras"
        with suppress(httpx.RemoteProtocolError):
            list(lines)
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_an_answer_that_does_not_end_with_the_server_is_cut_off_without_a_traceback(gateway, caplog):
    async def endless(_request):
        async def parts():
            while True:
                yield b"."
                await asyncio.sleep(0.01)

        return StreamingResponse(parts())

    web = Served(gateway, WebSettings(port=0))
    web._app.router.routes.insert(0, Route("/endless", endless))
    with ExitStack() as open_:
        client = open_.enter_context(httpx.Client(timeout=PATIENCE_S, verify=PLAIN))
        with web:
            parts = open_.enter_context(client.stream("GET", f"{web.address}/endless")).iter_raw()
            assert next(parts)
        with suppress(httpx.HTTPError):
            list(parts)
    assert [each.exc_info for each in caplog.records if each.levelno >= logging.WARNING] == [None]  # that it was cut
