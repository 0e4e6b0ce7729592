"""Exports by HTTP: jobs for one person, with a second one's consent, and complete or not there at all."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from contextlib import contextmanager

import av
import httpx
import pytest
from tests.serve.recordings import RecordingsStub, after
from tests.serve.served import LOGIN, Served, add_person
from tests.serve.test_audited import Log
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, eventually, until

from passerby.accounts.role import Role
from passerby.accounts.two_person_request import Matter
from passerby.outputs.recording.exports import KEPT, Exports
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served

WANTED = {
    "cameras": ["door", "hall"],
    "begin": after(5),
    "end": after(25),
    "reason": "The police asked for it, file 12/2026.",
    "case": "12/2026",
}


class Clock:
    def __init__(self):
        self.ahead_s = 0.0

    def __call__(self):
        return time.time() + self.ahead_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stub(tmp_path, clock):
    with RecordingsStub(tmp_path, clock=clock) as made:
        yield made


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, stub, log):
    with Served(gateway, WebSettings(port=0), audit=log, two_persons=frozenset({Matter.EXPORT})) as server:
        add_person(server.accounts, "ben", Role.OPERATOR)
        add_person(server.accounts, "dora", Role.DATA_PROTECTION_OFFICER)
        server.set_recordings(stub)
        yield server


@contextmanager
def signed_in(web, name):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as client:
        assert client.post("/api/session", json=LOGIN | {"account": name}).status_code == 204
        yield client


@pytest.fixture
def ben(web):
    with signed_in(web, "ben") as client:
        yield client


@pytest.fixture
def agreed(web, ben):
    """Return the numbers of requests of ben to which dora has agreed, by camera."""
    numbers = {}
    with signed_in(web, "dora") as dora:
        for camera in WANTED["cameras"]:
            asked = {
                "matter": "export",
                "camera": camera,
                "begin": after(0),
                "end": after(30),
                "reason": WANTED["reason"],
            }
            numbers[camera] = ben.post("/api/requests", json=asked).json()["number"]
            dora.post(f"/api/requests/{numbers[camera]}/decision", json={"granted": True})
    return numbers


def states(client):
    return {each["number"]: each["state"] for each in client.get("/api/requests").json()}


def over(client, job):
    found = []

    def is_over():
        found[:] = [client.get(f"/api/exports/{job['export']}").json()]
        return found[0]["state"] not in {"waiting", "running"}

    until(is_over)
    return found[0]


def test_an_export_with_consent_is_written_reported_fetched_and_logged(ben, agreed, log, stub):
    ordered = ben.post("/api/exports", json=WANTED | {"requests": agreed})
    assert ordered.status_code == 202
    assert ordered.headers["location"] == f"/api/exports/{ordered.json()['export']}"
    done = over(ben, ordered.json())
    assert (done["state"], done["share"], done["problem"]) == ("done", 1.0, "")
    assert [(each["name"], each["pictures"]) for each in done["files"]] == [("door.mp4", 201), ("hall.mp4", 201)]
    path = f"/api/exports/{done['export']}/files"
    video = ben.get(f"{path}/door.mp4")
    assert hashlib.sha256(video.content).hexdigest() == done["files"][0]["sha256"]
    with av.open(io.BytesIO(video.content)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 201
    report = ben.get(f"{path}/report.json")
    assert report.json()["case"] == "12/2026"
    assert report.json()["requests"] == agreed
    assert hashlib.sha256(report.content).hexdigest() == done["report_sha256"]
    assert video.headers["accept-ranges"] == "bytes"
    part = ben.get(f"{path}/door.mp4", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, video.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(video.content)}"
    assert ben.get(f"{path}/door.mp4", headers={"Range": "bytes=99999999-"}).status_code == 416
    exports = [each for each in log.entries if each.kind.value == "export"]
    assert [each.subject for each in exports[:3]] == ["door", "hall", "door, hall"]
    assert exports[0].details["request"] == agreed["door"]
    assert exports[2].details["report_sha256"] == done["report_sha256"]
    assert exports[3].details == {"export": done["export"], "fetched": "door.mp4"}
    eventually(lambda: set(states(ben).values()), {"used"})
    again = ben.post("/api/exports", json=WANTED | {"requests": agreed})
    assert again.status_code == 403
    assert ben.delete(ordered.headers["location"]).status_code == 204
    assert ben.get("/api/exports").json() == []
    assert list((stub.folder.parent / "exports").iterdir()) == []


def test_without_consent_or_with_somebody_elses_nothing_is_exported(ben, web, agreed, visitor, log):
    none = ben.post("/api/exports", json=WANTED)
    refused = log.entries[-1]
    assert (refused.kind, refused.account) == ("access_refused", "ben")
    assert refused.details["second_person"] == "nobody has agreed"
    assert none.status_code == 403
    assert "needs a second person" in none.json()["detail"]
    half = ben.post("/api/exports", json=WANTED | {"requests": {"door": agreed["door"]}})
    assert half.status_code == 403
    longer = ben.post("/api/exports", json=WANTED | {"requests": agreed, "end": after(31)})
    assert longer.status_code == 403
    other = visitor.post("/api/exports", json=WANTED | {"requests": agreed})
    assert other.status_code == 403
    assert "by somebody else" in other.json()["detail"]
    assert set(states(ben).values()) == {"granted"}
    assert ben.get("/api/exports").json() == visitor.get("/api/exports").json() == []


def test_an_export_that_fails_uses_no_consent_and_leaves_nothing(ben, agreed, stub):
    (stub.folder.parent / "recording.key").write_text("no key")
    failed = over(ben, ben.post("/api/exports", json=WANTED | {"requests": agreed}).json())
    assert failed["state"] == "failed"
    assert "not a key" in failed["problem"]
    eventually(lambda: set(states(ben).values()), {"granted"})
    assert list((stub.folder.parent / "exports").iterdir()) == []


def test_what_cannot_be_logged_is_not_released(ben, agreed, log, stub):
    log.full = True
    assert ben.post("/api/exports", json=WANTED | {"requests": agreed}).status_code == 503
    assert ben.get("/api/exports").json() == []
    log.full = False
    eventually(lambda: set(states(ben).values()), {"granted"})


def slow(stub, monkeypatch):
    """Let exports stop before their second segment; return what lets them go on, and what says that they are there."""
    there, go = threading.Event(), threading.Event()
    real = Exports._note_share

    def note_share(self, work, index, share):
        if 0 < share < 1 and not there.is_set():
            there.set()
            go.wait(PATIENCE_S)
        real(self, work, index, share)

    monkeypatch.setattr(Exports, "_note_share", note_share)
    return there, go


def test_a_cancelled_export_leaves_nothing_and_gives_the_consent_back(ben, agreed, stub, monkeypatch):
    there, go = slow(stub, monkeypatch)
    job = ben.post("/api/exports", json=WANTED | {"requests": agreed}).json()
    assert there.wait(PATIENCE_S)
    path = f"/api/exports/{job['export']}"
    running = ben.get(path).json()
    assert running["state"] == "running"
    assert ben.get(f"{path}/files/door.mp4").status_code == 404
    assert ben.delete(path).status_code == 204
    go.set()
    assert over(ben, job)["state"] == "cancelled"
    assert list((stub.folder.parent / "exports").iterdir()) == []
    eventually(lambda: set(states(ben).values()), {"granted"})


def test_a_killed_gateway_leaves_no_half_export_that_looks_whole(ben, agreed, stub, monkeypatch, clock):
    there, go = slow(stub, monkeypatch)
    ben.post("/api/exports", json=WANTED | {"requests": agreed})
    assert there.wait(PATIENCE_S)
    folder = stub.folder.parent / "exports"
    (half,) = folder.iterdir()
    assert half.name.startswith(".")
    copy = folder.with_name("as-it-was-killed")
    copy.mkdir()
    (copy / half.name).mkdir()
    (copy / half.name / "door.mp4").write_bytes(b"half")
    go.set()
    with Exports(copy, clock=clock) as later:
        assert later.jobs() == []
        assert list(copy.iterdir()) == []


def test_finished_exports_are_there_after_a_restart_and_erased_after_a_day(ben, agreed, stub, clock):
    done = over(ben, ben.post("/api/exports", json=WANTED | {"requests": agreed}).json())
    folder = stub.folder.parent / "exports"
    with Exports(folder, clock=clock) as later:
        (job,) = later.jobs()
        assert (job.number, job.order.by, job.report_sha256) == (done["export"], "ben", done["report_sha256"])
        assert [each.sha256 for each in job.files] == [each["sha256"] for each in done["files"]]
        clock.ahead_s = KEPT.total_seconds()
        with later._more:
            later._more.notify_all()
        until(lambda: later.jobs() == [])
    assert list(folder.iterdir()) == []


def test_an_export_is_its_persons_own(ben, agreed, visitor):
    done = over(ben, ben.post("/api/exports", json=WANTED | {"requests": agreed}).json())
    path = f"/api/exports/{done['export']}"
    assert visitor.get("/api/exports").json() == []
    for answer in (visitor.get(path), visitor.delete(path), visitor.get(f"{path}/files/door.mp4")):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"cameras": ["nowhere"]},
        {"cameras": []},
        {"cameras": ["../door"]},
        {"begin": after(30), "end": after(20)},
        {"end": after(90_000)},
        {"reason": "because"},
        {"requests": {"door": "x"}},
    ],
)
def test_a_wrong_order_is_refused(ben, change):
    assert ben.post("/api/exports", json=WANTED | change).status_code == 422


def test_a_site_without_the_rule_needs_no_second_person(gateway, stub):
    with Served(gateway, WebSettings(port=0), two_persons=frozenset()) as server:
        server.set_recordings(stub)
        with signed_in(server, "anna") as anna:
            assert over(anna, anna.post("/api/exports", json=WANTED).json())["state"] == "done"
