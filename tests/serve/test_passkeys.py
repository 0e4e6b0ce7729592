"""Passkeys by HTTP with a security key in software, and in a browser with one that the browser acts."""

from __future__ import annotations

import time
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import expect
from tests.accounts.device import Device
from tests.accounts.made import Clock, accounts_at
from tests.serve.browser import visits_of
from tests.serve.served import LOGIN, PASSWORD, Served, add_person
from tests.serve.test_audited import Log
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until, until_refused

from passerby.accounts.challenge import CHALLENGE_S, Challenges
from passerby.accounts.role import Role
from passerby.serve.auth.proof import RECENT_S
from passerby.serve.server import WebServer
from passerby.settings.site.web import WebSettings


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, log):
    with Served(gateway, WebSettings(port=0), audit=log) as server:
        yield server


def named(web):
    """Return the page's address under a host name: passkeys do not work under an IP address."""
    return web.address.replace("127.0.0.1", "localhost")


@contextmanager
def browser(web):
    with httpx.Client(base_url=named(web), timeout=PATIENCE_S, verify=PLAIN) as client:
        yield client


@pytest.fixture
def stranger(web):
    with browser(web) as client:
        yield client


def offered(client, path, **body):
    answer = client.post(f"{path}/options", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["options"]


def added(client, device, name="key", present=PASSWORD):
    made = device.create(offered(client, "/api/account/passkeys", present=present))
    return client.post("/api/account/passkeys", json={"name": name, "answer": made})


def signed_in(client, device, account="", **change):
    answer = device.sign(offered(client, "/api/session/passkey", account=account))
    return client.post("/api/session/passkey", json={"answer": answer | change})


@pytest.fixture
def device(web, visitor):
    """Return a device with a passkey of anna, who is signed out."""
    made = Device(named(web))
    assert added(visitor, made).status_code == 201
    visitor.delete("/api/session")
    return made


@pytest.mark.parametrize("account", ["", "anna", "ANNA"])
def test_a_passkey_signs_in_with_and_without_a_name_and_needs_no_password(web, device, stranger, log, account):
    assert signed_in(stranger, device, account).status_code == 204
    assert stranger.get("/api/account").json()["name"] == "anna"
    assert log.said()[-1] == ("sign_in", "anna", "")
    assert log.entries[-1].details == {"address": "127.0.0.1", "way": "passkey"}
    (own,) = stranger.get("/api/account/passkeys").json()
    assert (own["name"], own["host"]) == ("key", "localhost")
    assert own["used"] is not None


def test_a_replayed_answer_is_refused_in_any_browser_and_logged(web, device, stranger, log):
    device.counts = False  # so that nothing but the challenge tells
    answer = {"answer": device.sign(offered(stranger, "/api/session/passkey"))}
    assert stranger.post("/api/session/passkey", json=answer).status_code == 204
    for _ in range(2):
        with browser(web) as thief:
            again = thief.post("/api/session/passkey", json=answer)
            assert again.status_code == 401
            assert "answered before" in again.json()["detail"]
            assert thief.get("/api/session").status_code == 401
    assert log.said()[-1] == ("sign_in_failed", "anna", "")
    assert log.entries[-1].details == {"address": "127.0.0.1", "way": "passkey"}


def test_a_copy_of_a_passkey_is_noticed_by_its_count(web, device, stranger):
    assert signed_in(stranger, device).status_code == 204
    device.count -= 1
    assert signed_in(stranger, device).status_code == 401
    device.count += 1
    assert signed_in(stranger, device).status_code == 204


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://localhost.example.org"},
        {"origin": "http://localhost:1"},
        {"host": "example.org"},
        {"verifies": False},
        {"handle": b"somebody else"},
        {"key": Device("").key},
        {"id": b"unknown"},
    ],
    ids=["another page", "another port", "another host", "no PIN", "another account", "forged", "unknown"],
)
def test_an_answer_that_is_not_of_this_page_person_and_key_is_refused(web, device, stranger, log, change):
    for name, value in change.items():
        setattr(device, name, value)
    assert signed_in(stranger, device).status_code == 401
    assert stranger.get("/api/session").status_code == 401
    kind, _, _ = log.said()[-1]
    assert kind == "sign_in_failed"


