"""Signing in through a reverse proxy: its headers count only with its secret."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count

import httpx
import pytest
from tests.serve.served import LOGIN, Served, add_person
from tests.serve.test_audited import Log
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until_refused

from passerby.accounts.proxy_sign_in import ProxyTrust
from passerby.accounts.role import Role
from passerby.errors import UsageError
from passerby.settings.load import load_site
from passerby.settings.site.web import WebSettings

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - made up
USER, SEAL = "X-Forwarded-User", "X-Passerby-Secret"
ANNA = {USER: "anna", SEAL: SECRET}


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, log):
    trust = ProxyTrust(USER, SEAL, SECRET)
    with Served(gateway, WebSettings(port=0), audit=log, proxy=trust) as server:
        add_person(server.accounts, "ben", Role.VIEWER)
        yield server


def test_the_proxy_signs_somebody_in_whatever_the_case_of_the_name(stranger, log):
    assert stranger.get("/api/session/ways").json()["proxy"] is True
    assert stranger.post("/api/session/proxy", headers=ANNA | {USER: "Anna"}).status_code == 204
    assert stranger.get("/api/account").json()["name"] == "anna"
    assert log.said() == [("sign_in", "anna", "")]
    assert log.entries[0].details == {"address": "127.0.0.1", "way": "proxy"}


@pytest.mark.parametrize(
    "headers",
    [
        {USER: "anna"},
        {USER: "anna", SEAL: ""},
        {USER: "anna", SEAL: SECRET[:-1]},
        {USER: "anna", SEAL: SECRET + " x"},
        {USER: "anna", SEAL: "wörong".encode("latin-1")},
        {SEAL: SECRET},
        {USER: "", SEAL: SECRET},
        [(USER, "anna"), (USER, "ben"), (SEAL, SECRET)],
        [(USER, "anna"), (SEAL, SECRET), (SEAL, "other")],
    ],
    ids=["no secret", "empty", "short", "long", "not ASCII", "no name", "empty name", "two names", "two secrets"],
)
def test_headers_from_elsewhere_are_refused_and_logged_as_a_failure(stranger, log, headers):
    assert stranger.post("/api/session/proxy", headers=headers).status_code == 401
    assert stranger.get("/api/session", headers=headers).status_code == 401
    assert log.said() == [("sign_in_failed", None, "")]
    assert log.entries[0].details == {"address": "127.0.0.1", "way": "proxy"}


def test_headers_alone_open_nothing_and_those_from_elsewhere_change_no_session(web, stranger):
    assert stranger.get("/api/cameras", headers=ANNA).status_code == 401
    stranger.post("/api/session", json=LOGIN)
    assert stranger.get("/api/cameras", headers={USER: "ben", SEAL: "wrong"}).status_code == 200


def test_a_name_that_is_no_account_or_a_disabled_one_is_refused(web, stranger, log):
    assert stranger.post("/api/session/proxy", headers=ANNA | {USER: "nobody"}).status_code == 401
    web.accounts.store.change("ben", version=None, role=Role.VIEWER, groups=None, disabled=True)
    assert stranger.post("/api/session/proxy", headers=ANNA | {USER: "ben"}).status_code == 401
    assert log.said() == [("sign_in_failed", None, ""), ("sign_in_failed", "ben", "")]


def test_a_session_does_not_count_for_whom_the_proxy_names_next(stranger):
    stranger.post("/api/session/proxy", headers=ANNA)
    assert stranger.get("/api/account", headers=ANNA).status_code == 200
    assert stranger.get("/api/account", headers=ANNA | {USER: "ben"}).status_code == 401
    assert stranger.post("/api/session/proxy", headers=ANNA | {USER: "ben"}).status_code == 204
    assert stranger.get("/api/account", headers=ANNA | {USER: "ben"}).json()["name"] == "ben"


def test_guesses_at_speed_must_wait_and_the_proxy_never_does(stranger, log):
    codes = [stranger.post("/api/session/proxy", headers=ANNA | {SEAL: f"{i}"}).status_code for i in range(9)]
    assert codes[:4] == [401] * 4
    assert set(codes[4:]) == {429}
    assert len(log.entries) == 4
    assert stranger.post("/api/session/proxy", headers=ANNA).status_code == 204


FORWARDED = "X-Forwarded-For"


@pytest.fixture
def forwarding(gateway, log):
    trust = ProxyTrust(USER, SEAL, SECRET, FORWARDED)
    with Served(gateway, WebSettings(port=0, max_per_visitor=2), audit=log, proxy=trust) as server:
        yield server


def guess(web, address, seal=SECRET):
    headers = {SEAL: seal, FORWARDED: address}
    return httpx.post(
        f"{web.address}/api/session",
        json=LOGIN | {"password": "wrong"},
        headers=headers,
        timeout=PATIENCE_S,
        verify=PLAIN,
    ).status_code


def test_visitors_behind_the_proxy_have_their_own_addresses_in_the_log_and_wait_by_themselves(forwarding, log):
    codes = until_refused(lambda: guess(forwarding, "203.0.113.9, 192.0.2.7"))
    assert codes[:4] == [401] * 4
    assert codes[-1] == 429
    assert {each.details["address"] for each in log.entries} == {"192.0.2.7"}
    assert guess(forwarding, "192.0.2.8") == 401
    assert (
        httpx.post(f"{forwarding.address}/api/session", json=LOGIN, timeout=PATIENCE_S, verify=PLAIN).status_code == 204
    )


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("192.0.2.7,_hidden", "127.0.0.1"),
    ],
)
def test_the_last_entry_of_the_proxy_is_the_address_if_it_is_one(forwarding, log, address, meant):
    guess(forwarding, address)
    assert log.entries[0].details["address"] == meant


@pytest.mark.parametrize("seal", ["", "wrong"])
def test_an_address_from_elsewhere_does_not_count(forwarding, log, seal):
    last = count()
    codes = until_refused(lambda: guess(forwarding, f"192.0.2.{next(last)}", seal))
    assert codes[:4] == [401] * 4
    assert codes[-1] == 429
    assert {each.details["address"] for each in log.entries} == {"127.0.0.1"}


def test_visitors_behind_the_proxy_are_limited_one_by_one(forwarding):
    bearer = {"Authorization": f"Bearer {forwarding.token}", SEAL: SECRET}
    with ExitStack() as open_:

        def events(address):
            client = open_.enter_context(httpx.Client(timeout=PATIENCE_S, verify=PLAIN))
            stream = client.stream("GET", f"{forwarding.address}/api/events", headers=bearer | {FORWARDED: address})
            return open_.enter_context(stream).status_code

        assert [events("192.0.2.7") for _ in range(3)] == [200, 200, 503]
        assert [events("192.0.2.8") for _ in range(3)] == [200, 200, 503]


def test_a_site_without_a_proxy_believes_no_header(gateway):
    with (
        Served(gateway, WebSettings(port=0)) as server,
        httpx.Client(base_url=server.address, timeout=PATIENCE_S, verify=PLAIN) as client,
    ):
        assert client.get("/api/session/ways").json()["proxy"] is False
        assert client.post("/api/session/proxy", headers=ANNA).status_code == 401
        assert client.post("/api/session/proxy", headers={USER: "anna", SEAL: ""}).status_code == 401


SITE = """
site: arena
cameras: [{name: door, address: "rtsp://10.0.0.1/s", purpose: to count people, legal_basis: consent}]
accounts:
  proxy:
"""


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("    secret: short", "too short"),
        (f"    secret: {'ä' * 40}", "characters that a header cannot carry"),
        (f"    secret: {SECRET}\n    user_header: X-Passerby-Secret", "are the same"),
        (f"    secret: {SECRET}\n    address_header: X-Forwarded-User", "are the same"),
        (f'    secret: {SECRET}\n    user_header: "a b"', "user_header"),
        ("    user_header: X-User", "secret"),
    ],
)
def test_a_proxy_that_could_be_imitated_is_refused_in_the_site_file(tmp_path, lines, reason):
    (tmp_path / "site.yaml").write_text(SITE + lines + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=reason) as caught:
        load_site(tmp_path / "site.yaml")
    assert SECRET not in str(caught.value)


def test_the_secret_is_read_from_a_file_and_shown_nowhere(tmp_path):
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    text = SITE + "    secret: ${file:" + str(tmp_path / "secret") + "}\n"
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    site = load_site(tmp_path / "site.yaml")
    assert site.accounts.proxy.secret.get_secret_value() == SECRET
    assert SECRET not in repr(site)
    assert SECRET not in repr(ProxyTrust(USER, SEAL, SECRET))
