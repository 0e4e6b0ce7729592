"""The audit log by HTTP: newest first, in pages, for those who may read it; and for each person what is about them."""

from __future__ import annotations

import json
from contextlib import contextmanager

import httpx
import pytest
from tests.serve.served import LOGIN, Served, add_person, token_of
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served

NOON_S = 1_800_000_000.0
SEEN = [
    AuditEntry(AuditKind.STARTED, NOON_S, None),
    AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + 1, "ben", "door"),
    AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + 2, "ben/script", "door", {"from": "12:00"}),
    AuditEntry(AuditKind.VIEW_BEGAN, NOON_S + 3, "dora", "ben"),  # a camera that has the name of an account
    AuditEntry(AuditKind.ACCOUNT_CHANGED, NOON_S + 4, "anna", "ben"),
    AuditEntry(AuditKind.SIGN_IN_FAILED, NOON_S + 5, "benedict", details={"address": "10.0.0.7"}),
]


@pytest.fixture
def log(tmp_path):
    with AuditLog(tmp_path, "arena") as made:
        for each in SEEN[:4]:
            made.append(each)
        made.publish()
        for each in SEEN[4:]:
            made.append(each)
        yield made


@pytest.fixture
def web(gateway, tmp_path, log):
    with Served(gateway, WebSettings(port=0), state_folder=tmp_path) as server:
        add_person(server.accounts, "ben", Role.OPERATOR)
        add_person(server.accounts, "dora", Role.DATA_PROTECTION_OFFICER)
        yield server


@contextmanager
def signed_in(web, name):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as client:
        assert client.post("/api/session", json=LOGIN | {"account": name}).status_code == 204
        yield client


def indexes(answer):
    assert answer.status_code == 200, answer.text
    return [each["index"] for each in answer.json()]


def test_entries_come_newest_first_in_pages_and_as_they_were_logged(web):
    with signed_in(web, "dora") as dora:
        assert indexes(dora.get("/api/audit")) == [5, 4, 3, 2, 1, 0]
        assert dora.get("/api/audit").json()[3] == {
            "index": 2,
            "at": "2027-01-15T08:00:02Z",
            "kind": "view_began",
            "account": "ben/script",
            "subject": "door",
            "details": {"from": "12:00"},
        }
        seen, path = [], "/api/audit?limit=2&kind=view_began&kind=started"
        while path:
            answer = dora.get(path)
            seen.append(indexes(answer))
            path = answer.links.get("next", {}).get("url")
        assert seen == [[3, 2], [1, 0]]


def test_a_period_and_an_account_are_selected(web):
    with signed_in(web, "dora") as dora:
        span = {"start": "2027-01-15T08:00:01Z", "end": "2027-01-15T09:00:03+01:00"}
        assert indexes(dora.get("/api/audit", params=span)) == [2, 1]
        assert indexes(dora.get("/api/audit", params={"account": "ben"})) == [4, 2, 1]
        assert dora.get("/api/audit", params={"kind": "made_up"}).status_code == 422
        assert dora.get("/api/audit", params={"start": "2027-01-15"}).status_code == 422


def test_of_a_long_log_no_page_looks_at_more_than_so_many_entries(web, monkeypatch):
    monkeypatch.setattr("passerby.serve.api.audit._LOOKED_AT", 2)
    with signed_in(web, "dora") as dora:
        seen, path = [], "/api/audit?kind=started"
        while path:
            answer = dora.get(path)
            seen.append(indexes(answer))
            path = answer.links.get("next", {}).get("url")
    assert seen == [[], [], [0]]


def test_people_see_what_is_recorded_about_them_and_nothing_of_others(web):
    with signed_in(web, "ben") as ben:
        assert indexes(ben.get("/api/account/audit")) == [4, 2, 1]
        assert ben.get("/api/audit").status_code == 403
    script = {"Authorization": f"Bearer {token_of(web.accounts, 'ben', actions=frozenset(Action))}"}
    assert (
        httpx.get(f"{web.address}/api/account/audit", headers=script, timeout=PATIENCE_S, verify=PLAIN).status_code
        == 403
    )


def test_whoever_is_limited_to_some_cameras_cannot_read_the_log_of_the_site(web):
    add_person(web.accounts, "eve", Role.DATA_PROTECTION_OFFICER, frozenset({"east"}))
    with signed_in(web, "eve") as eve:
        assert eve.get("/api/audit").status_code == 403


def test_a_gateway_without_a_log_says_so(gateway):
    with Served(gateway, WebSettings(port=0)) as server:
        script = {"Authorization": f"Bearer {server.token}"}
        answer = httpx.get(f"{server.address}/api/audit", headers=script, timeout=PATIENCE_S, verify=PLAIN)
    assert (answer.status_code, "has no audit log" in answer.json()["detail"]) == (404, True)


def test_what_was_done_to_a_camera_is_selected_and_an_account_of_its_name_is_none(web, log):
    log.append(AuditEntry(AuditKind.EXPORT, NOON_S + 6, "anna", "door, hall"))
    log.append(AuditEntry(AuditKind.ACCOUNT_ADDED, NOON_S + 7, "anna", "door"))
    with signed_in(web, "dora") as dora:
        assert indexes(dora.get("/api/audit", params={"camera": "door"})) == [6, 2, 1]
        assert indexes(dora.get("/api/audit", params={"camera": "hall"})) == [6]
        assert indexes(dora.get("/api/audit", params={"camera": "do"})) == []


def test_the_log_is_verified_up_to_its_checkpoint_and_a_changed_entry_is_named(web, log, tmp_path):
    with signed_in(web, "dora") as dora:
        sound = dora.post("/api/audit/verification").json()
        assert (sound["entries"], sound["newer"], sound["problems"], sound["first_bad"]) == (4, 2, [], "")
        assert sound["key"].startswith("arena")
        assert len(bytes.fromhex(sound["root"])) == 32
        bundles = (tmp_path / "audit/log/tile/entries").rglob("*.p/*")  # one for each time that entries were published
        bundle = max(bundles, key=lambda each: int(each.name))
        bundle.write_bytes(bundle.read_bytes().replace(b'"ben/script"', b'"eve/script"'))
        changed = dora.post("/api/audit/verification").json()
        assert changed["first_bad"] == "2"
        assert "entry 2 was changed" in changed["problems"][0]
    with signed_in(web, "ben") as ben:
        assert ben.post("/api/audit/verification").status_code == 403


def test_the_log_is_exported_as_selected_and_each_person_gets_what_is_about_them(web):
    with signed_in(web, "dora") as dora:
        csv = dora.get("/api/audit/export", params={"camera": "door"})
        assert csv.headers["content-type"].startswith("text/csv")
        assert "passerby-audit.csv" in csv.headers["content-disposition"]
        assert [line.split(",")[0] for line in csv.text.splitlines()] == ["index", "1", "2"]
        lines = dora.get("/api/audit/export", params={"format": "jsonl", "kind": "started"}).text.splitlines()
        assert [json.loads(line)["index"] for line in lines] == [0]
    with signed_in(web, "ben") as ben:
        own = ben.get("/api/account/audit/export", params={"format": "jsonl"}).text.splitlines()
        assert [json.loads(line)["index"] for line in own] == [1, 2, 4]
        assert ben.get("/api/audit/export").status_code == 403