@pytest.mark.parametrize(
    "answer", [{}, {"response": 3}, {"response": {"clientDataJSON": "!"}}, {"id": "x", "rawId": "x", "type": "x"}]
)
def test_what_is_no_answer_of_a_passkey_is_refused_in_a_sentence(stranger, answer):
    refused = stranger.post("/api/session/passkey", json={"answer": answer})
    assert refused.status_code == 401
    assert refused.json()["detail"] == "this is not the answer of a passkey; load the page again"


def test_a_challenge_counts_for_one_purpose_only(web, device, visitor):
    visitor.post("/api/session", json=LOGIN)
    own = offered(visitor, "/api/account/passkeys", present=PASSWORD)
    assert visitor.post("/api/session/passkey", json={"answer": device.sign(own)}).status_code == 401
    other = Device(named(web)).create(own)
    with browser(web) as second:  # anna too, but another session
        second.post("/api/session", json=LOGIN)
        assert second.post("/api/account/passkeys", json={"name": "x", "answer": other}).status_code == 401
    assert visitor.post("/api/account/passkeys", json={"name": "x", "answer": other}).status_code == 201
    again = visitor.post("/api/account/passkeys", json={"name": "x", "answer": other})
    assert again.status_code == 401


def test_a_challenge_ends_after_minutes_and_counts_once():
    clock = Clock(1000.0)
    challenges = Challenges(clock=clock)
    first, second = challenges.new("a"), challenges.new("a")
    assert challenges.holds(first, "a")
    assert not challenges.holds(first, "b")
    assert not challenges.holds(first[:-1] + bytes([first[-1] ^ 1]), "a")
    assert not challenges.holds(b"", "a")
    assert not Challenges(clock=clock).holds(first, "a")
    assert challenges.use(first)
    assert not challenges.use(first)
    assert not challenges.holds(first, "a")
    clock.now_s += CHALLENGE_S - 0.5
    assert challenges.holds(second, "a")
    clock.now_s += 0.5
    assert not challenges.holds(second, "a")


def test_a_stranger_cannot_learn_who_has_an_account_or_a_passkey(web, device, stranger):
    add_person(web.accounts, "ben", Role.VIEWER)
    listed = {}
    for name in ("anna", "ben", "nobody"):
        first, second = (offered(stranger, "/api/session/passkey", account=name) for _ in range(2))
        assert first["allowCredentials"] == second["allowCredentials"]
        listed[name] = [each["id"] for each in first["allowCredentials"]]
    assert listed["anna"] == [device.name]
    assert len(listed["ben"]) == len(listed["nobody"]) == 1
    assert {len(*each) for each in listed.values()} == {len(device.name)}
    assert len({each for (each,) in listed.values()}) == 3


def test_a_disabled_account_is_refused(web, device, stranger, log):
    add_person(web.accounts, "carl")
    web.accounts.store.change("anna", version=None, role=Role.ADMINISTRATOR, groups=None, disabled=True)
    assert signed_in(stranger, device).status_code == 401
    assert log.said()[-1] == ("sign_in_failed", "anna", "")


def test_adding_and_removing_need_the_password_and_are_logged(web, device, visitor, log):
    visitor.post("/api/session", json=LOGIN)
    path = "/api/account/passkeys"
    assert visitor.post(f"{path}/options", json={"present": "wrong"}).status_code == 403
    (own,) = visitor.get(path).json()
    one = f"{path}/{own['number']}"
    assert visitor.put(one, json={"name": "my phone"}).status_code == 204
    assert visitor.put(one, json={"name": " "}).status_code == 422
    assert [each["name"] for each in visitor.get(path).json()] == ["my phone"]
    assert visitor.post(f"{one}/removal", json={"present": ""}).status_code == 403
    assert visitor.post(f"{one}/removal", json={"present": PASSWORD}).status_code == 204
    assert visitor.post(f"{one}/removal", json={"present": PASSWORD}).status_code == 422
    assert visitor.get(path).json() == []
    assert signed_in(visitor, device).status_code == 401
    said = [each.details.get("credential") for each in log.entries]
    assert [each for each in said if each] == ["passkey added", "passkey renamed", "passkey removed"]
    assert device.name not in "".join(each.encoded().decode() for each in log.entries)


def test_a_person_cannot_touch_the_passkeys_of_others(web, device, stranger):
    add_person(web.accounts, "ben", Role.VIEWER)
    assert stranger.post("/api/session", json=LOGIN | {"account": "ben"}).status_code == 204
    assert stranger.get("/api/account/passkeys").json() == []
    assert stranger.put("/api/account/passkeys/1", json={"name": "mine"}).status_code == 422
    assert stranger.post("/api/account/passkeys/1/removal", json={"present": PASSWORD}).status_code == 422
    copy = Device(named(web), id=device.id, key=device.key)
    assert added(stranger, copy).status_code == 422  # one passkey is of one account
    assert signed_in(stranger, device).status_code == 204


