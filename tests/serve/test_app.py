from __future__ import annotations

from collections import defaultdict

import pytest
from tests.serve.served import LOGIN

from passerby.accounts.request_pace import BURST, RequestPace
from passerby.errors import AuditError
from passerby.health.status import CameraState, Redaction

HIDDEN = ["/api/cameras", "/api/cameras/door", "/api/clock", "/api/session"]


@pytest.mark.parametrize("path", HIDDEN)
def test_nothing_is_told_before_signing_in(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "sign in first"


def test_every_address_of_the_api_but_these_needs_a_session(stranger):
    open_to_all = {("/healthz", "get"), ("/readyz", "get")}
    open_to_all |= {("/api/session/ways", "get"), ("/api/session/oidc/answer", "get")}
    ways = ("session", "session/oidc", "session/proxy", "session/passkey", "first-account", "invitation")
    keys = ("session/passkey/options", "first-account/passkey", "first-account/passkey/options")
    keys += ("invitation/passkey", "invitation/passkey/options", "session/oidc/logout", "witness/add-checkpoint")
    open_to_all |= {(f"/api/{way}", "post") for way in (*ways, *keys)}
    open_to_all |= {("/p/{camera}", "get"), ("/p/{camera}/picture.jpg", "get"), ("/public.css", "get")}
    paths = stranger.get("/api/openapi.json").json()["paths"]
    asked = {(path, method) for path, methods in paths.items() for method in methods} - open_to_all
    assert len(asked) >= 5
    for path, method in asked:
        there = path.format_map(defaultdict(lambda: "1", camera="door", stream="full", account="anna"))
        refused = 403 if path.startswith("/api/embedded/") else 401  # only pages of origins that the site file lists
        assert stranger.request(method, there).status_code == refused, f"{method} {path}"


def test_the_cookie_cannot_be_read_by_scripts_or_sent_from_other_sites(stranger, web):
    answer = stranger.post("/api/session", json=LOGIN)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"password": "nöt äscii"}, {"account": "nobody"}, {"account": ""}]
)
def test_a_wrong_account_or_password_is_refused_and_the_answer_says_not_which(stranger, wrong):
    answer = stranger.post("/api/session", json=LOGIN | wrong)
    assert (answer.status_code, answer.json()["detail"]) == (401, "account, password or code is wrong")


def test_a_script_comes_in_with_its_token_alone(stranger, web):
    assert stranger.get("/api/cameras", headers={"Authorization": f"Bearer {web.token}"}).status_code == 200
    assert stranger.get("/api/cameras", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_after_signing_out_nothing_is_told(visitor):
    assert visitor.delete("/api/session").status_code == 204
    assert visitor.get("/api/cameras").status_code == 401


def test_cameras_say_how_they_are(visitor, gateway):
    gateway.change("hall", state=CameraState.REFUSED, redaction=Redaction.NONE, detail="wrong password", since_s=0.0)
    door, hall = visitor.get("/api/cameras").json()
    assert (door["name"], door["state"], door["redaction"]) == ("door", "ok", "active")
    assert (hall["name"], hall["state"], hall["detail"]) == ("hall", "refused", "wrong password")
    assert hall["since"] == "1970-01-01T00:00:00Z"
    assert visitor.get("/api/cameras/hall").json() == hall


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/cameras/nowhere", 404),
        ("GET", "/api/nothing", 404),
        ("POST", "/api/cameras/door/streams/raw", 422),
        ("POST", "/api/cameras/nowhere/streams/full", 404),
        ("PUT", "/api/cameras", 405),
    ],
)
def test_every_error_is_a_problem_document(visitor, method, path, status):
    answer = visitor.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


def test_a_bug_is_a_problem_document_that_tells_nothing(web, visitor, gateway, monkeypatch):
    def broken():
        raise RuntimeError("rtsp://user:secret@10.0.0.5")

    monkeypatch.setattr(gateway, "statuses", broken)
    answer = visitor.get("/api/cameras")
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith("this is a bug in passerby")
    assert "secret" not in answer.text


def test_what_cannot_be_logged_is_a_problem_document_with_the_fix(web, visitor, gateway, monkeypatch):
    def unlogged():
        raise AuditError("the audit log cannot be written: the disk is full; free some space")

    monkeypatch.setattr(gateway, "statuses", unlogged)
    answer = visitor.get("/api/cameras")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "the disk is full; free some space" in answer.json()["detail"]


def test_the_openapi_document_is_version_3_1_and_has_no_identity(stranger):
    from tests.promises.source import properties
    from tests.promises.test_nobody_has_an_identity import IDENTITY

    document = stranger.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/cameras" in document["paths"]
    for path in ("/api/events", "/api/signals/stream", "/api/alerts/stream"):
        del document["paths"][path]  # the fields of any server-sent event; what ours hold is in the components
    assert not [name for name in properties(document) if IDENTITY.search(name)]
    assert not [name for name in properties(document) if "secret" in name.lower()]  # texts may say that there is none


def test_who_asks_far_too_often_waits_and_nobody_else_does(web, visitor):
    web.accounts.pace = RequestPace(clock=lambda: 0.0)
    for _ in range(int(BURST) - 1):
        web.accounts.pace.spend("anna")
    assert visitor.get("/api/cameras").status_code == 200
    answer = visitor.get("/api/cameras")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json()["detail"] == "anna asks too often; ask again in 1 s, and less often"
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/api/cameras", headers={"Authorization": f"Bearer {web.token}"}).status_code == 200
    assert visitor.delete("/api/session").status_code == 429  # every route counts
