"""A gateway that other machines can reach serves by TLS, with a certificate of its own if the site has none."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from tests.serve.served import Served
from tests.waiting import PATIENCE_S

from passerby.errors import OutputError, UsageError
from passerby.serve.site_server import site_server
from passerby.serve.tls import own_certificate
from passerby.settings.site.site import SiteSettings
from passerby.settings.site.web import WebSettings

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_site_without_a_certificate_gets_its_own_when_other_machines_can_reach_it(gateway, tmp_path):
    camera = {"name": "door", "address": "simulation:plaza", "purpose": "See that TLS works.", "legal_basis": "consent"}
    web = {"host": "0.0.0.0", "port": 0, "allow_remote": True, "names": ["gateway.example.org"]}  # noqa: S104 - tried
    site = SiteSettings.model_validate({"site": "s", "state_folder": tmp_path, "web": web, "cameras": [camera]})
    with site_server(gateway, site, None, None, clock=time.time) as server:
        at = urlsplit(server.address)
        assert at.scheme == "https"
        context = ssl.create_default_context(cafile=tmp_path / "web-certificate.pem")
        for name in ("127.0.0.1", "localhost"):
            assert httpx.get(f"https://{name}:{at.port}/healthz", verify=context, timeout=PATIENCE_S).status_code == 200
        pem = ssl.get_server_certificate((at.hostname, at.port))
        assert len(server.fingerprint) == 95
        assert pem.strip() == (tmp_path / "web-certificate.pem").read_text().strip()
    assert (tmp_path / "web-key.pem").stat().st_mode & 0o077 == 0


def test_plain_http_is_refused_where_other_machines_can_reach_it(gateway):
    with pytest.raises(UsageError, match=r"web\.certificate: plain HTTP is for this machine only"):
        Served(gateway, WebSettings(host="0.0.0.0", port=0, allow_remote=True))  # noqa: S104 - tried


def test_a_certificate_stays_until_it_ends_soon_or_lacks_a_name(tmp_path):
    first = own_certificate(tmp_path, ["10.0.0.5", "Gateway.example.org"], now=NOW)
    assert own_certificate(tmp_path, ["10.0.0.5", "0.0.0.0"], now=NOW + timedelta(days=300)) == first  # noqa: S104
    other = own_certificate(tmp_path, ["10.0.0.6"], now=NOW)
    assert other != first
    assert own_certificate(tmp_path, ["10.0.0.6"], now=NOW + timedelta(days=370)) != other


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_a_damaged_key_is_replaced_with_its_certificate(tmp_path, damage):
    first = own_certificate(tmp_path, [], now=NOW)
    first.key.write_bytes(damage)
    assert own_certificate(tmp_path, [], now=NOW).fingerprint != first.fingerprint


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        own_certificate(tmp_path / "file", [], now=NOW)