def test_a_reset_by_link_removes_passkeys_and_an_own_new_password_does_not(web, device, stranger):
    change = {"present": PASSWORD, "password": "nine-quiet-otters-swim"}
    stranger.post("/api/session", json=LOGIN)
    assert stranger.put("/api/account/password", json=change).status_code == 204
    assert signed_in(stranger, device).status_code == 204
    link = stranger.post("/api/accounts/anna/reset").json()["link"]
    body = {"key": link.rpartition("/")[2], "password": PASSWORD}
    assert stranger.post("/api/invitation", json=body).status_code == 204
    assert signed_in(stranger, device).status_code == 401


def test_an_invited_person_can_set_a_passkey_instead_of_a_password_once(web, visitor, log, device, stranger):
    visitor.post("/api/session", json=LOGIN)
    made = visitor.post("/api/accounts", json={"name": "ben", "role": "viewer", "groups": None}).json()
    key, path, own = made["link"].rpartition("/")[2], "/api/invitation/passkey", Device(named(web))
    assert stranger.post(f"{path}/options", json={"key": "x"}).status_code == 401
    answer = own.create(offered(stranger, path, key=key))
    other = visitor.post("/api/accounts/anna/reset").json()["link"].rpartition("/")[2]
    body = {"key": key, "name": "phone", "answer": answer}
    assert stranger.post(path, json=body | {"key": other}).status_code == 401  # made for another link
    assert stranger.post(path, json=body).status_code == 204
    assert stranger.get("/api/account").json()["name"] == "ben"
    assert stranger.get("/api/account").json()["has_password"] is False
    assert signed_in(stranger, own).status_code == 204
    assert stranger.post(path, json=body).status_code == 401
    assert stranger.post("/api/invitation", json={"key": key, "password": PASSWORD}).status_code == 401
    assert "passkey added with a link" in [each.details.get("credential") for each in log.entries]


def test_a_link_accepted_by_passkey_removes_what_the_person_signed_in_with_before(web, device, stranger):
    stranger.post("/api/session", json=LOGIN)
    key = stranger.post("/api/accounts/anna/reset").json()["link"].rpartition("/")[2]
    path, own = "/api/invitation/passkey", Device(named(web))
    answer = own.create(offered(stranger, path, key=key))
    assert stranger.post(path, json={"key": key, "name": "new", "answer": answer}).status_code == 204
    with browser(web) as other:
        assert other.post("/api/session", json=LOGIN).status_code == 401
        assert signed_in(other, device).status_code == 401
        assert signed_in(other, own).status_code == 204


def test_under_an_ip_address_the_answer_says_which_name_to_use(web):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as client:
        refused = client.post("/api/session/passkey/options", json={})
    assert refused.status_code == 422
    assert "passkeys need a host name" in refused.json()["detail"]


def test_wrong_answers_at_speed_must_wait(web, device, stranger):
    device.key = Device("").key
    codes = until_refused(lambda: signed_in(stranger, device).status_code)
    assert codes[:4] == [401] * 4
    assert codes[-1] == 429


def test_behind_a_proxy_with_tls_the_origin_is_https(gateway):
    web = WebSettings(port=0, names=("gateway.example.org",))
    with (
        Served(gateway, web) as server,
        httpx.Client(base_url=server.address, timeout=PATIENCE_S, verify=PLAIN) as client,
    ):
        client.headers["host"] = "gateway.example.org"
        assert client.post("/api/session", json=LOGIN).status_code == 204
        own = Device("https://gateway.example.org", "gateway.example.org")
        assert added(client, own).status_code == 201
        assert signed_in(client, own).status_code == 204
        own.origin = "http://gateway.example.org"
        assert signed_in(client, own).status_code == 401


@pytest.fixture
def empty(gateway, tmp_path):
    clock = Clock(time.time())
    with WebServer(gateway, WebSettings(port=0), accounts=accounts_at(tmp_path / "accounts.db", clock)) as server:
        server.clock = clock
        yield server


