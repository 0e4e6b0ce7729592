"""The site file by HTTP: the checks of a file that is loaded, comments kept, secrets hidden, one editor at a time."""

from __future__ import annotations

import cv2
import httpx
import numpy as np
import pytest
from tests.serve.editing import Running
from tests.serve.served import LOGIN, Served, add_person
from tests.serve.test_audited import Log
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S

from passerby.accounts.role import Role
from passerby.accounts.two_person_request import Matter
from passerby.errors import SettingError
from passerby.gateway.site_editor import SiteEditor
from passerby.settings.load import load_site
from passerby.settings.site.web import WebSettings
from passerby.vision.models.catalogue import model_named

pytestmark = pytest.mark.served

SITE = """\
# The station.
site: arena
state_folder: state
cameras:
  - name: door  # at the east gate
    address: rtsp://10.0.0.5/stream1
    username: viewer
    password: of-the-door
    purpose: Notice a blocked exit at the main door.
    legal_basis: legitimate_interests
  # Its lens is old.
  - name: hall
    address: rtsp://10.0.0.6/stream?token=of-the-hall
    password: ${HALL_PASSWORD}
    purpose: Notice dangerous crowding in the hall.
    legal_basis: legitimate_interests
accounts:
  two_persons: [longer_retention, delete_camera, less_cover, public_pictures]
"""
PUBLIC = {
    "cameras": ["door", "hall"],
    "pictures": ["hall"],
    "controller": "Example Transit Ltd, 1 Station Square",
    "contact": "privacy@example.org",
}
REASON = "The new lens needs other settings."


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("HALL_PASSWORD", "from-the-environment")
    monkeypatch.setenv("OF_SOMETHING_ELSE", "key-of-a-cloud")
    (tmp_path / "site.yaml").write_text(SITE)
    return tmp_path / "site.yaml"


@pytest.fixture
def running(path):
    return Running(load_site(path))


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, path, running, log):
    folder = path.parent / "state"
    with Served(gateway, WebSettings(port=0), audit=log, state_folder=folder, two_persons=frozenset(Matter)) as server:
        server.set_editor(SiteEditor(path, running))
        yield server


@pytest.fixture
def editor(visitor):
    """Return the visitor, who sends each change with the present ETag."""

    def put(content, **more):
        tag = visitor.get("/api/site").headers["etag"]
        return visitor.put("/api/site", json=content | more, headers={"If-Match": tag})

    visitor.change = put
    return visitor


def settings_of(client):
    return client.get("/api/site").json()["settings"]


def test_the_file_is_read_without_secrets(visitor):
    for answer in (visitor.get("/api/site"), visitor.get("/api/site/yaml")):
        assert answer.status_code == 200
        for secret in ("of-the-door", "of-the-hall", "from-the-environment"):
            assert secret not in answer.text
        assert "${HALL_PASSWORD}" in answer.text
        assert "rtsp://10.0.0.5/stream1" in answer.text
    text = visitor.get("/api/site/yaml")
    assert "# Its lens is old." in text.text
    assert "password: (secret)" in text.text
    assert text.headers["etag"] == visitor.get("/api/site").headers["etag"]


def test_what_was_read_can_be_sent_back_and_changes_nothing_but_what_was_changed(editor, path, running):
    content = settings_of(editor)
    content["cameras"][0]["max_fps"] = 10
    made = editor.change({"settings": content})
    assert made.status_code == 200, made.text
    assert made.json()["changes"] == {"cameras.door.max_fps": "25.0 -> 10.0"}
    assert made.headers["etag"] == editor.get("/api/site").headers["etag"]
    assert running.accounts == ["anna"]
    assert (
        path.read_text()
        == SITE.replace(
            "    legal_basis: legitimate_interests\n  # Its",
            "    legal_basis: legitimate_interests\n    max_fps: 10\n  # Its",
        )
        or "max_fps: 10" in path.read_text()
    )
    for kept in ("# The station.", "# at the east gate", "# Its lens is old.", "of-the-door", "of-the-hall"):
        assert kept in path.read_text()
    text = editor.get("/api/site/yaml").text.replace("max_fps: 10", "max_fps: 12")
    assert editor.change({"yaml": text}).json()["changes"] == {"cameras.door.max_fps": "10.0 -> 12.0"}
    assert "password: of-the-door" in path.read_text()


