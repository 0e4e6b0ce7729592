"""Layouts of walls: each person's own, and those of wall screens; as far as somebody sees the cameras."""

from __future__ import annotations

import httpx
import pytest
from tests.serve.served import Served, add_person, token_of
from tests.serve.test_audited import Log
from tests.serve.test_permissions import GROUPS
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.accounts.role import Role
from passerby.audit.entry import AuditKind
from passerby.errors import StoreError, UsageError
from passerby.serve.layout_file import MOST_SCREENS, LayoutFile, WallLayout
from passerby.settings.site.web import WebSettings

BODY = {"cameras": ["hall", "door"], "hidden": ["door"]}


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, tmp_path, log):
    with Served(gateway, WebSettings(port=0), audit=log, groups=GROUPS, state_folder=tmp_path) as server:
        yield server


@pytest.fixture
def door_only(web):
    add_person(web.accounts, "zoe", Role.VIEWER, frozenset({"east"}))
    headers = {"Authorization": f"Bearer {token_of(web.accounts, 'zoe')}"}
    with httpx.Client(base_url=web.address, headers=headers, timeout=PATIENCE_S, verify=PLAIN) as client:
        yield client


def test_a_layout_of_ones_own_is_changed_only_if_it_is_what_was_edited(visitor):
    before = visitor.get("/api/account/layout")
    assert before.json() == {"cameras": [], "hidden": []}
    assert visitor.put("/api/account/layout", json=BODY).status_code == 428
    match = {"If-Match": before.headers["ETag"]}
    changed = visitor.put("/api/account/layout", json=BODY, headers=match)
    assert (changed.status_code, changed.json()) == (200, BODY)
    assert visitor.put("/api/account/layout", json={}, headers=match).status_code == 412
    now = visitor.get("/api/account/layout")
    assert (now.json(), now.headers["ETag"]) == (BODY, changed.headers["ETag"])


def test_screens_are_made_by_those_who_change_settings_and_seen_as_far_as_their_cameras_are(visitor, door_only):
    any_ = {"If-Match": "*"}
    assert visitor.put("/api/screens/lobby", json=BODY, headers=any_).status_code == 200
    assert visitor.put("/api/screens/vault", json={"cameras": ["hall"]}, headers=any_).status_code == 200
    assert [each["name"] for each in visitor.get("/api/screens").json()] == ["lobby", "vault"]
    assert door_only.get("/api/screens").json() == [{"name": "lobby", "cameras": ["door"], "hidden": ["door"]}]
    assert door_only.get("/api/screens/vault").status_code == 404
    assert door_only.get("/api/screens/vault").content == door_only.get("/api/screens/nothing").content
    assert door_only.put("/api/screens/lobby", json=BODY, headers=any_).status_code == 403
    assert door_only.delete("/api/screens/lobby").status_code == 403
    assert visitor.delete("/api/screens/lobby").status_code == 204
    assert visitor.get("/api/screens/lobby").status_code == 404


def test_each_change_of_a_wall_screen_and_of_what_ones_own_wall_hides_is_one_audit_entry(visitor, log):
    def changes():
        return [
            (each.account, each.subject, each.details) for each in log.entries if each.kind is AuditKind.LAYOUT_CHANGED
        ]

    any_ = {"If-Match": "*"}
    for _ in range(2):  # the second time nothing changes
        assert visitor.put("/api/account/layout", json=BODY, headers=any_).status_code == 200
    own = ("anna", "anna", {"first": 2, "hidden": "door"})
    assert changes() == [own]
    moved = visitor.put("/api/account/layout", json=BODY | {"cameras": ["door", "hall"]}, headers=any_)
    assert (moved.status_code, moved.json()["cameras"], changes()) == (200, ["door", "hall"], [own])
    assert visitor.put("/api/account/layout", json=BODY | {"hidden": []}, headers=any_).status_code == 200
    shown = ("anna", "anna", {"first": 2, "hidden": ""})
    assert changes() == [own, shown]
    assert visitor.put("/api/screens/lobby", json={"cameras": ["hall"]}, headers=any_).status_code == 200
    for _ in range(2):
        assert visitor.delete("/api/screens/lobby").status_code == 204
    screen = ("anna", "", {"screen": "lobby", "first": 1, "hidden": ""})
    assert changes() == [own, shown, screen, ("anna", "", {"screen": "lobby", "removed": True})]


def test_many_hidden_cameras_are_counted_and_the_entry_stays_short(visitor, log):
    names = [f"camera-{number:04}" for number in range(9_000)]
    answer = visitor.put("/api/screens/lobby", json={"hidden": names}, headers={"If-Match": "*"})
    assert answer.status_code == 200
    assert log.entries[-1].details["hidden"].endswith("camera-0049 and 8950 more")


def test_a_layout_that_cannot_be_logged_does_not_change(visitor, log):
    log.full = True
    for path in ("/api/account/layout", "/api/screens/lobby"):
        assert visitor.put(path, json=BODY, headers={"If-Match": "*"}).status_code == 503
    log.full = False
    assert visitor.get("/api/account/layout").json() == {"cameras": [], "hidden": []}
    assert visitor.get("/api/screens").json() == []


def test_a_name_that_no_camera_can_have_is_refused(visitor):
    answer = visitor.put("/api/account/layout", json={"cameras": ["<b>"]}, headers={"If-Match": "*"})
    assert answer.status_code == 422


def test_layouts_survive_a_restart_and_a_damaged_file_is_named(tmp_path):
    layout = WallLayout(("hall",), ("door",))
    assert LayoutFile(tmp_path).write("screen:lobby", layout, tag=None)
    assert LayoutFile(tmp_path).screens() == {"lobby": layout}
    (tmp_path / "layouts.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"layouts\.json: the layouts of walls cannot be read .*; move the file away"):
        LayoutFile(tmp_path).screens()


def test_a_file_that_cannot_be_read_is_answered_with_the_fix(visitor, tmp_path):
    (tmp_path / "layouts.json").write_text("{", encoding="utf-8")
    answer = visitor.get("/api/account/layout")
    assert (answer.status_code, "move the file away" in answer.json()["detail"]) == (503, True)


def test_there_are_only_so_many_screens_but_each_can_be_changed():
    layouts = LayoutFile(None)
    for number in range(MOST_SCREENS):
        layouts.write(f"screen:{number}", WallLayout(), tag=None)
    with pytest.raises(UsageError, match="delete one"):
        layouts.write("screen:more", WallLayout(), tag=None)
    assert layouts.write("screen:7", WallLayout(("door",)), tag=WallLayout().tag)
    assert layouts.write("account:1", WallLayout(), tag=None)
