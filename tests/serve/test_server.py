from __future__ import annotations

import logging
import socket

import httpx
import pytest

from passerby.config.site import WebSettings
from passerby.errors import UsageError
from passerby.serve.server import WebServer


def test_a_taken_port_is_named_with_the_mend(gateway):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=rf"web\.port {port} on 127\.0\.0\.1 is taken .* another web\.port"):
            WebServer(gateway, WebSettings(port=port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_named(gateway, host):
    with pytest.raises(UsageError, match=r"web\.host .* is no address of this machine"):
        WebServer(gateway, WebSettings(host=host, allow_remote=True))


@pytest.mark.parametrize("content", [None, b"nonsense"], ids=["absent", "nonsense"])
def test_a_useless_certificate_is_named(gateway, tmp_path, content):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    if content is not None:
        certificate.write_bytes(content)
        key.write_bytes(content)
    with pytest.raises(UsageError, match=r"web\.certificate .*cert\.pem"):
        WebServer(gateway, WebSettings(port=0, certificate=certificate, private_key=key))


def test_the_server_ends_although_somebody_watches(gateway):
    with WebServer(gateway, WebSettings(port=0)) as web:
        address = web.address
        assert httpx.get(address).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_neither_tickets_nor_visitors_are_logged(web, visitor, caplog):
    from tests.serve.test_live import opened

    caplog.set_level(logging.INFO)
    with opened(web, visitor) as watching:
        watching.recv(timeout=20)
    assert "ticket" not in caplog.text
    assert "127.0.0.1" not in caplog.text.replace(web.address, "")
