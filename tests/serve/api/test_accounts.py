"""Accounts and tokens by HTTP, as an administrator and as the person themselves."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from tests.serve.served import LOGIN, PASSWORD, Served, add_person
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until

from passerby.accounts.role import Role
from passerby.settings.site.web import WebSettings

OTHER = "nine-quiet-otters-swim"
GROUPS = {"east": frozenset({"door"})}
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture
def web(gateway):
    with Served(gateway, WebSettings(port=0), groups=GROUPS) as server:
        yield server


@pytest.fixture
def browser_of(web):
    """Return a function that signs somebody in and returns their browser, or the answer if they are refused."""
    with ExitStack() as open_:

        def browser(account="anna", password=PASSWORD, **more):
            client = open_.enter_context(httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN))
            answer = client.post("/api/session", json={"account": account, "password": password, **more})
            return client if answer.status_code == 204 else answer

        yield browser


def test_an_administrator_makes_an_account_whose_person_sets_the_password_with_a_link_once(web, visitor):
    made = visitor.post("/api/accounts", json={"name": "ben", "role": "viewer", "groups": ["east"]})
    assert made.status_code == 201
    path, _, key = made.json()["link"].rpartition("/")
    assert path == "/#/invitation"
    left = datetime.fromisoformat(made.json()["ends"]) - datetime.now(UTC)
    assert timedelta(hours=71) < left <= timedelta(hours=72)
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as ben:
        body = {"key": key, "password": OTHER}
        assert ben.post("/api/invitation", json=body | {"password": "password123"}).status_code == 422
        assert ben.post("/api/invitation", json=body).status_code == 204
        own = ben.get("/api/account").json()
        assert (own["name"], own["role"], own["cameras"]) == ("ben", "viewer", ["door"])
        assert [each["name"] for each in ben.get("/api/cameras").json()] == ["door"]
        assert ben.get("/api/accounts").status_code == 403
        assert ben.post("/api/invitation", json=body).status_code == 401


def test_a_limited_administrator_cannot_widen_their_own_scope(web, browser_of):
    add_person(web.accounts, "carl", Role.ADMINISTRATOR, frozenset({"east"}))
    carl = browser_of("carl")
    for method, path in (("GET", "/api/accounts"), ("PUT", "/api/accounts/carl"), ("POST", "/api/accounts")):
        body = {"name": "dora", "role": "administrator", "groups": None, "disabled": False}
        answer = carl.request(method, path, json=body)
        assert answer.status_code == 403
        assert "limited to some cameras" in answer.json()["detail"]


def test_of_two_editors_the_second_gets_412_and_a_disabled_account_is_out_at_once(web, visitor, browser_of):
    add_person(web.accounts, "ben", Role.VIEWER)
    ben = browser_of("ben")
    seen = visitor.get("/api/accounts/ben").headers["etag"]
    change = {"role": "operator", "groups": None, "disabled": False}
    match = {"If-Match": seen}
    assert visitor.put("/api/accounts/ben", json=change, headers=match).json()["role"] == "operator"
    assert visitor.put("/api/accounts/ben", json=change, headers=match).status_code == 412
    assert ben.get("/api/session").status_code == 204
    assert visitor.put("/api/accounts/ben", json=change | {"disabled": True}).status_code == 200
    assert ben.get("/api/session").status_code == 401
    assert visitor.put("/api/accounts/anna", json=change | {"disabled": True}).status_code == 422
    assert visitor.get("/api/accounts/nobody").status_code == 404


def test_accounts_come_in_pages(web, visitor):
    for name in ("Dora", "ben", "carl"):
        add_person(web.accounts, name, Role.VIEWER)
    path, seen = "/api/accounts?limit=3", []
    while path:
        answer = visitor.get(path)
        seen.append([each["name"] for each in answer.json()])
        path = answer.links.get("next", {}).get("url")
    assert seen == [["anna", "ben", "carl"], ["Dora"]]


def test_a_token_is_shown_once_and_stops_when_it_is_revoked(web, visitor):
    body = {"name": "prometheus", "actions": ["read_metrics"], "ends": TOMORROW, "present": PASSWORD}
    made = visitor.post("/api/tokens", json=body).json()
    assert made["token"].startswith("passerby_")
    assert not [each for each in visitor.get("/api/tokens").json() if "token" in each]
    script = {"Authorization": f"Bearer {made['token']}"}
    assert httpx.get(f"{web.address}/metrics", headers=script, timeout=PATIENCE_S, verify=PLAIN).status_code == 200
    assert httpx.get(f"{web.address}/api/cameras", headers=script, timeout=PATIENCE_S, verify=PLAIN).status_code == 403
    assert (
        httpx.post(
            f"{web.address}/api/tokens", headers=script, json=body | {"name": "more"}, timeout=PATIENCE_S, verify=PLAIN
        ).status_code
        == 403
    )
    assert visitor.delete(f"/api/tokens/{made['number']}").status_code == 204
    assert httpx.get(f"{web.address}/metrics", headers=script, timeout=PATIENCE_S, verify=PLAIN).status_code == 401
    assert visitor.post("/api/tokens", json=body | {"ends": "2000-01-01T00:00:00Z"}).status_code == 422


def test_a_stolen_session_makes_no_token_that_outlives_it(web, visitor):
    body = {"name": "mine", "actions": ["see_cameras"], "ends": TOMORROW}
    for path in ("/api/tokens", "/api/cameras/door/tickets"):
        for missing in ({}, {"present": ""}):
            answer = visitor.post(path, json=body | missing)
            assert (answer.status_code, "current password" in answer.json()["detail"]) == (403, True)
        for _ in range(2):
            assert visitor.post(path, json=body | {"present": OTHER}).status_code == 403
    assert len(visitor.get("/api/tokens").json()) == 1  # that of the fixture
    assert visitor.post("/api/tokens", json=body | {"present": PASSWORD}).status_code == 429  # as for any guesses


def test_a_token_cannot_sign_out(web):
    script = {"Authorization": f"Bearer {web.token}"}
    with httpx.Client(base_url=web.address, headers=script, timeout=PATIENCE_S, verify=PLAIN) as client:
        for method, path in (("DELETE", "/api/session"), ("POST", "/api/session/oidc/end")):
            answer = client.request(method, path)
            assert answer.status_code == 403
            assert "revoke" in answer.json()["detail"]
        assert client.get("/api/cameras").status_code == 200


def test_people_see_and_revoke_their_own_tokens_only(web, visitor, browser_of):
    add_person(web.accounts, "ben", Role.VIEWER)
    ben = browser_of("ben")
    assert ben.get("/api/tokens").json() == []
    theirs = visitor.get("/api/tokens").json()[0]["number"]
    assert ben.delete(f"/api/tokens/{theirs}").status_code == 404
    body = {"name": "mine", "actions": ["manage_accounts", "see_cameras"], "ends": TOMORROW, "present": PASSWORD}
    mine = ben.post("/api/tokens", json=body).json()
    script = {"Authorization": f"Bearer {mine['token']}"}
    assert httpx.get(f"{web.address}/api/accounts", headers=script, timeout=PATIENCE_S, verify=PLAIN).status_code == 403
    assert httpx.get(f"{web.address}/api/cameras", headers=script, timeout=PATIENCE_S, verify=PLAIN).status_code == 200


def test_a_stolen_cookie_opens_nothing_after_signing_out(web, visitor):
    stolen = dict(visitor.cookies)
    with httpx.Client(base_url=web.address, cookies=stolen, timeout=PATIENCE_S, verify=PLAIN) as thief:
        assert thief.get("/api/cameras").status_code == 200
        visitor.delete("/api/session")
        assert thief.get("/api/cameras").status_code == 401


def test_signing_in_gives_a_new_session_and_ends_the_one_before(web, visitor):
    before = {name: value for name, value in visitor.cookies.items() if "session" in name}
    assert visitor.post("/api/session", json=LOGIN).status_code == 204
    after = {name: value for name, value in visitor.cookies.items() if "session" in name}
    assert before.keys() == after.keys()
    assert before != after
    assert httpx.get(f"{web.address}/api/session", cookies=before, timeout=PATIENCE_S, verify=PLAIN).status_code == 401


def test_a_session_that_somebody_else_chose_is_not_taken_over(web, browser_of):
    (name,) = [cookie for cookie in browser_of().cookies if "session" in cookie]
    with httpx.Client(
        base_url=web.address, cookies={name: "chosen-by-an-attacker"}, timeout=PATIENCE_S, verify=PLAIN
    ) as victim:
        answer = victim.post("/api/session", json=LOGIN)
        assert "chosen-by-an-attacker" not in answer.headers["set-cookie"]
    assert (
        httpx.get(
            f"{web.address}/api/session", cookies={name: "chosen-by-an-attacker"}, timeout=PATIENCE_S, verify=PLAIN
        ).status_code
        == 401
    )


def test_sessions_are_listed_and_ended_one_by_one_and_everywhere(web, visitor, browser_of):
    elsewhere, third = browser_of(), browser_of()
    listed = visitor.get("/api/account/sessions").json()
    assert [each["this"] for each in listed] == [True, False, False]
    assert {each["address"] for each in listed} == {"127.0.0.1"}
    assert visitor.delete(f"/api/account/sessions/{listed[1]['number']}").status_code == 204
    assert elsewhere.get("/api/session").status_code == 401
    assert visitor.delete(f"/api/account/sessions/{listed[1]['number']}").status_code == 404
    assert third.delete("/api/account/sessions").status_code == 204
    assert [each.get("/api/session").status_code for each in (visitor, third)] == [401, 401]


def test_somebody_elses_session_cannot_be_ended(web, visitor, browser_of):
    add_person(web.accounts, "ben", Role.VIEWER)
    number = visitor.get("/api/account/sessions").json()[0]["number"]
    ben = browser_of("ben")
    assert ben.delete(f"/api/account/sessions/{number}").status_code == 404
    assert visitor.get("/api/session").status_code == 204


def test_a_new_password_needs_the_present_one_and_ends_all_other_sessions(web, visitor, browser_of):
    elsewhere = browser_of()
    change = {"present": "wrong", "password": OTHER}
    assert visitor.put("/api/account/password", json=change).status_code == 403  # not 401: the session goes on
    weak = {"present": PASSWORD, "password": "password123"}
    assert visitor.put("/api/account/password", json=weak).status_code == 422
    assert visitor.put("/api/account/password", json=change | {"present": PASSWORD}).status_code == 204
    assert visitor.get("/api/session").status_code == 204
    assert elsewhere.get("/api/session").status_code == 401
    assert browser_of().status_code == 401
    assert not isinstance(browser_of(password=OTHER), httpx.Response)


def test_an_app_is_set_up_with_a_code_and_needed_from_then_on(web, visitor, browser_of):
    offered = visitor.post("/api/account/app").json()
    assert offered["address"].startswith("otpauth://totp/passerby%20arena:anna?secret=")
    app = pyotp.TOTP(offered["seed"])
    proof = {"present": PASSWORD, "seed": offered["seed"], "code": app.at(int(time.time()))}
    assert visitor.put("/api/account/app", json=proof | {"code": "1"}).status_code == 422
    assert visitor.put("/api/account/app", json=proof | {"seed": "AA"}).status_code == 422
    assert visitor.put("/api/account/app", json=proof | {"present": "wrong"}).status_code == 403
    assert visitor.put("/api/account/app", json=proof).status_code == 204
    assert browser_of().status_code == 401
    later = app.at(int(time.time()) + 30)
    assert not isinstance(browser_of(code=later), httpx.Response)
    assert browser_of(code=later).status_code == 401
    assert visitor.post("/api/account/app/removal", json={"present": PASSWORD}).status_code == 204
    assert not isinstance(browser_of(), httpx.Response)


def test_wrong_passwords_at_speed_get_429_with_the_time_to_wait(web, browser_of):
    for _ in range(4):
        assert browser_of(password="wrong").status_code == 401
    answer = browser_of()
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_an_account_that_is_changed_elsewhere_changes_here(web, visitor, tmp_path, browser_of):
    add_person(web.accounts, "ben", Role.VIEWER)
    ben = browser_of("ben")
    web.accounts.store.change("ben", version=None, role=Role.ANALYST, groups=None, disabled=False)
    until(lambda: ben.get("/api/account").json()["role"] == "analyst")
    assert ben.post("/api/cameras/door/streams/full").status_code == 403