def test_the_first_administrator_can_be_made_with_a_passkey_alone(empty):
    key = empty.first_link.rpartition("/")[2]
    device = Device(named(empty))
    path = "/api/first-account/passkey"
    with browser(empty) as client:
        assert client.post(f"{path}/options", json={"key": "x", "account": "zoe"}).status_code == 401
        made = device.create(offered(client, path, key=key, account="zoe"))
        body = {"key": key, "account": "zoe", "name": "key", "answer": made}
        assert client.post(path, json=body | {"key": "x"}).status_code == 401
        assert client.post(path, json=body | {"account": "eve"}).status_code == 401
        assert client.post(path, json=body).status_code == 204
        own = client.get("/api/account").json()
        assert (own["name"], own["role"], own["has_password"]) == ("zoe", "administrator", False)
        assert empty.first_link == ""
        assert client.post("/api/session", json={"account": "zoe", "password": ""}).status_code == 401
        assert signed_in(client, device).status_code == 204


def test_without_a_password_changes_need_a_recent_session_and_the_last_passkey_stays(empty):
    key = empty.first_link.rpartition("/")[2]
    device, path = Device(named(empty)), "/api/first-account/passkey"
    with browser(empty) as client:
        made = device.create(offered(client, path, key=key, account="zoe"))
        client.post(path, json={"key": key, "account": "zoe", "name": "key", "answer": made})
        refused = client.post("/api/account/passkeys/1/removal", json={"present": ""})
        assert refused.status_code == 422
        assert "only way to sign in" in refused.json()["detail"]
        empty.clock.now_s += RECENT_S + 1
        refused = client.post("/api/account/passkeys/options", json={"present": ""})
        assert refused.status_code == 403
        assert "sign out and in again" in refused.json()["detail"]
        assert signed_in(client, device).status_code == 204
        assert added(client, Device(named(empty)), present="").status_code == 201
        assert client.post("/api/account/passkeys/1/removal", json={"present": ""}).status_code == 204


# --- in a browser --------------------------------------------------------------------------------


@contextmanager
def with_key(chromium):
    """Give a page with a virtual security key that asks for a PIN, and fail on any error in the page."""
    with visits_of(chromium) as visits:
        page = visits.open(expected="Failed to load resource")
        tools = page.context.new_cdp_session(page)
        tools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield page


@pytest.mark.slow
def test_a_person_adds_a_passkey_and_signs_in_with_it_in_a_browser(chromium, web):
    with with_key(chromium) as page:
        page.goto(named(web))
        page.get_by_label("Account").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("link", name="Account").click()
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_label("Name, such as: phone").fill("laptop")
        page.get_by_label("Current password").fill(PASSWORD)
        page.get_by_role("button", name="Add the passkey").click()
        page.get_by_role("listitem").get_by_text("laptop").wait_for()

        for name in ("", "anna"):
            page.get_by_role("button", name="Sign out", exact=True).click()
            page.get_by_label("Account").fill(name)
            with page.expect_request("**/api/session/passkey") as sent:
                page.get_by_role("button", name="Sign in with a passkey").click()
            page.get_by_role("button", name="Sign out", exact=True).wait_for()
        with browser(web) as thief:
            stolen = thief.post("/api/session/passkey", json=sent.value.post_data_json)
            assert stolen.status_code == 401

        page.get_by_role("link", name="Account").click()
        row = page.get_by_role("listitem").filter(has_text="laptop")
        row.get_by_role("button", name="Rename").click()
        page.get_by_label("New name").fill("work laptop")
        page.get_by_role("button", name="Rename").click()
        page.get_by_text("work laptop").wait_for()
        page.get_by_role("button", name="Remove", exact=True).click()
        page.get_by_label("Current password").fill(PASSWORD)
        page.get_by_role("button", name="Remove the passkey").click()
        page.get_by_text("With a passkey you sign in").wait_for()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_role("alert").get_by_text("this passkey is not valid here").wait_for()


@pytest.mark.slow
def test_the_first_link_makes_an_administrator_with_a_passkey_in_a_browser(chromium, empty):
    with with_key(chromium) as page:
        page.goto(empty.first_link.replace("127.0.0.1", "localhost"))
        page.get_by_label("Account").fill("zoe")
        page.get_by_role("button", name="Use a passkey instead of a password").click()
        page.get_by_role("button", name="Sign out", exact=True).wait_for()
        until(lambda: empty.first_link == "")


@pytest.mark.slow
def test_under_an_ip_address_the_page_offers_no_passkeys(chromium, web):
    with with_key(chromium) as page:
        page.goto(web.address)
        page.get_by_role("button", name="Sign in", exact=True).wait_for()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
