from __future__ import annotations

import pytest
from tests.serve.served import PASSWORD, Served, add_person

from passerby.accounts.role import Role
from passerby.settings.site.web import WebSettings
from passerby.vision.models.catalogue import MODELS


@pytest.fixture
def web(gateway):
    groups = {"front": frozenset({"door"}), "both": frozenset({"hall", "door"})}
    with Served(gateway, WebSettings(port=0), groups=groups) as server:
        yield server


def test_groups_come_by_name_with_their_cameras_in_the_sites_order(visitor):
    found = visitor.get("/api/groups").json()
    assert found == [{"name": "both", "cameras": ["door", "hall"]}, {"name": "front", "cameras": ["door"]}]


def test_a_group_with_a_camera_out_of_view_is_not_named(web, stranger):
    add_person(web.accounts, "zoe", Role.VIEWER, frozenset({"front"}))
    assert stranger.post("/api/session", json={"account": "zoe", "password": PASSWORD}).status_code == 204
    assert [each["name"] for each in stranger.get("/api/groups").json()] == ["front"]


def test_networks_are_named_with_their_hashes(visitor):
    networks = visitor.get("/api/about").json()["networks"]
    assert {each["name"]: each["sha256"] for each in networks} == {each.name: each.sha256 for each in MODELS.values()}
    assert all(each["finds"] for each in networks)
