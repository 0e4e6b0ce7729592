"""Recordings by HTTP: listed, watched and verified, and every view is in the audit log."""

from __future__ import annotations

import io

import av
import httpx
import pytest
from tests.serve.recordings import BEGIN, RecordingsStub, after
from tests.serve.served import Served, add_person
from tests.serve.test_audited import Log
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until

from passerby.outputs.recording.segment import segments
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served


@pytest.fixture(scope="module")
def stub(tmp_path_factory):
    with RecordingsStub(tmp_path_factory.mktemp("recordings")) as made:
        yield made


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, stub, log):
    with Served(gateway, WebSettings(port=0), audit=log) as server:
        server.set_recordings(stub)
        yield server


def test_cameras_are_listed_with_how_far_their_recordings_reach(visitor):
    door, hall = visitor.get("/api/recordings").json()
    assert (door["camera"], hall["camera"]) == ("door", "hall")
    assert (door["oldest"], door["newest"]) == ("2026-11-18T11:06:40Z", "2026-11-18T12:06:49.900000Z")
    assert (door["spans"], door["recording"]) == (2, False)
    assert door["size_bytes"] > 1000


def test_spans_have_their_gaps_and_say_how_they_are_covered(visitor):
    one, two = visitor.get("/api/recordings/door").json()
    assert (one["segments"], one["gap_before_s"], two["gap_before_s"]) == (3, None, pytest.approx(3570.1))
    assert [each["cover"] for each in one["parts"]] == ["covered", "whole"]
    assert one["parts"][1]["begin"] == "2026-11-18T11:07:00Z"
    late = visitor.get("/api/recordings/door", params={"start": after(600)}).json()
    assert late == [two]
    early = visitor.get("/api/recordings/door", params={"end": after(600), "limit": 1})
    assert early.json() == [one]
    page = visitor.get("/api/recordings/door", params={"limit": 1})
    assert page.json() == [one]
    assert visitor.get(page.links["next"]["url"]).json() == [two]


def test_a_period_is_sent_as_video_and_the_view_is_logged_with_what_was_seen(visitor, log):
    answer = visitor.get("/api/recordings/door/video", params={"start": after(5), "end": after(12.5)})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    with av.open(io.BytesIO(answer.content)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 76
    until(lambda: log.said()[-2:] == [("view_began", "anna", "door"), ("view_ended", "anna", "door")])
    assert log.entries[-1].details == {"stream": "recording", "from": after(5), "until": after(12.5)}


def test_a_video_is_made_while_it_is_sent_so_a_later_start_and_no_byte_range_seeks_in_it(visitor):
    path, asked = "/api/recordings/door/video", {"start": after(5), "end": after(12.5)}
    whole = visitor.get(path, params=asked)
    part = visitor.get(path, params=asked, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.headers["accept-ranges"]) == (200, "none")
    assert part.content == whole.content
    later = visitor.get(path, params=asked | {"start": after(10)})
    assert later.headers["passerby-time"] > whole.headers["passerby-time"]
    assert len(later.content) < len(whole.content)


def test_time_zero_of_a_video_is_that_of_its_first_picture_a_keyframe_before_the_start(visitor):
    answer = visitor.get("/api/recordings/door/video", params={"start": after(5.5), "end": after(6)})
    assert answer.headers["passerby-time"] == after(5)
    with av.open(io.BytesIO(answer.content)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 11


def test_a_still_is_a_small_jpeg_and_is_logged(visitor, log):
    before = log.said()
    answer = visitor.get("/api/recordings/hall/still", params={"at": after(3.04), "width": 32})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["passerby-time"] == (BEGIN.replace(second=43)).isoformat()
    with av.open(io.BytesIO(answer.content)) as container:
        assert next(container.decode(video=0)).width == 32
    assert log.said() == [*before, ("picture_viewed", "anna", "hall")]
    assert log.entries[-1].details["from"] == log.entries[-1].details["until"] == answer.headers["passerby-time"]


def test_what_cannot_be_logged_is_not_shown(visitor, log):
    log.full = True
    span = {"start": after(0), "end": after(5)}
    for path, query in (("video", span), ("still", {"at": after(1)})):
        answer = visitor.get(f"/api/recordings/door/{path}", params=query)
        assert answer.status_code == 503
        assert "the disk is full" in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("video", {"start": after(100), "end": after(200)}, 404),
        ("video", {"start": after(10), "end": after(0)}, 422),
        ("video", {"start": after(0), "end": after(90_000)}, 422),
        ("video", {"start": "2026-11-18T11:00:00", "end": after(0)}, 422),
        ("video", {"start": "0001-01-01T00:00:00+14:00", "end": after(0)}, 422),
        ("still", {"at": after(100)}, 404),
        ("still", {"at": after(1), "width": 4}, 422),
        ("still", {}, 422),
    ],
)
def test_wrong_periods_and_times_without_a_picture_have_a_clear_answer(visitor, path, query, status):
    answer = visitor.get(f"/api/recordings/door/{path}", params=query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_video_ends_with_the_session_that_watches_it(web, stub, visitor, log, monkeypatch):
    def endless(camera, begin, end):
        while True:
            yield BEGIN, bytes(1000)

    monkeypatch.setattr("passerby.outputs.recording.archive.playback", lambda *_, **__: endless("door", None, None))
    with visitor.stream("GET", "/api/recordings/door/video", params={"start": after(0), "end": after(5)}) as answer:
        coming = answer.iter_bytes()
        next(coming)
        assert visitor.delete("/api/session").status_code == 204
        for _ in coming:  # until it ends
            pass
    until(lambda: ("view_ended", "anna", "door") in log.said())


def test_recordings_are_verified_and_what_was_changed_is_named(visitor, stub):
    good = visitor.post("/api/recordings/hall/verification").json()
    assert (good["segments"], good["problems"]) == (4, [])
    path = segments(stub.folder, "hall")[1].path
    before = path.read_bytes()
    try:
        data = bytearray(before)
        data[200] ^= 1
        path.write_bytes(data)
        (bad,) = visitor.post("/api/recordings/hall/verification").json()["problems"]
        assert "was changed after it was written" in bad["problem"]
        damaged = visitor.get("/api/recordings/hall/video", params={"start": after(10), "end": after(15)})
        assert damaged.status_code == 503
        assert "changed or damaged" in damaged.json()["detail"]
    finally:
        path.write_bytes(before)


def test_a_camera_out_of_scope_has_no_recordings_like_one_that_does_not_exist(web, stub):
    web.set_groups({"east": frozenset({"door"})})
    add_person(web.accounts, "ben", groups=frozenset({"east"}))
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as ben:
        from tests.serve.served import LOGIN

        ben.post("/api/session", json=LOGIN | {"account": "ben"})
        assert [each["camera"] for each in ben.get("/api/recordings").json()] == ["door"]
        for path in ("", "/video", "/still"):
            answers = [
                ben.get(f"/api/recordings/{camera}{path}", params={"start": after(0), "end": after(5), "at": after(1)})
                for camera in ("hall", "nowhere")
            ]
            assert [each.status_code for each in answers] == [404, 404]
            assert answers[0].text == answers[1].text
