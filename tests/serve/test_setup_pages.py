"""The console's set-up pages in a real browser, with a real site file and real places files behind them."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from tests.serve.alerts import AlertsStub
from tests.serve.browser import AXE, fits, heading, in_both_themes, opened, session_of, shoot
from tests.serve.editing import editor_of
from tests.serve.served import Served
from tests.serve.signals import SignalsStub
from tests.waiting import eventually, until

from passerby.gateway.camera_search import FoundCamera
from passerby.health.status import CameraState, Redaction
from passerby.measure.reading import Quantity
from passerby.serve.api import discovery
from passerby.settings.load import load_site
from passerby.settings.places import read_places
from passerby.settings.site.web import WebSettings
from passerby.signals.selection import SeriesKey

SITE = """\
# The station.
site: arena
state_folder: state
cameras:
  - name: door  # at the east gate
    address: rtsp://10.0.0.5/stream1
    purpose: Notice a blocked exit at the main door.
    legal_basis: legitimate_interests
    max_fps: 12
    places: door.places.yaml
  - name: hall
    address: rtsp://10.0.0.6/stream1
    password: of-the-hall
    purpose: Notice dangerous crowding in the hall.
    legal_basis: legitimate_interests
plans:
  - name: ground floor
    picture: floor.png
    m_per_px: 0.02
    origin_px: [200, 620]
accounts:
  two_persons: [longer_retention, delete_camera, less_cover]
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
    - {picture_px: [320, 187], ground_m: [4, 5.1]}
lines:
  - name: gate  # the turnstile
    from_px: [120, 300]
    to_px: [500, 300]
    into: hall
zones:
  - name: door-yard
    corners_m: [[1, 2], [7, 2], [7, 8], [1, 8]]
