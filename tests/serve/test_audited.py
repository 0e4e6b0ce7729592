"""What people do at the gateway is in the audit log; what cannot be logged is refused, and cameras go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.serve.api.test_streams import opened
from tests.serve.served import LOGIN, PASSWORD, Served, add_person
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until
from websockets.exceptions import InvalidStatus

from passerby.accounts.role import Role
from passerby.errors import AuditError
from passerby.settings.site.web import WebSettings


class Log:
    """An audit log in memory, whose disk can be full."""

    def __init__(self):
        self.entries = []
        self.full = False

    def append(self, entry):
        if self.full:
            raise AuditError("audit: the disk is full; free some space")
        self.entries.append(entry)
        return len(self.entries) - 1

    def said(self):
        return [(each.kind.value, each.account, each.subject) for each in self.entries]


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, log):
    with Served(gateway, WebSettings(port=0), audit=log, groups={"east": frozenset({"door"})}) as server:
        yield server


def test_signing_in_and_out_and_failing_to_are_logged_without_what_was_typed(web, stranger, log):
    stranger.post("/api/session", json=LOGIN | {"password": "of-my-bank"})
    stranger.post("/api/session", json={"account": "of-my-bank", "password": PASSWORD})
    stranger.post("/api/session", json=LOGIN)
    stranger.delete("/api/session")
    assert log.said() == [
        ("sign_in_failed", "anna", ""),
        ("sign_in_failed", None, ""),
        ("sign_in", "anna", ""),
        ("sign_out", "anna", ""),
    ]
    assert "of-my-bank" not in "".join(each.encoded().decode() for each in log.entries)
    assert log.entries[0].details == {"address": "127.0.0.1"}


@pytest.mark.parametrize("way", ["packets", "fragments"])
def test_a_view_is_logged_from_its_beginning_to_its_end(web, visitor, log, way):
    path = visitor.post("/api/cameras/door/streams/wall").json()[way]
    with opened(web, visitor, path=path) as watching:
        watching.recv(timeout=PATIENCE_S)
        assert log.said()[-1] == ("view_began", "anna", "door")
    until(lambda: log.said()[-1] == ("view_ended", "anna", "door"))
    assert log.entries[-1].details == {"stream": f"wall {way}"}
    assert log.entries[-1].at_s > log.entries[-2].at_s


def test_a_view_of_the_mosaic_names_its_cameras(web, visitor, log):
    path = visitor.post("/api/mosaic/stream").json()["packets"]
    with opened(web, visitor, path=path) as watching:
        watching.recv(timeout=PATIENCE_S)
    until(lambda: log.said()[-1] == ("view_ended", "anna", "door, hall"))


def test_a_call_by_webrtc_is_a_view_too(web, visitor, log):
    from tests.serve.api.test_whep import called

    whep = visitor.post("/api/cameras/door/streams/full").json()["whep"]
    called(visitor, whep, lambda answer: visitor.delete(answer.headers["location"]))
    until(lambda: [kind for kind, _, _ in log.said()[-2:]] == ["view_began", "view_ended"])


def test_every_change_of_an_account_or_token_is_logged(web, visitor, log):
    visitor.post("/api/accounts", json={"name": "ben", "role": "viewer", "groups": None})
    change = {"role": "operator", "groups": None, "disabled": True}
    visitor.put("/api/accounts/ben", json=change)
    visitor.put("/api/accounts/nobody", json=change)
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = visitor.post(
        "/api/tokens", json={"name": "x", "actions": ["read_metrics"], "ends": ends, "present": PASSWORD}
    ).json()
    visitor.delete(f"/api/tokens/{made['number']}")
    visitor.put("/api/account/password", json={"present": PASSWORD, "password": "nine-quiet-otters-swim"})
    assert log.said()[1:] == [
        ("account_added", "anna", "ben"),
        ("account_changed", "anna", "ben"),
        ("account_disabled", "anna", "ben"),
        ("token_created", "anna", "anna/x"),
        ("token_revoked", "anna", f"token {made['number']}"),
        ("account_changed", "anna", "anna"),
        ("sign_in", "anna", ""),
    ]
    assert log.entries[5].details == {"token": "anna/x"}
    said = "".join(each.encoded().decode() for each in log.entries)
    assert made["token"] not in said
    assert PASSWORD not in said


def test_what_cannot_be_logged_is_refused_with_the_reason_and_changes_nothing_while_cameras_go_on(web, visitor, log):
    path = visitor.post("/api/cameras/door/streams/wall").json()["packets"]
    other = visitor.post("/api/cameras/door/streams/wall").json()["packets"]
    with opened(web, visitor, path=path) as watching:
        watching.recv(timeout=PATIENCE_S)
        log.full = True
        with pytest.raises(InvalidStatus) as caught:
            opened(web, visitor, path=other)
        assert caught.value.response.status_code == 503
        new = {"name": "ben", "role": "viewer", "groups": None}
        answer = visitor.post("/api/accounts", json=new)
        assert answer.status_code == 503
        assert "the disk is full" in answer.json()["detail"]
        assert [each["name"] for each in visitor.get("/api/accounts").json()] == ["anna"]
        with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as second:
            assert second.post("/api/session", json=LOGIN).status_code == 503
            assert second.get("/api/session").status_code == 401
        assert visitor.get("/api/cameras").status_code == 200
        for _ in range(3):
            watching.recv(timeout=PATIENCE_S)
        visitor.delete("/api/session")  # leaving is never refused
        assert visitor.get("/api/session").status_code == 401


def test_what_somebody_may_not_do_is_logged_without_anything_that_they_chose(web, log):
    add_person(web.accounts, "ben", Role.VIEWER, frozenset({"east"}))
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as ben:
        assert ben.post("/api/session", json=LOGIN | {"account": "ben"}).status_code == 204
        for _ in range(12):
            assert ben.get("/api/accounts", params={"q": "of-my-bank"}).status_code == 403
        assert ben.get("/api/cameras/hall").status_code == 404
        assert ben.get("/api/cameras/of-my-bank").status_code == 404
        assert ben.get("/api/cameras/door").status_code == 200
        assert ben.get("/api/site").status_code == 403
    refused = [each for each in log.entries if each.kind == "access_refused"]
    assert [(each.account, each.subject, each.details["route"], each.details["times"]) for each in refused] == [
        ("ben", "", "GET /api/accounts", 1),
        ("ben", "", "GET /api/accounts", 10),
        ("ben", "hall", "GET /api/cameras/{camera}", 1),
        ("ben", "", "GET /api/site", 1),
    ]
    assert refused[2].details["action"] == "see_cameras"
    assert "of-my-bank" not in "".join(each.encoded().decode() for each in log.entries)


def test_strangers_leave_no_refusals_in_the_log(web, stranger, log):
    for path in ("/api/accounts", "/api/cameras/hall"):
        assert stranger.get(path).status_code == 401
    assert log.said() == []


def test_a_refused_view_of_a_stream_is_logged_too(web, log):
    add_person(web.accounts, "ben", Role.VIEWER, frozenset({"east"}))
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as ben:
        ben.post("/api/session", json=LOGIN | {"account": "ben"})
        assert ben.post("/api/cameras/hall/streams/full").status_code == 404
    assert (log.entries[-1].kind, log.entries[-1].subject) == ("access_refused", "hall")


def test_a_full_disk_changes_nothing_about_a_refusal(web, log):
    add_person(web.accounts, "ben", Role.VIEWER, frozenset({"east"}))
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as ben:
        ben.post("/api/session", json=LOGIN | {"account": "ben"})
        log.full = True
        assert ben.get("/api/accounts").status_code == 403
        assert ben.get("/api/cameras/hall").status_code == 404
