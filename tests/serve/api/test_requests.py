"""Requests for a second person by HTTP."""

from __future__ import annotations

import httpx
import pytest
from tests.serve.served import LOGIN, Served, add_person, token_of
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.accounts.role import Role
from passerby.settings.site.web import WebSettings

ASKED = {
    "matter": "export",
    "camera": "door",
    "begin": "2026-06-01T12:00:00+02:00",
    "end": "2026-06-01T13:00:00+02:00",
    "reason": "The police asked for it, file 12/2026.",
}


@pytest.fixture
def web(gateway):
    with Served(gateway, WebSettings(port=0), groups={"east": frozenset({"door"})}) as server:
        add_person(server.accounts, "ben", Role.OPERATOR, frozenset({"east"}))
        add_person(server.accounts, "dora", Role.DATA_PROTECTION_OFFICER)
        yield server


@pytest.fixture
def ben(web):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as client:
        client.post("/api/session", json=LOGIN | {"account": "ben"})
        yield client


@pytest.fixture
def dora(web):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as client:
        client.post("/api/session", json=LOGIN | {"account": "dora"})
        yield client


def test_one_asks_and_another_one_decides(ben, dora):
    made = ben.post("/api/requests", json=ASKED)
    assert made.status_code == 201
    assert made.json()["details"] == {"from": "2026-06-01T10:00:00+00:00", "until": "2026-06-01T11:00:00+00:00"}
    decision = f"/api/requests/{made.json()['number']}/decision"
    assert ben.post(decision, json={"granted": True}).status_code == 403
    assert [each["state"] for each in dora.get("/api/requests").json()] == ["open"]
    assert dora.post(decision, json={"granted": True}).json()["decided_by"] == "dora"
    assert dora.post(decision, json={"granted": False}).status_code == 422
    assert [each["state"] for each in ben.get("/api/requests").json()] == ["granted"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"camera": "hall"}, 403),
        ({"matter": "less_cover", "begin": None, "end": None}, 403),
        ({"begin": None}, 422),
        ({"begin": ASKED["end"], "end": ASKED["begin"]}, 422),
        ({"begin": "2026-06-01T12:00:00"}, 422),
        ({"matter": "raw"}, 422),
        ({"reason": "x"}, 422),
    ],
)
def test_a_wrong_request_is_refused(ben, change, status):
    assert ben.post("/api/requests", json=ASKED | change).status_code == status


def test_a_request_out_of_scope_does_not_exist_and_a_token_is_nobody(web, visitor, ben):
    number = visitor.post("/api/requests", json=ASKED | {"camera": "hall"}).json()["number"]
    assert ben.get("/api/requests").json() == []
    assert ben.post(f"/api/requests/{number}/decision", json={"granted": True}).status_code == 404
    script = {"Authorization": f"Bearer {token_of(web.accounts, 'dora')}"}
    answer = httpx.post(
        f"{web.address}/api/requests/{number}/decision",
        json={"granted": True},
        headers=script,
        timeout=PATIENCE_S,
        verify=PLAIN,
    )
    assert answer.status_code == 403