"""
PAGES = {
    "setup": ("/setup", "Set-up"),
    "setup-places": ("/setup/door", "door"),
    "setup-empty": ("/setup/hall", "hall"),
    "setup-calibration": ("/setup/door?part=calibration", "door"),
    "setup-sign": ("/setup/door?part=sign", "door"),
    "setup-add": ("/setup?part=add", "Add a camera"),
    "setup-site": ("/setup?part=site", "Site file"),
    "setup-yaml": ("/setup?part=site&as=yaml", "Site file"),
    "map": ("/map", "ground floor"),
    "map-add": ("/map?part=add", "Add a floor plan"),
}


class Signals(SignalsStub):
    """As `SignalsStub`, with the level of service of the zone: D."""

    def __init__(self, clock):
        super().__init__(clock)
        self.series.append(SeriesKey("arena", "door-yard", Quantity.LEVEL_OF_SERVICE, ""))

    def _chart(self, key, wanted):
        chart = super()._chart(key, wanted)
        return replace(chart, values=(4.0,) * len(chart.values)) if key in self.series[3:] else chart


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def alerts(tmp_path_factory):
    with AlertsStub(tmp_path_factory.mktemp("alerts"), lambda *_: frozenset({"door"})) as stub:
        stub.raise_with_steps()
        yield stub


@pytest.fixture(scope="module")
def web(folder, alerts, lasting_gateway):
    (folder / "site.yaml").write_text(SITE)
    (folder / "door.places.yaml").write_text(PLACES)
    _draw_plan(folder / "floor.png")
    with Served(lasting_gateway, WebSettings(port=0), Signals(time.time)) as server:
        server.set_alerts(alerts)
        server.set_editor(editor_of(folder / "site.yaml"))
        yield server


def _draw_plan(path):
    """Draw a floor: walls around two rooms, and a door between them."""
    floor = np.full((700, 900, 3), 250, np.uint8)
    for top, left, bottom, right in ((40, 40, 52, 860), (648, 40, 660, 860), (40, 40, 660, 52), (40, 848, 660, 860)):
        floor[top:bottom, left:right] = 70
    floor[40:300, 640:650] = floor[420:660, 640:650] = 120
    Image.fromarray(floor).save(path)


@pytest.fixture(autouse=True)
def fresh(folder, web):
    """Begin each test with the same files."""
    (folder / "site.yaml").write_text(SITE)
    (folder / "door.places.yaml").write_text(PLACES)
    (folder / "hall.places.yaml").unlink(missing_ok=True)
    web._app.state.editor._running.site = load_site(folder / "site.yaml")


@pytest.fixture(scope="module")
def session(chromium, web):
    return session_of(chromium, web.address)


@pytest.fixture
def page(request, web, session, visits):
    """Return a page that is signed in. A parameter holds options of the context."""
    return visits.open(storage_state=session, base_url=web.address, **getattr(request, "param", {}))


def saved(page):
    page.locator("#main").get_by_text("Saved and in use.").wait_for()


def read(folder, camera):
    return read_places(folder / f"{camera}.places.yaml")


# --- every page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [{"bypass_csp": True}], indirect=True, ids=["axe"])
def test_every_set_up_page_is_accessible_in_both_themes(page):
    page.add_init_script(path=AXE)
    for name, (address, title) in PAGES.items():
        _open(page, address, title)
        assert in_both_themes(page, name) == [], name


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_every_set_up_page_fits_a_phone(page):
    for name, (address, title) in PAGES.items():
        _open(page, address, title)
        shoot(page, f"{name}-360")
        fits(page, 360, name)


def _open(page, address, title):
    opened(page, address, title)
    if page.locator("pb-drawing").count():
        page.locator("pb-drawing canvas").wait_for()


# --- drawing ---------------------------------------------------------------------------------------


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def knob(page, name, number, count):
    return page.get_by_role("button", name=re.compile(rf"^{name}: point {number} of {count},"))


def stands(point, *at):
    """Wait until a point stands there, px."""
    expect(point).to_have_attribute("aria-label", re.compile(rf" at {at[0]}, {at[1]} px$"))


def in_focus(page, beginning):
    """Wait until something whose name begins so has the focus."""
    label = "document.activeElement?.getAttribute('aria-label') ?? ''"
    eventually(lambda: page.evaluate(label)[: len(beginning)], beginning)


def test_a_zone_is_drawn_by_keyboard_and_role_names_alone(page, folder):
    page.goto("/setup/hall")
    page.get_by_text("No lines or zones yet").wait_for()
    add = page.get_by_role("button", name="Add a zone", disabled=False)  # once the size of the picture is known
    add.wait_for()
    add.focus()
    press(page, "Enter")
    first = knob(page, "zone 1", 1, 4)
    first.wait_for()
    in_focus(page, "zone 1: point 1 of 4")
    stands(first, 213, 120)
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft", "ArrowUp")
    stands(first, 193, 119)
    press(page, "i")
    knob(page, "zone 1", 2, 5).wait_for()
    in_focus(page, "zone 1: point 2 of 5")
    press(page, "Shift+ArrowUp", "Delete")
    in_focus(page, "zone 1: point 1 of 4")
    press(page, "Control+z", "Control+z")
    knob(page, "zone 1", 2, 5).wait_for()
    press(page, "Control+y", "Control+y")
    knob(page, "zone 1", 1, 4).wait_for()
    page.get_by_role("textbox", name="Name").fill("platform")
    press(page, "Tab")
    page.get_by_role("button", name="Check and compare").focus()
    press(page, "Enter")
    page.get_by_role("row", name=re.compile("zones.platform.corners_px")).wait_for()
    assert not (folder / "hall.places.yaml").exists()
    page.get_by_role("button", name="Use it").focus()
    press(page, "Enter")
    saved(page)
    zone = read(folder, "hall").zones[0]
    assert (zone.name, zone.corners_px[0]) == ("platform", (193, 119))
    assert len(zone.corners_px) == 4
    assert read(folder, "hall").picture_px == (640, 360)


def test_nothing_is_drawn_on_a_notice_which_has_a_size_of_its_own(page, web, folder):
    cameras = web._app.state.gateway
    cameras.change("hall", redaction=Redaction.NONE, state=CameraState.STARTING, width=0, height=0)
    page.goto("/setup/hall")
    page.get_by_text("Waiting for the first covered picture").wait_for()
    page.locator("pb-drawing canvas").wait_for()
    expect(page.get_by_role("button", name="Add a zone")).to_be_disabled()
    cameras.change("hall", redaction=Redaction.ACTIVE, state=CameraState.OK)  # its status has no size yet
    page.get_by_role("button", name="Add a line").click()
    knob(page, "line 1", 2, 2).wait_for()
    cameras.change("hall", width=640, height=360)
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    saved(page)
    assert read(folder, "hall").picture_px == (640, 360)


def test_what_cannot_be_is_refused_in_words_and_nothing_moves(page):
    page.goto("/setup/hall")
    page.get_by_role("button", name="Add a zone").click()
    first = knob(page, "zone 1", 1, 4)
    first.wait_for()
    in_focus(page, "zone 1: point 1 of 4")
    press(page, "ArrowRight", *["Shift+ArrowDown"] * 11)
    stands(first, 214, 230)
    press(page, "Shift+ArrowDown")
    page.get_by_role("alert").get_by_text("cross or lie on each other").wait_for()
    stands(first, 214, 230)
    press(page, "Control+z", *["Shift+ArrowLeft"] * 22)
    page.get_by_role("alert").get_by_text("outside the picture").wait_for()
    stands(first, 4, r"\d+")
    press(page, "Delete")
    knob(page, "zone 1", 1, 3).wait_for()
    press(page, "Delete")
    page.get_by_role("alert").get_by_text("at least three points").wait_for()


def at_rest(*locators):
    """Return where things are, once nothing above them changes its size any more."""
    before = None
    while before != (found := [each.bounding_box() for each in locators]):
        before = found
        locators[0].evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return found


def test_a_point_that_is_dragged_snaps_to_the_place_beside_it(page):
    page.goto("/setup/door")
    page.get_by_role("button", name="Add a zone").click()
    point = knob(page, "zone 1", 4, 4)
    stands(point, 213, 240)
    page.get_by_role("button", name="gate", exact=True).wait_for()
    page.locator("pb-drawing canvas").wait_for()
    box, plane = at_rest(point, page.get_by_role("group", name="Lines and zones on the covered picture of door"))
    scale = plane["width"] / 640
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(plane["x"] + 150 * scale, plane["y"] + 280 * scale, steps=4)
    page.mouse.move(plane["x"] + 122 * scale, plane["y"] + 303 * scale, steps=4)
    page.mouse.up()
    stands(point, 120, 300)
    page.get_by_role("button", name="Undo").click()
    stands(point, 213, 240)


def test_a_zone_in_metres_shows_its_area_and_number_and_is_stored_in_metres(page, folder):
    page.goto("/setup/door")
    page.get_by_text(re.compile(r"zone, 36(\.0)? m²")).wait_for()
    page.get_by_role("button", name="door-yard", exact=True).click()
    page.locator(".preview").get_by_text(re.compile(r"not observed now|now [\d.]+ inside")).wait_for()
    knob(page, "door-yard", 1, 4).focus()
    press(page, "Shift+ArrowDown")
    page.get_by_text(re.compile(r"zone, (36\.[2-9]|37(\.\d)?) m²")).wait_for()
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    saved(page)
    places = read(folder, "door")
    (x, y), *others = places.zones[0].corners_m
    assert y < 1.9
    assert abs(x - 1) < 0.3
    assert others == [(7, 2), (7, 8), (1, 8)] or all(
        abs(a - b) < 0.02
        for one, other in zip(others, [(7, 2), (7, 8), (1, 8)], strict=True)
        for a, b in zip(one, other, strict=True)
    )
    assert places.lines[0].from_px == (120, 300)
    assert "# the turnstile" in (folder / "door.places.yaml").read_text()


def test_the_side_that_counts_as_in_is_turned_around(page, folder):
    page.goto("/setup/door")
    page.get_by_role("button", name="gate", exact=True).click()
    arrow = page.locator(".chosen .arrow")
    before = arrow.get_attribute("d")
    page.get_by_role("button", name="Turn the line around").click()
    expect(arrow).not_to_have_attribute("d", before)
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    saved(page)
    assert read(folder, "door").lines[0].from_px == (500, 300)


def test_a_name_with_markup_in_it_is_shown_and_stored_as_it_was_typed(page, folder):
    name = "<img src=x onerror=x() &amp;"
    page.goto("/setup/door")
    page.get_by_role("button", name="gate", exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Name", exact=True).press("Tab")
    page.get_by_role("button", name=name, exact=True).wait_for()
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    saved(page)
    assert name in read(folder, "door").names()
    page.goto("/setup")
    page.get_by_text(name).wait_for()


def test_two_editors_see_both_versions_and_the_second_decides(page, folder):
    page.goto("/setup/door")
    page.get_by_role("button", name="gate", exact=True).click()
    knob(page, "gate", 1, 2).focus()
    press(page, "Shift+ArrowUp")
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").wait_for()
    (folder / "door.places.yaml").write_text(PLACES.replace("[500, 300]", "[480, 280]"))
    page.get_by_role("button", name="Use it").click()
    page.get_by_role("heading", name="Somebody else saved first").wait_for()
    row = page.get_by_role("row", name=re.compile("^gate"))
    expect(row).to_contain_text("[120,290]")
    expect(row).to_contain_text("[480,280]")
    page.get_by_role("button", name="Compare mine with theirs").click()
    page.get_by_role("row", name=re.compile("lines.gate.to_px")).wait_for()
    page.get_by_role("button", name="Use it").click()
    saved(page)
    assert (read(folder, "door").lines[0].from_px, read(folder, "door").lines[0].to_px) == ((120, 290), (500, 300))


# --- calibration -----------------------------------------------------------------------------------


def test_a_rectangle_calibrates_a_camera_and_a_fifth_point_shows_its_error(page, folder):
    page.goto("/setup/hall?part=calibration")
    page.get_by_role("button", name="Known rectangle").click()
    page.locator(".lattice").wait_for(state="attached")
    page.get_by_role("spinbutton", name="Depth (1 to 4), m").fill("8")
    press(page, "Tab")
    page.get_by_role("button", name="Add a point").click()
    page.get_by_role("spinbutton", name="x of point 5, m").fill("3")
    press(page, "Tab")
    page.get_by_role("spinbutton", name="y of point 5, m").fill("2")
    press(page, "Tab")
    page.locator(".pairs td.number-cell").get_by_text(re.compile(r"^[1-9]\d* cm$")).first.wait_for()
    page.get_by_text(re.compile("Densities can be measured in")).wait_for()
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    saved(page)
    points = read(folder, "hall").ground.points
    assert [each.ground_m for each in points][:4] == [(0, 0), (6, 0), (6, 8), (0, 8)]
    assert len(points) == 5


def test_known_points_are_placed_on_the_floor_plan(page, folder):
    page.goto("/setup/hall?part=calibration")
    page.get_by_role("button", name="Known points").click()
    page.get_by_role("combobox", name="Floor plan").select_option("ground floor")
    page.get_by_role("button", name="Add a point").click()  # a rectangle has sides instead
    plan = page.get_by_role("img", name="Floor plan ground floor with the known points")
    page.get_by_text("Press on the plan where point 5 lies.").wait_for()
    scale = plan.evaluate("shown => shown.getScreenCTM().a")
    offset = plan.evaluate(
        "shown => [shown.getScreenCTM().e - shown.getBoundingClientRect().x,"
        " shown.getScreenCTM().f - shown.getBoundingClientRect().y]"
    )
    plan.click(position={"x": offset[0] + scale * 350, "y": offset[1] + scale * 520})
    x, y = (page.get_by_role("spinbutton", name=f"{axis} of point 5, m") for axis in "xy")
    until(
        lambda: (float(x.input_value()), float(y.input_value())) == pytest.approx((3, 2), abs=0.1)
    )  # 200, 620 is 0, 0
    shoot(page, "calibrate-plan")


# --- the site file ---------------------------------------------------------------------------------


def test_a_form_marks_what_is_not_the_default_and_shows_what_would_change(page, folder):
    page.goto("/setup?part=site")
    page.get_by_text("door", exact=True).click()
    field = page.get_by_role("spinbutton", name="max_fps").first
    expect(field).to_have_value("12")
    page.get_by_role("button", name="Reset: max_fps").click()
    expect(field).to_have_value("25")
    page.get_by_role("button", name="Check and compare").click()
    row = page.get_by_role("row", name=re.compile("cameras.door.max_fps"))
    expect(row).to_contain_text("12.0")
    page.get_by_role("button", name="Use it").click()
    saved(page)
    text = (folder / "site.yaml").read_text()
    assert "max_fps" not in text
    for kept in ("# The station.", "# at the east gate", "of-the-hall"):
        assert kept in text


def test_yaml_that_cannot_be_used_is_refused_with_its_line(page, folder):
    page.goto("/setup?part=site&as=yaml")
    area = page.get_by_role("textbox", name="Site file, secrets hidden")
    expect(area).to_have_value(re.compile(r"\(secret\)"))
    area.fill(area.input_value().replace("max_fps: 12", "max_fps: 1200"))
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("alert").get_by_text("line 9").wait_for()
    assert (folder / "site.yaml").read_text() == SITE


def test_a_camera_is_tried_added_and_led_to_its_lines(page, folder):
    page.goto("/setup")
    page.get_by_role("link", name="Add a camera").click()
    page.get_by_role("textbox", name="Address").fill("simulation:plaza")
    page.get_by_role("button", name="Try the camera").click()
    page.get_by_role("heading", name="2. It works").wait_for()
    page.get_by_text("It answers and sends pictures.").wait_for()
    page.get_by_role("textbox", name="Purpose").fill("Notice dangerous crowding on the plaza.")
    page.get_by_role("combobox", name="Legal basis").select_option("consent")
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("row", name=re.compile("cameras.plaza.purpose")).wait_for()
    page.get_by_role("button", name="Add the camera").click()
    page.wait_for_url("**/setup/plaza")
    assert [each.name for each in load_site(folder / "site.yaml").cameras] == ["door", "hall", "plaza"]


def test_cameras_on_the_network_are_listed_and_one_is_taken(page, monkeypatch):
    asked = []

    def found(**access):
        asked.append(access)
        locked = FoundCamera("10.0.0.8", "", "", "it rejects the user name or password")
        return [FoundCamera("10.0.0.9", "Dome <4>", "rtsp://10.0.0.9/1", ""), locked]

    monkeypatch.setattr(discovery, "find_cameras", found)
    page.goto("/setup?part=add")
    page.get_by_role("textbox", name="User name on the camera").fill("viewer")
    page.get_by_label("Password on the camera").fill("of-the-dome")
    page.get_by_role("button", name="Search the network").click()
    page.get_by_role("listitem").filter(has_text="Dome <4>").get_by_role("button", name="10.0.0.9").click()
    expect(page.get_by_role("textbox", name="Address")).to_have_value("rtsp://10.0.0.9/1")
    page.get_by_role("listitem").get_by_text("it rejects the user name or password").wait_for()
    expect(page.get_by_role("button", name="10.0.0.8")).to_be_disabled()
    shoot(page, "setup-found")
    assert asked == [{"username": "viewer", "password": "of-the-dome"}]


def test_the_set_up_pages_speak_german(page):
    page.add_init_script("localStorage.setItem('passerby.language', 'de')")
    page.goto("/setup/door")
    page.get_by_role("button", name="Zone hinzufügen").wait_for()
    page.goto("/setup?part=site")
    page.get_by_role("button", name="Prüfen und vergleichen").wait_for()


# --- the map ---------------------------------------------------------------------------------------


def test_the_map_shows_places_where_they_are_and_what_is_measured_there(page):
    page.goto("/map")
    page.get_by_role("group", name="Floor plan ground floor with its places").wait_for()
    zone = page.get_by_role("link", name=re.compile("^door-yard:"))
    zone.wait_for()
    corner = re.compile("^M250 520L")  # 1, 2 m from 200, 620 px at 0.02 m each, upwards
    expect(zone.locator("path")).to_have_attribute("d", corner)
    expect(zone).to_have_attribute("aria-label", re.compile("level D"))
    page.get_by_role("link", name=re.compile("^(Red|Amber|Critical|Notice): ")).first.wait_for()
    zone.focus()
    press(page, "Enter")
    page.wait_for_url("**/place/door-yard")


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_words_on_the_map_are_legible_on_a_phone(page):
    page.goto("/map")
    name = page.locator(".floor text.place").first
    name.wait_for()
    until(lambda: name.evaluate("text => text.getBoundingClientRect().height") >= 12)


def test_a_floor_plan_is_sent_with_its_scale_and_the_map_shows_it(page, folder):
    page.goto("/map")
    heading(page, "ground floor").wait_for()
    page.get_by_role("link", name="Add a floor plan").click()
    page.get_by_label("Name").fill("roof <1>")
    page.get_by_label("Picture").set_input_files(folder / "floor.png")
    page.get_by_label("Width of the picture, m").fill("18")
    page.get_by_text("700 px, 2.00 cm a pixel").wait_for()
    canvas = page.get_by_role("img", name="Floor plan with its zero point")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 4, "y": box["height"] / 2})
    across, down = page.get_by_label("Zero point, px from the left"), page.get_by_label("Zero point, px from the top")
    until(lambda: across.input_value() != "0", shown=lambda: f"{across.input_value()}, {down.input_value()}")
    origin = int(across.input_value()), int(down.input_value())
    assert origin == pytest.approx((225, 350), abs=2)
    shoot(page, "plan-add")
    page.get_by_role("button", name="Use this plan").click()
    heading(page, "roof <1>").wait_for()
    page.get_by_role("group", name="Floor plan roof <1> with its places").wait_for()
    (plan,) = [each for each in load_site(folder / "site.yaml").plans if each.name == "roof <1>"]
    assert (plan.m_per_px, plan.origin_px) == (0.02, origin)

    page.goto("/setup/door?part=calibration")
    page.get_by_role("combobox", name="Floor plan").select_option("roof <1>")
    page.get_by_role("button", name="Check and compare").click()
    page.get_by_role("button", name="Use it").click()
    saved(page)
    assert read(folder, "door").ground.plan == "roof <1>"


def test_a_file_that_is_no_picture_is_refused_before_it_is_sent(page, folder):
    page.goto("/map?part=add")
    page.get_by_label("Picture").set_input_files(folder / "site.yaml")
    page.get_by_role("alert").get_by_text("not a picture that the browser can read").wait_for()
    expect(page.get_by_role("button", name="Use this plan")).to_have_count(0)
