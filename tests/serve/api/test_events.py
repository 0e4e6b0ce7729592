from __future__ import annotations

import json

import httpx
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until

from passerby.health.status import CameraState


def news(lines):
    """Yield name and data of each event of a stream of lines."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_all_cameras_are_told_first_and_then_what_changes(visitor, gateway):
    with visitor.stream("GET", "/api/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        coming = news(answer.iter_lines())
        name, cameras = next(coming)
        assert (name, [camera["name"] for camera in cameras]) == ("cameras", ["door", "hall"])
        gateway.change("hall", state=CameraState.REFUSED, detail="wrong password")
        name, camera = next(coming)
        assert (name, camera["name"], camera["detail"]) == ("camera", "hall", "wrong password")
        gateway.remove("hall")
        name, cameras = next(coming)
        assert (name, [camera["name"] for camera in cameras]) == ("cameras", ["door"])


def test_news_end_with_the_session_and_leave_no_listener(visitor, gateway, web):
    with visitor.stream("GET", "/api/events") as answer:
        coming = news(answer.iter_lines())
        next(coming)
        httpx.delete(f"{web.address}/api/session", cookies=visitor.cookies, timeout=PATIENCE_S, verify=PLAIN)
        assert not list(coming)
    until(lambda: not gateway._listeners)
