"""The pages of recordings, the timeline and the audit log in a real browser: one gateway for all of them."""

from __future__ import annotations

import calendar
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs

import pytest
from tests.serve.acted import BUNCH, ActedGateway
from tests.serve.alerts import AlertsStub
from tests.serve.conftest import sign_in
from tests.serve.recordings import DrawnRecordings
from tests.serve.served import PASSWORD, Served, add_person
from tests.serve.signals import SignalsStub
from tests.serve.test_console_pages import AXE, heading, shoot, violations
from tests.waiting import until

from passerby.accounts.account import principal_of
from passerby.accounts.role import Role
from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.settings.site.web import WebSettings


@pytest.fixture(scope="module")
def gateway():
    acted = ActedGateway("door", "hall")
    yield acted
    acted.close()


@pytest.fixture(scope="module")
def folder():
    with TemporaryDirectory() as made:
        yield Path(made)


@pytest.fixture(scope="module")
def recordings(folder):
    with DrawnRecordings(folder / "recorded") as made:
        yield made


@pytest.fixture(scope="module")
def log(folder):
    (folder / "state").mkdir()
    with AuditLog(folder / "state", "arena") as made:
        yield made


@pytest.fixture(scope="module")
def web(gateway, folder, recordings, log):
    with (
        AlertsStub(folder, lambda *_: frozenset({"door"})) as alerts,
        Served(
            gateway, WebSettings(port=0), SignalsStub(time.time), state_folder=folder / "state", audit=log
        ) as server,
    ):
        server.set_alerts(alerts)
        server.set_recordings(recordings)
        add_person(server.accounts, "ben")
        add_person(server.accounts, "vera", Role.VIEWER)
        yield server


@pytest.fixture(scope="module")
def sessions(chromium, web):
    """Return the session of somebody, who signs in once."""
    made = {}

    def of(name):
        if name not in made:
            with chromium.new_context() as context:
                page = context.new_page()
                page.goto(web.address)
                sign_in(page, name)
                page.get_by_role("button", name="Sign out").wait_for()
                made[name] = context.storage_state()
        return made[name]

    return of


@pytest.fixture
def page(request, chromium, sessions, web):
    """Return a page that is signed in; any error in it fails the test. A parameter holds options, and who it is."""
    options = dict(getattr(request, "param", {}))
    state = sessions(options.pop("name", "anna"))
    errors = []
    with chromium.new_context(storage_state=state, base_url=web.address, **options) as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        yield opened
    expected = re.compile(r"Failed to load resource")  # what is refused, or a gateway that is away, on purpose
    assert not [error for error in errors if not expected.search(error)]


CODE = """shown => {
    const [cells, bits] = [32, 24];
    const width = shown.videoWidth;
    if (!width) return null;
    const row = new OffscreenCanvas(width, 1);
    const context = row.getContext("2d");
    context.drawImage(shown, 0, (shown.videoHeight / 30) | 0, width, 1, 0, 0, width, 1);
    const { data } = context.getImageData(0, 0, width, 1);
    const level = cell => data[4 * (((cell + 0.5) * width / cells) | 0) + 1];
    const middle = (level(0) + level(1)) / 2;
    if (level(0) - level(1) < 60) return null;
    let value = 0;
    for (let cell = 2; cell < 2 + bits; cell += 1) value = 2 * value + (level(cell) > middle ? 1 : 0);
    return value;
}"""