def test_a_camera_is_added_and_renaming_one_needs_its_secrets_anew(editor, path, running):
    content = settings_of(editor)
    added = content["cameras"][0] | {"name": "gate", "password": "of-the-gate"}
    assert editor.change({"settings": content | {"cameras": [*content["cameras"], added]}}).status_code == 200
    assert [each.name for each in running.site.cameras] == ["door", "hall", "gate"]
    assert "# Its lens is old." in path.read_text()
    renamed = [added | {"name": "exit", "password": "(secret)"}]
    answer = editor.post("/api/site/validation", json={"settings": content | {"cameras": renamed}})
    assert "write it" in answer.json()["problems"][0]["problem"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ("max_fps: many", "cameras[0].max_fps"),
        ("recognise: faces", "cameras[0].recognise"),
        ("masks: [absent.png]", ""),
        ("username: ${OF_SOMETHING_ELSE}", ""),
        ("username: ${file:/etc/passwd}", ""),
        ("username: [", ""),
    ],
)
def test_wrong_files_are_refused_with_the_path_of_the_field_and_change_nothing(editor, path, wrong, field):
    text = SITE.replace("username: viewer", wrong)
    checked = editor.post("/api/site/validation", json={"yaml": text}).json()
    if "absent.png" not in wrong:
        assert checked["valid"] is False
        assert checked["problems"][0]["field"] == field
        applied = editor.change({"yaml": text})
        assert applied.status_code == 422
        assert applied.json()["problems"] == checked["problems"]
        assert "key-of-a-cloud" not in applied.text
        assert path.read_text() == SITE
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["site.yaml"]


def test_aliases_that_grow_are_refused(editor):
    bomb = "a: &a [x, x]\nb: [*a, *a]\n" + SITE
    answer = editor.post("/api/site/validation", json={"yaml": bomb}).json()
    assert "aliases" in answer["problems"][0]["problem"]


