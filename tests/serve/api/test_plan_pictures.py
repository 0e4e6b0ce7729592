"""Pictures of floor plans by HTTP: sent by those who may change settings, stored beside the site file, logged."""

from __future__ import annotations

import httpx
import pytest
from tests.outputs.files.test_plan_picture import SECRET, file_of, floor
from tests.serve.editing import editor_of
from tests.serve.served import LOGIN, Served, add_person
from tests.serve.signals import SignalsStub
from tests.serve.test_audited import Log
from tests.waiting import PATIENCE_S

from passerby.accounts.role import Role
from passerby.gateway.plan_upload import MOST_BYTES
from passerby.settings.load import load_site
from passerby.settings.site.web import WebSettings

pytestmark = pytest.mark.served

SITE = """\
# Two cameras.
site: arena
state_folder: state
cameras:
  - {name: door, address: "rtsp://10.0.0.5/1", purpose: Notice a blocked exit., legal_basis: consent}
"""
PATH = "/api/site/plans/ground%20floor/picture"
PNG = file_of(floor())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "site.yaml").write_text(SITE)
    return tmp_path


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def web(gateway, folder, log):
    with Served(gateway, WebSettings(port=0), SignalsStub(lambda: 0.0), audit=log) as server:
        server.set_editor(editor_of(folder / "site.yaml"))
        add_person(server.accounts, "omar", Role.OPERATOR)
        yield server


def pictures(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix in {".png", ".jpg"})


def test_a_plan_is_stored_named_in_the_site_file_and_shown(visitor, folder, log):
    answer = visitor.put(PATH, content=PNG, params={"width_m": 18})
    assert answer.status_code == 200, answer.text
    stored = answer.json()
    assert (stored["width"], stored["height"]) == (90, 60)
    assert pictures(folder) == [stored["picture"]]
    (plan,) = load_site(folder / "site.yaml").plans
    assert (plan.name, plan.m_per_px, plan.origin_px) == ("ground floor", 0.2, (0, 60))
    assert (folder / "site.yaml").read_text().startswith("# Two cameras.\n")
    shown = visitor.get("/api/plans/ground%20floor/picture")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.content == (folder / stored["picture"]).read_bytes()
    (entry,) = [each for each in log.entries if "picture" in each.details]
    assert entry.details == {"plan": "ground floor", "picture": stored["picture"], "size": "90 x 60 px"}


def test_another_picture_keeps_the_zero_point_and_erases_the_one_before(visitor, folder):
    origin = {"origin_x_px": 12, "origin_y_px": 34.5, "turn_deg": 90}
    visitor.put(PATH, content=PNG, params={"width_m": 18} | origin)
    before = pictures(folder)
    answer = visitor.put(PATH, content=file_of(floor(size=(180, 120)), "JPEG"), params={"width_m": 18})
    assert answer.status_code == 200, answer.text
    (plan,) = load_site(folder / "site.yaml").plans
    assert (plan.m_per_px, plan.origin_px, plan.turn_deg) == (0.1, (12, 34.5), 90)
    assert pictures(folder) == [answer.json()["picture"]] != before


def changed(visitor, plans):
    """Send the site file with other plans."""
    wanted = visitor.get("/api/site").json()["settings"] | {"plans": plans}
    return visitor.put("/api/site", json={"settings": wanted}, headers={"If-Match": "*"})


def test_a_plan_that_is_removed_from_the_site_file_takes_its_picture_with_it(visitor, folder):
    visitor.put(PATH, content=PNG, params={"width_m": 18})
    (plan,) = visitor.get("/api/site").json()["settings"]["plans"]
    kept = pictures(folder)
    assert changed(visitor, [plan | {"name": "first floor"}]).status_code == 200
    assert changed(visitor, [plan | {"m_per_px": 0}]).status_code == 422
    assert pictures(folder) == kept
    assert changed(visitor, []).status_code == 200
    assert pictures(folder) == []


def test_a_picture_that_somebody_put_there_by_hand_is_not_erased(visitor, folder):
    (folder / "mine.png").write_bytes(PNG)
    visitor.put(PATH, content=PNG, params={"width_m": 18})
    (plan,) = visitor.get("/api/site").json()["settings"]["plans"]
    assert changed(visitor, [plan | {"picture": "mine.png"}]).status_code == 200
    assert changed(visitor, []).status_code == 200
    visitor.put(PATH, content=file_of(floor("L")), params={"width_m": 18})
    assert "mine.png" in pictures(folder)


@pytest.mark.parametrize(
    ("sent", "params", "status", "text"),
    [
        (b"<svg/>", {"width_m": 18}, 422, "not a PNG or JPEG"),
        (PNG, {}, 422, "width_m"),
        (PNG, {"width_m": 0}, 422, "width_m"),
        (PNG, {"width_m": "nan"}, 422, "width_m"),
        (PNG, {"width_m": 18, "origin_x_px": 3}, 422, "both origin_x_px and origin_y_px"),
        (PNG + bytes(MOST_BYTES), {"width_m": 18}, 413, "8 MiB"),
    ],
    ids=["no picture", "no scale", "no width", "not a number", "half an origin", "too long"],
)
def test_what_cannot_be_used_changes_nothing(visitor, folder, sent, params, status, text):
    answer = visitor.put(PATH, content=sent, params=params)
    assert answer.status_code == status, answer.text
    assert text in answer.text
    assert (folder / "site.yaml").read_text() == SITE
    assert pictures(folder) == []


def test_a_site_file_that_cannot_be_used_leaves_no_picture_behind(visitor, folder):
    (folder / "site.yaml").write_text(SITE + "nonsense: 1\n")
    assert visitor.put(PATH, content=PNG, params={"width_m": 18}).status_code == 422
    assert pictures(folder) == []


def test_whoever_may_not_change_settings_is_refused_before_the_picture_is_read(web, folder):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S) as omar:
        assert omar.put(PATH, content=PNG, params={"width_m": 18}).status_code == 401
        assert omar.post("/api/session", json=LOGIN | {"account": "omar"}).status_code == 204
        assert omar.put(PATH, content=b"no picture", params={"width_m": 18}).status_code == 403
    assert pictures(folder) == []


def test_nothing_but_the_picture_is_stored(visitor, folder):
    visitor.put(PATH, content=PNG + SECRET, params={"width_m": 18})
    (name,) = pictures(folder)
    assert SECRET not in (folder / name).read_bytes()