def at(recordings, seconds):
    """Return a moment of the recordings for the address."""
    whole, part = divmod(round(1000 * (recordings.begin_s + seconds)), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{part:03}Z"


def timeline(recordings, seconds, span=200, **more):
    begin = at(recordings, -30)
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/timeline?t={at(recordings, seconds)}&span={span}&from={begin}{query}"


def pane(page, camera):
    return page.locator("pb-recorded").filter(has=page.get_by_role("heading", name=camera, exact=True))


def shows(page, recordings, camera, seconds):
    """Wait until a camera shows the picture of a moment, by the time code in it."""
    wanted = round(1000 * (recordings.begin_s + seconds)) % BUNCH
    video = pane(page, camera).locator("video")
    until(lambda: video.evaluate(CODE) == wanted, timeout_s=30, shown=lambda: f"{video.evaluate(CODE)} is not {wanted}")


def moment_of(page, recordings):
    """Return the moment in the address, s since the recordings begin."""
    told = parse_qs(page.evaluate("location.search.slice(1)"))["t"][0]
    day = time.strptime(told[:19], "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(day) + float(told[19:-1]) - recordings.begin_s


def states(page):
    """Return what stands beside the names of the cameras: how they are covered at the moment."""
    return page.locator(".names .name small").all_inner_texts()


# --- the timeline ----------------------------------------------------------------------------------


def test_both_cameras_show_the_picture_of_the_moment_in_the_address_and_step_by_one_picture(page, recordings):
    page.goto(timeline(recordings, 21.3))
    shows(page, recordings, "door", 21.2)
    shows(page, recordings, "hall", 21.2)
    page.keyboard.press(".")
    shows(page, recordings, "door", 21.4)
    shows(page, recordings, "hall", 21.4)
    page.keyboard.press(",")
    page.keyboard.press(",")
    shows(page, recordings, "door", 21.0)
    until(lambda: round(moment_of(page, recordings), 1) == 21.0)
    page.reload()
    shows(page, recordings, "hall", 21.0)
    shoot(page, "timeline-two")


def test_dragging_shows_previews_of_all_cameras_and_how_each_moment_is_covered(page, recordings, log):
    page.goto(timeline(recordings, 10))
    shows(page, recordings, "door", 10)
    field = page.get_by_role("slider", name="Moment of the recording")
    box = field.bounding_box()

    def point(seconds):
        return box["x"] + (seconds + 30) / 200 * box["width"]

    middle = box["y"] + box["height"] / 2
    page.mouse.move(point(10), middle)
    page.mouse.down()
    page.mouse.move(point(20), middle)
    for camera in ("door", "hall"):
        pane(page, camera).locator("canvas.preview").wait_for()
    told = {}
    for seconds in (20, 50, 70, 90, 120, 160):
        page.mouse.move(point(seconds), middle)
        page.evaluate("() => new Promise(requestAnimationFrame)")
        told[seconds] = states(page)
    assert told == {
        20: ["covered", "covered"],
        50: ["covered whole", "covered"],
        70: ["not recorded", "covered"],
        90: ["no picture", "covered"],
        120: ["covered", "covered"],
        160: ["not recorded", "not recorded"],
    }
    page.mouse.move(point(30), middle)
    shoot(page, "timeline-drag")
    page.mouse.up()
    until(lambda: 29 < moment_of(page, recordings) < 31, timeout_s=30)
    kept = moment_of(page, recordings)
    shows(page, recordings, "hall", int(kept * 5 + 0.01) / 5)
    assert page.locator("canvas.preview").first.is_hidden()
    assert "covered" in field.get_attribute("aria-valuetext")


def test_a_typed_time_is_gone_to_and_left_with_back(page, recordings):
    page.goto(timeline(recordings, 10, cams="hall"))
    shows(page, recordings, "hall", 10)
    page.keyboard.press("g")
    moment = time.gmtime(recordings.begin_s + 33 + 5 * 3600 + 45 * 60)  # the site is in Kathmandu
    page.keyboard.type(time.strftime("%Y-%m-%d %H:%M:%S", moment))
    page.keyboard.press("Enter")
    shows(page, recordings, "hall", 33)
    assert moment_of(page, recordings) == 33
    page.go_back()
    shows(page, recordings, "hall", 10)
    page.keyboard.press("g")
    page.keyboard.type("half past")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("“half past” is no time").wait_for()


def test_the_span_is_zoomed_by_wheel_and_keys_around_what_is_looked_at(page, recordings):
    page.goto(timeline(recordings, 70, cams="-"))
    field = page.get_by_role("slider")
    until(lambda: states(page) == ["not recorded", "covered"], timeout_s=30)
    box = field.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.wheel(0, -100)
    page.wait_for_url("**span=133**")
    begin, end = (int(field.get_attribute(f"aria-value{each}")) for each in ("min", "max"))
    assert abs((begin + end) / 2 - (recordings.begin_s + 70)) <= 1
    page.keyboard.press("-")
    page.wait_for_url("**span=200**")
    page.keyboard.press("ArrowRight")
    until(lambda: moment_of(page, recordings) == 72, timeout_s=30)
    page.get_by_role("button", name="24 h").click()
    page.wait_for_url("**span=86400**")


def test_a_recording_plays_across_its_files_until_it_ends(page, recordings):
    page.goto(timeline(recordings, 57, cams="door"))
    pane(page, "door").locator(".delay").filter(has_text=":").wait_for()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("status").get_by_text("The recording ends here").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    until(lambda: 59 < moment_of(page, recordings) < 60, timeout_s=30)
    page.goto(timeline(recordings, 38.4, cams="hall"))
    shows(page, recordings, "hall", 38.4)
    page.keyboard.press("k")
    until(lambda: moment_of(page, recordings) > 40.4, timeout_s=30)


def test_a_moment_that_was_not_recorded_says_so_instead_of_showing_another(page, recordings):
    page.goto(timeline(recordings, 70, cams="door"))
    pane(page, "door").get_by_text("not recorded").wait_for()
    assert pane(page, "door").locator("video").evaluate(CODE) is None


# --- what goes wrong -------------------------------------------------------------------------------


def test_a_gateway_that_is_away_while_somebody_scrubs_is_told_and_read_again(page, recordings):
    page.goto(timeline(recordings, 10))
    shows(page, recordings, "door", 10)
    until(
        lambda: states(page) == ["covered", "covered"]
    )  # the indexes of both have been read before the gateway is away
    page.route("**/api/recordings/**", lambda route: route.abort())
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("-")
    page.get_by_text("What is shown is as it was last read").wait_for()
    pane(page, "door").get_by_text("The gateway does not answer").wait_for()
    assert states(page) == ["covered", "covered"]
    shoot(page, "timeline-away")
    page.unroute("**/api/recordings/**")
    shows(page, recordings, "door", 30)
    page.get_by_text("What is shown is as it was last read").wait_for(state="detached")


def test_a_session_that_ends_while_somebody_scrubs_is_renewed_on_the_spot(page, recordings):
    page.goto(timeline(recordings, 10))
    shows(page, recordings, "hall", 10)
    page.context.clear_cookies()
    page.keyboard.press("Shift+ArrowRight")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    dialog.wait_for(state="detached")
    shows(page, recordings, "hall", 30)


# --- exports ---------------------------------------------------------------------------------------


def test_a_selected_span_of_two_cameras_is_exported_once_a_second_person_agreed(page, web, recordings, sessions):
    page.goto(timeline(recordings, 5))
    shows(page, recordings, "door", 5)
    page.keyboard.press("i")
    page.get_by_role("region", name="Export the selection").wait_for()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("o")
    form = page.get_by_role("region", name="Export the selection")
    form.get_by_text("(20 s)").wait_for()
    form.get_by_label("Case").fill("12/2026")
    form.get_by_label("Reason").fill("The police asked for it.")
    form.get_by_role("button", name="Export").click()
    form.get_by_text("needs a second person").wait_for()
    form.get_by_role("button", name="Ask a second person").click()
    form.get_by_text("A second person has been asked").wait_for()
    assert form.get_by_text("second person: open").count() == 2
    shoot(page, "timeline-export")
    accounts = web.accounts
    ben = accounts.store.account("ben")
    principal = principal_of(ben, {})
    asked = [each for each in accounts.approvals.requests(principal) if each.state == "open"]
    assert {each.subject for each in asked} == {"door", "hall"}
    for each in asked:
        accounts.approvals.decide(ben, principal, each.number, granted=True)
    form.get_by_text("second person: agreed").first.wait_for()
    form.get_by_role("button", name="Export").click()
    heading(page, "Case 12/2026").wait_for()
    job = page.get_by_role("listitem").filter(has_text="The police asked for it.")
    job.get_by_text("done").wait_for()
    with page.expect_download() as download:
        job.get_by_role("link", name="hall.mp4").click()
    assert Path(download.value.path()).stat().st_size > 1000
    shoot(page, "recordings-export")


# --- recordings, audit, one camera -----------------------------------------------------------------


def test_recordings_say_how_far_they_reach_and_whether_they_are_as_they_were_written(page):
    page.goto("/camera/door")
    side = page.get_by_role("complementary")
    side.get_by_text("Recordings reach back to").wait_for()
    side.get_by_role("link", name="Open the timeline").click()
    pane(page, "door").wait_for()
    page.get_by_role("link", name="Recordings").click()
    row = page.get_by_role("row").filter(has_text="door")
    row.get_by_role("button", name="Verify the recordings of door").click()
    row.get_by_text("6 segments are as they were written").wait_for()


def test_the_audit_log_is_filtered_by_address_paged_and_verified_up_to_its_checkpoint(page, log):
    for number in range(150):
        log.append(AuditEntry(AuditKind.SETTINGS_CHANGED, time.time(), "script", "yard", {"number": number}))
    log.publish()
    page.goto("/audit?camera=yard")
    entries = page.get_by_role("region", name="Entries of the audit log").get_by_role("row")
    entries.nth(100).wait_for()
    assert entries.count() == 101
    page.get_by_role("button", name="Show older entries").click()
    entries.nth(150).wait_for()
    page.get_by_text("There are no older entries").wait_for()
    page.get_by_role("search").get_by_role("combobox").select_option(label="signed in")
    page.get_by_label("Camera").fill("")
    page.get_by_label("Camera").press("Tab")
    page.wait_for_url(lambda url: "kind=sign_in" in url and "camera" not in url)
    page.get_by_role("cell", name="anna").first.wait_for()
    page.reload()
    page.get_by_role("cell", name="signed in").first.wait_for()
    assert not page.get_by_role("cell", name="settings changed").count()
    page.get_by_role("button", name="Verify the log").click()
    proof = page.get_by_role("region", name="Result of the verification")
    proof.get_by_text("The log holds").wait_for()
    proof.get_by_text("up to the newest checkpoint are complete").wait_for()
    shoot(page, "audit-verified")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "index,at,kind,account,subject,details"
    assert {line.split(",")[2] for line in lines[1:]} == {"sign_in"}


@pytest.mark.parametrize("page", [{"name": "vera"}], indirect=True, ids=["viewer"])
def test_somebody_who_may_not_read_the_log_sees_what_is_recorded_about_them_and_no_recordings(page):
    page.goto("/audit")
    page.get_by_role("cell", name="vera").first.wait_for()
    assert not page.get_by_role("cell", name="anna").count()
    assert not page.get_by_role("button", name="Verify the log").count()
    assert not page.get_by_role("link", name="Timeline").count()
    page.goto("/timeline")
    page.get_by_text("Your account may not see this").wait_for()
    page.goto("/recordings")
    page.get_by_text("An administrator of this site can change").wait_for()


# --- every page ------------------------------------------------------------------------------------

PAGES = {
    "timeline": ("/timeline?span=600&sel={sel}", "Timeline"),
    "recordings": ("/recordings", "Recordings"),
    "audit": ("/audit", "Audit"),
    "audit-me": ("/audit/me", "Audit"),
}


def opened(page, recordings):
    """Open each page in turn, and yield its name once all of it is there."""
    sel = f"{at(recordings, 10)},{at(recordings, 30)}"
    for name, (address, title) in PAGES.items():
        page.goto(address.format(sel=sel))
        heading(page, title).wait_for()
        page.locator(".skeleton").wait_for(state="detached")
        if name == "timeline":
            until(lambda: "Loading" not in states(page), timeout_s=30)
        yield name


@pytest.mark.parametrize("page", [{"bypass_csp": True}], indirect=True, ids=["axe"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_these_pages_are_accessible_in_both_themes(page, recordings, theme):
    page.add_init_script(f"localStorage.setItem('passerby.theme', '{theme}')")
    page.add_init_script(path=AXE)
    for name in opened(page, recordings):
        shoot(page, f"{name}-{theme}")
        assert violations(page) == [], name


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_these_pages_fit_a_phone_in_german(page, recordings):
    page.add_init_script("localStorage.setItem('passerby.language', 'de')")
    german = {"Timeline": "Zeitleiste", "Recordings": "Aufzeichnungen", "Audit": "Protokoll"}
    for name, (address, title) in PAGES.items():
        page.goto(address.format(sel=f"{at(recordings, 10)},{at(recordings, 30)}"))
        heading(page, german[title]).wait_for()
        page.locator(".skeleton").wait_for(state="detached")
        shoot(page, f"{name}-360")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