def test_of_two_editors_the_second_one_learns_what_changed(editor, path):
    tag = editor.get("/api/site").headers["etag"]
    content = settings_of(editor)
    content["cameras"][1]["max_fps"] = 5
    assert editor.change({"settings": content}).status_code == 200
    late = editor.put("/api/site", json={"yaml": SITE}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert "cameras.hall.max_fps" in late.json()["detail"]
    assert editor.put("/api/site", json={"yaml": SITE}).status_code == 428
    assert editor.put("/api/site", json={"yaml": SITE}, headers={"If-Match": "*"}).status_code == 200


def test_keys_that_need_a_restart_are_named_and_nothing_is_applied_by_comparing(editor, path):
    text = SITE + "web:\n  port: 9\n"
    found = editor.post("/api/site/difference", json={"yaml": text}).json()
    assert found["restart"] == ["web"]
    assert found["changes"]["web.port"].endswith(" -> 9")
    assert path.read_text() == SITE


def test_a_file_that_the_gateway_cannot_use_is_put_back(editor, path, running):
    running.refuses = SettingError("the disk is not there; mount it", "recording.folder")
    content = settings_of(editor)
    content["cameras"][0]["max_fps"] = 10
    refused = editor.change({"settings": content})
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["field"] == "recording.folder"
    assert path.read_text() == SITE


@pytest.mark.parametrize(
    ("change", "matter", "subject"),
    [
        (lambda each: each["cameras"].pop(), "delete_camera", "hall"),
        (lambda each: each["cameras"][0].update(cover=["faces"]), "less_cover", "door"),
        (lambda each: each["cameras"][1].update(delay_s=0.3), "less_cover", "hall"),
        (
            lambda each: each.update(recording={"retention_h": 100, "retention_reason": "The law asks for it."}),
            "longer_retention",
            "arena",
        ),
        (
            lambda each: each["accounts"].update(two_persons=["delete_camera", "less_cover", "public_pictures"]),
            "longer_retention",
            "arena",
        ),
        (lambda each: each.update(public=PUBLIC), "public_pictures", "hall"),
    ],
)
def test_what_needs_a_second_person_waits_for_one(web, editor, running, path, change, matter, subject):
    add_person(web.accounts, "dora", Role.DATA_PROTECTION_OFFICER)
    content = settings_of(editor)
    change(content)
    refused = editor.change({"settings": content})
    assert refused.status_code == 403
    assert "second person" in refused.json()["detail"]
    assert path.read_text() == SITE
    asked = editor.post("/api/site/requests", json={"settings": content, "reason": REASON})
    assert asked.status_code == 201, asked.text
    (need,) = asked.json()
    assert (need["matter"], need["subject"]) == (matter, subject)
    assert editor.change({"settings": content}, requests=[need["request"]]).status_code == 403
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as dora:
        dora.post("/api/session", json=LOGIN | {"account": "dora"})
        (shown,) = dora.get("/api/requests").json()
        assert shown["details"] == need["details"]
        dora.post(f"/api/requests/{need['request']}/decision", json={"granted": True})
    other = settings_of(editor)
    change(other)
    other["cameras"][0]["delay_s"] = 0.2
    assert editor.change({"settings": other}, requests=[need["request"]]).status_code == 403
    done = editor.change({"settings": content}, requests=[need["request"]])
    assert done.status_code == 200, done.text
    assert running.accounts == ["anna"]


def test_more_cover_needs_nobody(editor):
    content = settings_of(editor)
    content["cameras"][0] |= {"hold_s": 4.0, "delay_s": 2.0}
    assert editor.change({"settings": content}).status_code == 200


def test_a_gateway_without_a_site_file_says_so(web, visitor):
    web.set_editor(None)
    assert visitor.get("/api/site").status_code == 404
    assert visitor.get("/api/site/schema").json()["title"] == "SiteSettings"


# --- places --------------------------------------------------------------------------------------

PLACES = "/api/site/cameras/door/places"
CALIBRATION = "/api/site/cameras/door/calibration"
LINES = {"picture_px": [640, 480], "lines": [{"name": "gate", "from_px": [100, 100], "to_px": [100, 400]}]}
GROUND = {
    "ground": {
        "points": [
            {"picture_px": [x, y], "ground_m": [x / 100, -y / 100]} for x, y in ((0, 0), (640, 0), (640, 480), (0, 480))
        ]
    }
}


def test_places_and_calibration_are_written_read_and_deleted(visitor, path, running, log):
    now = visitor.get(PLACES)
    assert now.json() == {"picture_px": None, "lines": [], "zones": []}
    made = visitor.put(PLACES, json=LINES, headers={"If-Match": now.headers["etag"]})
    assert made.status_code == 200, made.text
    assert made.json()["changes"]["lines.gate.name"] == "(absent) -> gate"
    assert running.site.cameras[0].places == path.parent / "door.places.yaml"
    assert "places: door.places.yaml" in path.read_text()
    assert "of-the-door" in path.read_text()
    assert (log.entries[-1].kind.value, log.entries[-1].subject) == ("settings_changed", "door")
    late = visitor.put(PLACES, json=LINES, headers={"If-Match": now.headers["etag"]})
    assert late.status_code == 412
    assert visitor.get(CALIBRATION).status_code == 404
    done = visitor.put(CALIBRATION, json=GROUND, headers={"If-Match": made.headers["etag"]})
    assert done.status_code == 200, done.text
    assert visitor.get(CALIBRATION).json() == GROUND
    assert visitor.get(PLACES).json() == LINES | {"zones": []}
    assert visitor.delete(PLACES, headers={"If-Match": "*"}).status_code == 200
    assert visitor.get(CALIBRATION).json() == GROUND
    assert visitor.delete(CALIBRATION, headers={"If-Match": "*"}).status_code == 200
    assert "places" not in path.read_text().replace("two_persons", "")
    assert running.site.cameras[0].places is None


@pytest.mark.parametrize(
    "body",
    [
        {"lines": [{"name": "gate", "from_px": [100, 100]}]},
        {"lines": [{"name": "a/b", "from_px": [100, 100], "to_px": [1, 2]}]},
        {"zones": [{"name": "hall", "corners_px": [[0, 0], [1, 1]]}]},
        {"lines": [{"face": "x"}]},
    ],
)
def test_wrong_places_are_refused_and_change_nothing(visitor, path, body):
    answer = visitor.put(PLACES, json=body, headers={"If-Match": "*"})
    assert answer.status_code == 422
    assert answer.json()["problems"]
    assert path.read_text() == SITE
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["site.yaml"]


def test_places_of_no_camera_do_not_exist(visitor):
    for path in (PLACES, CALIBRATION):
        assert visitor.get(path.replace("door", "nowhere")).status_code == 404


# --- trying a camera -----------------------------------------------------------------------------


def test_a_camera_is_tried_and_its_secrets_are_not_repeated(visitor):
    works = visitor.post("/api/site/probe", json={"address": "simulation:plaza"}).json()
    assert works["works"], works
    assert works["width"] > 0
    nobody = {"address": "rtsp://127.0.0.1:9/live?token=abc", "username": "viewer", "password": "of-the-door"}
    answer = visitor.post("/api/site/probe", json=nobody)
    assert (answer.json()["works"], answer.json()["width"]) == (False, 0)
    assert "abc" not in answer.text
    assert "of-the-door" not in answer.text
    assert visitor.post("/api/site/probe", json={"address": "/etc/passwd"}).status_code == 422


@pytest.mark.usefixtures("registry_models")
def test_a_camera_is_shown_covered_before_it_is_added_and_that_is_logged(visitor, log):
    answer = visitor.post("/api/site/probe/picture", json={"address": "simulation:plaza", "width_px": 320}, timeout=90)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (180, 320, 3)
    seen = [(each.kind.value, each.account, each.subject) for each in log.entries if "view" in each.kind.value]
    assert seen == [("picture_viewed", "anna", "simulation:plaza")]


def test_where_nothing_can_be_covered_nothing_is_shown(visitor, log, tmp_path, monkeypatch):
    (tmp_path / model_named("efficientdet-lite0").file).write_bytes(b"not the published file")
    monkeypatch.setenv("PASSERBY_MODELS", str(tmp_path))
    before = len(log.entries)
    answer = visitor.post("/api/site/probe/picture", json={"address": "simulation:plaza"}, timeout=90)
    assert answer.status_code == 503
    assert "nothing can be covered, so nothing is shown" in answer.json()["detail"]
    assert len(log.entries) == before


def test_of_a_camera_that_does_not_answer_there_is_no_picture_and_no_secret(visitor):
    nobody = {"address": "rtsp://127.0.0.1:9/live?token=abc", "username": "viewer", "password": "of-the-door"}
    answer = visitor.post("/api/site/probe/picture", json=nobody, timeout=90)
    assert answer.status_code == 503
    assert "connection refused" in answer.json()["detail"]
    assert "abc" not in answer.text
    assert "of-the-door" not in answer.text
