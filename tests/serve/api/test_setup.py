"""What the set-up pages ask for: comparisons of places, surveys, floor plans, cameras on the network."""

from __future__ import annotations

import time

import httpx
import pytest
from tests.serve.editing import editor_of
from tests.serve.served import LOGIN, Served, add_person
from tests.serve.signals import SignalsStub
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.accounts.role import Role
from passerby.errors import SourceError
from passerby.gateway.camera_search import FoundCamera
from passerby.serve.api import discovery
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served

SITE = """\
site: arena
state_folder: state
cameras:
  - name: door
    address: rtsp://10.0.0.5/stream1
    purpose: Notice a blocked exit at the main door.
    legal_basis: legitimate_interests
    places: door.places.yaml
  - name: hall
    address: rtsp://10.0.0.6/stream1
    purpose: Notice dangerous crowding in the hall.
    legal_basis: legitimate_interests
plans:
  - {name: ground floor, picture: floor.png, m_per_px: 0.02, origin_px: [200, 620]}
  - {name: roof, picture: roof.png, m_per_px: 0.02}
"""
PLACES = """\
picture_px: [640, 360]
ground:
  plan: ground floor
  points:
    - {picture_px: [80, 350], ground_m: [0, 0]}
    - {picture_px: [560, 350], ground_m: [8, 0]}
    - {picture_px: [430, 120], ground_m: [8, 10]}
    - {picture_px: [210, 120], ground_m: [0, 10]}
zones:
  - {name: door-yard, corners_m: [[1, 2], [7, 2], [7, 8], [1, 8]]}
"""
PNG = b"\x89PNG\r\n\x1a\n and a floor"
SURVEY = "/api/site/cameras/door/survey"
DIFFERENCE = "/api/site/cameras/door/places/difference"
POINTS = [
    {"picture_px": seen, "ground_m": there}
    for seen, there in (((80, 350), (0, 0)), ((560, 350), (8, 0)), ((430, 120), (8, 10)), ((210, 120), (0, 10)))
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("site")
    (made / "site.yaml").write_text(SITE)
    (made / "door.places.yaml").write_text(PLACES)
    (made / "floor.png").write_bytes(PNG)
    (made / "roof.png").write_text("no picture, but a secret")
    return made


@pytest.fixture(scope="module")
def web(folder, lasting_gateway):
    groups = {"front": frozenset({"door"}), "back": frozenset({"hall"})}
    with Served(lasting_gateway, WebSettings(port=0), SignalsStub(time.time), groups=groups) as server:
        server.set_editor(editor_of(folder / "site.yaml"))
        for group in groups:
            add_person(server.accounts, group, Role.ANALYST, frozenset({group}))
        yield server


@pytest.fixture
def somebody(web):
    opened = []

    def signed_in(account="anna"):
        client = httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN)
        opened.append(client)
        assert client.post("/api/session", json=LOGIN | {"account": account}).status_code == 204
        return client

    yield signed_in
    for each in opened:
        each.close()


@pytest.fixture
def anna(somebody):
    return somebody()


# --- comparisons -----------------------------------------------------------------------------------


def test_places_are_compared_and_nothing_changes(anna, folder):
    line = {"name": "gate", "from_px": [100, 300], "to_px": [500, 300]}
    answer = anna.post(DIFFERENCE, json={"picture_px": [640, 360], "lines": [line], "zones": []})
    assert answer.status_code == 200, answer.text
    changes = answer.json()["changes"]
    assert changes["lines.gate.from_px"] == "(absent) -> 100.0, 300.0"
    assert changes["zones.door-yard.name"] == "door-yard -> (absent)"
    assert not any(key.startswith("ground") for key in changes)
    assert (folder / "door.places.yaml").read_text() == PLACES
    assert sorted(each.name for each in folder.iterdir()) == ["door.places.yaml", "floor.png", "roof.png", "site.yaml"]


def test_places_that_cannot_be_used_are_refused_when_they_are_compared(anna):
    answer = anna.post(DIFFERENCE, json={"zones": [{"name": "x", "corners_px": [[0, 0], [9, 9], [9, 0], [0, 9]]}]})
    assert answer.status_code == 422
    assert "cross" in answer.json()["problems"][0]["problem"]


def test_a_calibration_is_compared_and_nothing_changes(anna, folder):
    path = "/api/site/cameras/door/calibration/difference"
    answer = anna.post(path, json={"ground": {"points": POINTS, "plan": "roof"}})
    assert answer.json()["changes"] == {"ground.plan": "ground floor -> roof"}
    assert anna.post(path, json={"ground": {"points": POINTS[:3]}}).status_code == 422
    assert (folder / "door.places.yaml").read_text() == PLACES


# --- surveys ---------------------------------------------------------------------------------------


def test_shapes_are_surveyed_with_the_cameras_own_calibration(anna):
    shapes = [
        {"points_m": [[1, 2], [7, 2], [7, 8], [1, 8]]},
        {"points_px": [[80, 350], [560, 350]], "closed": False},
        {"points_px": [[0, -300], [640, -300], [640, 40]]},
    ]
    found = anna.post(SURVEY, json={"picture_px": [640, 360], "shapes": shapes}).json()
    assert (found["calibrated"], found["problem"]) == (True, "")
    square, line, sky = found["shapes"]
    assert square["area_m2"] == pytest.approx(36)
    assert all(80 < x < 560 and 120 < y < 350 for x, y in square["points_px"])
    assert (line["length_m"], line["area_m2"]) == (pytest.approx(8, abs=0.01), None)
    assert sky["area_m2"] is None
    assert None in sky["points_m"]
    assert found["step_m"] > 0
    assert found["lattice_px"]
    assert found["trusted_px"]


