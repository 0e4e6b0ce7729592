"""Legal holds by HTTP: placed with a reason, and ended with the consent of a second person."""

from __future__ import annotations

import httpx
import pytest
from tests.serve.recordings import RecordingsStub, after
from tests.serve.served import LOGIN, Served, add_person
from tests.serve.test_audited import Log
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.accounts.role import Role
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served

HOLDS = "/api/recordings/door/holds"
WANTED = {"begin": after(0), "end": after(10), "reason": "Police file 12/2026."}


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, tmp_path, log):
    with RecordingsStub(tmp_path) as stub, Served(gateway, WebSettings(port=0), audit=log) as server:
        server.set_recordings(stub)
        add_person(server.accounts, "dora", Role.DATA_PROTECTION_OFFICER)
        yield server


def test_a_hold_is_placed_listed_and_ended_with_the_consent_of_a_second_person(web, visitor, log):
    made = visitor.post(HOLDS, json=WANTED)
    assert made.status_code == 201, made.text
    assert visitor.get(HOLDS).json() == [made.json()]
    assert visitor.get("/api/recordings/hall/holds").json() == []
    assert log.entries[-1].details["legal_hold"] == "placed"
    path = f"{HOLDS}/{made.json()['number']}"
    assert visitor.delete(path).status_code == 403
    asked = {"matter": "end_legal_hold", "camera": "door", "reason": "The case is closed."}
    assert visitor.post("/api/requests", json=asked).status_code == 422
    number = visitor.post("/api/requests", json=asked | {"hold": 1}).json()["number"]
    assert visitor.delete(path, params={"request": number}).status_code == 403
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as dora:
        dora.post("/api/session", json=LOGIN | {"account": "dora"})
        dora.post(f"/api/requests/{number}/decision", json={"granted": True})
        assert dora.post(HOLDS, json=WANTED).status_code == 403
    other = visitor.post(HOLDS, json=WANTED).json()["number"]
    assert visitor.delete(f"{HOLDS}/{other}", params={"request": number}).status_code == 403
    assert visitor.delete(path, params={"request": number}).status_code == 204
    assert [each["number"] for each in visitor.get(HOLDS).json()] == [other]
    assert visitor.delete(path).status_code == 404


@pytest.mark.parametrize("change", [{"reason": "x"}, {"end": after(-1)}, {"begin": "2026-01-01"}])
def test_a_wrong_hold_is_refused(visitor, change):
    assert visitor.post(HOLDS, json=WANTED | change).status_code == 422