def test_a_calibration_is_tried_and_each_point_has_its_error(anna):
    fifth = {"picture_px": [320, 187], "ground_m": [4, 6]}
    body = {"picture_px": [640, 360], "ground": {"points": [*POINTS, fifth]}}
    found = anna.post(SURVEY, json=body).json()
    assert len(found["errors_m"]) == 5
    assert found["errors_m"][4] > 0.2
    assert 0 < found["usable_share"] < 1


@pytest.mark.parametrize(
    ("ground", "why"),
    [
        ({"points": POINTS[:3]}, "at least 4"),
        ({"points": [each | {"ground_m": (-each["ground_m"][0], each["ground_m"][1])} for each in POINTS]}, "mirrored"),
        ({"points": [*POINTS, {"picture_px": [700, 350], "ground_m": [10.33, 0]}]}, "outside the picture"),
        ({"tsai": "/etc/hostname"}, "only those who can edit the file"),
        ({"faces": True}, "faces"),
    ],
)
def test_a_calibration_that_cannot_be_used_says_why(anna, ground, why):
    found = anna.post(SURVEY, json={"picture_px": [640, 360], "ground": ground}).json()
    assert not found["calibrated"]
    assert why.lower() in found["problem"].lower()


def test_a_camera_without_a_calibration_has_shapes_without_metres(anna):
    shape = {"points_px": [[1, 1], [9, 1], [9, 9]]}
    found = anna.post("/api/site/cameras/hall/survey", json={"picture_px": [640, 360], "shapes": [shape]}).json()
    assert (found["calibrated"], found["problem"]) == (False, "")
    assert found["shapes"][0]["points_m"] == [None] * 3
    assert anna.post("/api/site/cameras/nowhere/survey", json={"picture_px": [640, 360]}).status_code == 404


# --- floor plans -----------------------------------------------------------------------------------


def test_a_plan_shows_the_places_of_its_cameras(anna):
    ground, roof = anna.get("/api/plans").json()
    assert (ground["plan"], ground["m_per_px"]) == ("ground floor", 0.02)
    (place,) = ground["places"]
    assert (place["place"], place["camera"], place["closed"]) == ("door-yard", "door", True)
    assert place["points_px"][0] == [250, 520]
    assert roof["places"] == []


def test_a_picture_is_served_only_to_who_may_see_a_place_on_it(somebody):
    path = "/api/plans/ground floor/picture"
    for account in ("anna", "front"):
        answer = somebody(account).get(path)
        assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    back = somebody("back")
    assert back.get("/api/plans").json() == []
    assert back.get(path).status_code == back.get("/api/plans/cellar/picture").status_code == 404


def test_what_is_no_picture_is_never_served(anna, folder):
    answer = anna.get("/api/plans/roof/picture")
    assert answer.status_code == 503
    assert "secret" not in answer.text
    (folder / "roof.png").unlink()
    (folder / "roof.png").symlink_to("/etc/hostname")
    assert "leads out of the folder" in anna.get("/api/plans/roof/picture").json()["detail"]
    (folder / "roof.png").unlink()
    assert "cannot be read" in anna.get("/api/plans/roof/picture").json()["detail"]
    (folder / "roof.png").write_text("no picture, but a secret")


@pytest.mark.parametrize("picture", ["/etc/floor.png", "../floor.png", "~/floor.png"])
def test_a_plan_names_no_picture_elsewhere_on_the_machine(anna, picture):
    text = SITE.replace("floor.png", picture, 1)
    answer = anna.post("/api/site/validation", json={"yaml": text}).json()
    assert not answer["valid"]
    assert "folder of the site file" in answer["problems"][0]["problem"]


def test_two_plans_have_two_names(anna):
    answer = anna.post("/api/site/validation", json={"yaml": SITE.replace("name: roof", "name: ground floor")}).json()
    assert "two plans have the name ground floor" in answer["problems"][0]["problem"]


# --- cameras on the network ------------------------------------------------------------------------


def test_cameras_on_the_network_are_found_with_their_addresses(anna, monkeypatch):
    asked = []

    def found(**access):
        asked.append(access)
        return [
            FoundCamera("10.0.0.9", "Dome 4", "rtsp://10.0.0.9/1", ""),
            FoundCamera("10.0.0.8", "", "", "it rejects the user name or password"),
        ]

    monkeypatch.setattr(discovery, "find_cameras", found)
    answer = anna.post("/api/site/discovery", json={"username": "viewer", "password": "of-the-dome"})
    assert [each["address"] for each in answer.json()] == ["rtsp://10.0.0.9/1", ""]
    assert asked == [{"username": "viewer", "password": "of-the-dome"}]
    assert "of-the-dome" not in answer.text


def test_a_gateway_without_a_network_says_so(anna, monkeypatch):
    def fails(**_):
        msg = "cannot search the network (unreachable); check that this machine is connected"
        raise SourceError(msg)

    monkeypatch.setattr(discovery, "find_cameras", fails)
    answer = anna.post("/api/site/discovery", json={})
    assert (answer.status_code, answer.json()["detail"][:25]) == (503, "cannot search the network")
