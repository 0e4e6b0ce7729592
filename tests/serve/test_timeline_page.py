"""The pages of recordings, the timeline and the audit log in a real browser: one gateway for all of them."""

from __future__ import annotations

import calendar
import re
import time
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from tests.serve.acted import BUNCH
from tests.serve.alerts import AlertsStub
from tests.serve.browser import AXE, fits, heading, in_both_themes, opened, session_of, shoot
from tests.serve.recordings import DrawnRecordings
from tests.serve.served import PASSWORD, Served, add_person
from tests.serve.signals import SignalsStub
from tests.waiting import eventually, until

from passerby.accounts.account import principal_of
from passerby.accounts.role import Role
from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.settings.site.web import WebSettings

KATHMANDU = ZoneInfo("Asia/Kathmandu")
REASON = "Police file <b>12/2026</b> of the hall."


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


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
    return cache(partial(session_of, chromium, web.address))


@pytest.fixture
def page(request, web, sessions, visits):
    """Return a page that is signed in. A parameter holds options, and who it is."""
    options = dict(getattr(request, "param", {}))
    state = sessions(options.pop("name", "anna"))
    return visits.open(expected="Failed to load resource", storage_state=state, base_url=web.address, **options)


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
    eventually(lambda: video.evaluate(CODE), wanted)


def moment_of(page, recordings):
    """Return the moment in the address, s since the recordings begin."""
    told = parse_qs(page.evaluate("location.search.slice(1)"))["t"][0]
    day = time.strptime(told[:19], "%Y-%m-%dT%H:%M:%S")
    return calendar.timegm(day) + float(told[19:-1]) - recordings.begin_s


def middle_of(field):
    """Return the middle of the window, s since 1970."""
    return sum(int(field.get_attribute(f"aria-value{each}")) for each in ("min", "max")) / 2


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
    eventually(lambda: round(moment_of(page, recordings), 1), 21.0)
    page.reload()
    shows(page, recordings, "hall", 21.0)
    shoot(page, "timeline-two")


def test_a_camera_at_a_time_of_the_past_is_shown_alone(page, recordings):
    page.goto(f"/camera/hall?t={at(recordings, 21.3)}&span=200")
    heading(page, "Timeline").wait_for()
    shows(page, recordings, "hall", 21.2)
    expect(page.locator("pb-recorded")).to_have_count(1)


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
    for seconds, told in {
        20: ["covered", "covered"],
        50: ["covered whole", "covered"],
        70: ["not recorded", "covered"],
        90: ["no picture", "covered"],
        120: ["covered", "covered"],
        160: ["not recorded", "not recorded"],
    }.items():
        page.mouse.move(point(seconds), middle)
        eventually(lambda: states(page), told)
    page.mouse.move(point(30), middle)
    shoot(page, "timeline-drag")
    page.mouse.up()
    until(lambda: 29 < moment_of(page, recordings) < 31)
    kept = moment_of(page, recordings)
    shows(page, recordings, "hall", int(kept * 5 + 0.01) / 5)
    expect(page.locator("canvas.preview").first).to_be_hidden()
    expect(field).to_have_attribute("aria-valuetext", re.compile("covered"))


def test_a_typed_time_is_gone_to_and_left_with_back(page, recordings):
    page.goto(timeline(recordings, 10, cams="hall"))
    shows(page, recordings, "hall", 10)
    page.keyboard.press("g")
    moment = time.gmtime(recordings.begin_s + 33 + 5 * 3600 + 45 * 60)  # the site is in Kathmandu
    page.keyboard.type(time.strftime("%Y-%m-%d %H:%M:%S", moment))
    page.keyboard.press("Enter")
    shows(page, recordings, "hall", 33)
    eventually(lambda: moment_of(page, recordings), 33)
    page.go_back()
    shows(page, recordings, "hall", 10)
    page.keyboard.press("g")
    page.keyboard.type("half past")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("“half past” is not a time").wait_for()


def test_the_span_is_zoomed_by_wheel_and_keys_around_what_is_looked_at(page, recordings):
    page.goto(timeline(recordings, 70, cams="-"))
    field = page.get_by_role("slider")
    eventually(lambda: states(page), ["not recorded", "covered"])
    box = field.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.wheel(0, -100)
    page.wait_for_url("**span=133**")
    eventually(lambda: abs(middle_of(field) - (recordings.begin_s + 70)) <= 1, True)
    page.keyboard.press("-")
    page.wait_for_url("**span=200**")
    page.keyboard.press("ArrowRight")
    eventually(lambda: moment_of(page, recordings), 72)
    page.get_by_role("button", name="24 h").click()
    page.wait_for_url("**span=86400**")


def test_a_recording_plays_across_its_files_until_it_ends(page, recordings):
    page.goto(timeline(recordings, 57, cams="door"))
    pane(page, "door").locator(".delay").filter(has_text=":").wait_for()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("status").get_by_text("The recording ends here").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    until(lambda: 59 < moment_of(page, recordings) < 60)
    page.goto(timeline(recordings, 38.4, cams="hall"))
    shows(page, recordings, "hall", 38.4)
    page.keyboard.press("k")
    until(lambda: moment_of(page, recordings) > 40.4)


def test_a_moment_that_was_not_recorded_says_so_instead_of_showing_another(page, recordings):
    page.goto(timeline(recordings, 70, cams="door"))
    pane(page, "door").get_by_text("not recorded").wait_for()
    eventually(lambda: pane(page, "door").locator("video").evaluate(CODE), None)


# --- what goes wrong -------------------------------------------------------------------------------


def test_a_gateway_that_is_away_while_somebody_scrubs_is_told_and_read_again(page, recordings):
    page.goto(timeline(recordings, 10))
    shows(page, recordings, "door", 10)
    eventually(lambda: states(page), ["covered", "covered"])  # both indexes are read before the gateway is away
    page.route("**/api/recordings/**", lambda route: route.abort())
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("-")
    page.get_by_text("This is what was last read").wait_for()
    pane(page, "door").get_by_text("The gateway does not answer").wait_for()
    eventually(lambda: states(page), ["covered", "covered"])
    shoot(page, "timeline-away")
    page.unroute("**/api/recordings/**")
    shows(page, recordings, "door", 30)
    page.get_by_text("This is what was last read").wait_for(state="detached")


def test_a_session_that_ends_while_somebody_scrubs_is_renewed_on_the_spot(page, recordings):
    page.goto(timeline(recordings, 10))
    shows(page, recordings, "hall", 10)
    page.context.clear_cookies()
    # Whatever the page asks next also opens the dialog, which would take the key: the page gets it here in any case.
    page.locator("body").dispatch_event("keydown", {"key": "ArrowRight", "shiftKey": True})
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
    expect(form.get_by_text("second person: open")).to_have_count(2)
    shoot(page, "timeline-export")
    accounts = web.accounts
    ben = accounts.store.account("ben")
    principal = principal_of(ben, {})
    asked = [each for each in accounts.approvals.requests(principal) if each.state == "open"]
    assert {each.subject for each in asked} == {"door", "hall"}
    for each in asked:
        accounts.approvals.decide(ben, principal, each.number, granted=True)
    expect(form.get_by_text("second person: agreed")).to_have_count(2)
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


def local(moment):
    """Return a moment as a field shows it: local time at the site."""
    return moment.astimezone(KATHMANDU).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_legal_hold_is_placed_seen_and_ended_once_a_second_person_agreed(page, web, recordings):
    begin = datetime.fromtimestamp(recordings.begin_s, UTC)
    page.goto("/recordings")
    part = page.get_by_role("region", name="Legal holds")
    part.get_by_text("Nothing is held.").wait_for()
    part.get_by_role("button", name="Place a legal hold").click()
    part.get_by_label("Camera").select_option("hall")
    part.get_by_label("From").fill(local(begin))
    part.get_by_label("Until").fill(local(begin + timedelta(seconds=60)))
    part.get_by_label("Reason").fill(REASON)
    shoot(page, "hold-form")
    part.get_by_role("button", name="Place it").click()
    part.get_by_text(REASON).wait_for()
    (hold,) = recordings.holds.all()
    assert (hold.camera, hold.begin, hold.by) == ("hall", begin, "anna")
    page.get_by_role("cell", name="1 legal hold").wait_for()

    part.get_by_role("button", name=f"End legal hold {hold.number} of hall").click()
    part.get_by_text("A second person must agree").wait_for()
    part.get_by_label("Why, for the second person").fill("The case is closed.")
    part.get_by_role("button", name="Ask a second person").click()
    part.get_by_text("second person: open").wait_for()
    shoot(page, "hold-asked")
    accounts = web.accounts
    ben = accounts.store.account("ben")
    principal = principal_of(ben, {})
    (asked,) = [each for each in accounts.approvals.requests(principal) if each.matter == "end_legal_hold"]
    accounts.approvals.decide(ben, principal, asked.number, granted=True)
    part.get_by_role("button", name=f"End legal hold {hold.number} of hall").click()
    part.get_by_text("Nothing is held.").wait_for()
    eventually(recordings.holds.all, [])


def test_an_end_before_the_beginning_places_no_hold_and_what_was_typed_stays(page, recordings):
    begin = datetime.fromtimestamp(recordings.begin_s, UTC)
    page.goto("/recordings")
    part = page.get_by_role("region", name="Legal holds")
    part.get_by_role("button", name="Place a legal hold").click()
    part.get_by_label("From").fill(local(begin))
    part.get_by_label("Until").fill(local(begin - timedelta(seconds=60)))
    part.get_by_label("Reason").fill(REASON)
    part.get_by_role("button", name="Place it").click()
    part.get_by_role("alert").get_by_text("end").wait_for()
    expect(part.get_by_label("Reason")).to_have_value(REASON)
    eventually(recordings.holds.all, [])


def test_the_audit_log_is_filtered_by_address_paged_and_verified_up_to_its_checkpoint(page, log):
    for number in range(150):
        log.append(AuditEntry(AuditKind.SETTINGS_CHANGED, time.time(), "script", "yard", {"number": number}))
    log.publish()
    page.goto("/audit?camera=yard")
    entries = page.get_by_role("region", name="Entries of the audit log").get_by_role("row")
    entries.nth(100).wait_for()
    expect(entries).to_have_count(101)
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
    expect(page.get_by_role("cell", name="settings changed")).to_have_count(0)
    page.get_by_role("button", name="Verify the log").click()
    proof = page.get_by_role("region", name="Result of the verification")
    proof.get_by_text("The log is intact").wait_for()
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
    expect(page.get_by_role("cell", name="anna")).to_have_count(0)
    expect(page.get_by_role("button", name="Verify the log")).to_have_count(0)
    expect(page.get_by_role("link", name="Timeline")).to_have_count(0)
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


def show_each(page, recordings, titles=None):
    """Open each page in turn, and yield its name once all of it is there."""
    sel = f"{at(recordings, 10)},{at(recordings, 30)}"
    for name, (address, title) in PAGES.items():
        opened(page, address.format(sel=sel), (titles or {}).get(title, title))
        yield name


@pytest.mark.parametrize("page", [{"bypass_csp": True}], indirect=True, ids=["axe"])
def test_these_pages_are_accessible_in_both_themes(page, recordings):
    page.add_init_script(path=AXE)
    for name in show_each(page, recordings):
        if name == "timeline":
            until(lambda: (told := states(page)) and "Loading" not in told)
        assert in_both_themes(page, name) == [], name


MOMENTS = {"covered": 10, "whole": 46, "absent": 64, "no picture": 86}
TEXTURE = """([begin, end]) => {
    const canvas = document.querySelector(".field canvas");
    const ratio = canvas.width / canvas.clientWidth;
    const [left, wide, top, high] = [begin * canvas.width, (end - begin) * canvas.width, 36 * ratio, 20 * ratio];
    const { data, width, height } = canvas.getContext("2d").getImageData(left, top, Math.min(wide, 48), high);
    const grey = (x, y) => {
        const at = 4 * (y * width + x);
        const [r, g, b, a] = [data[at], data[at + 1], data[at + 2], data[at + 3] / 255];
        return a * (0.3 * r + 0.59 * g + 0.11 * b) + (1 - a) * 245;  // the page below is light
    };
    let [across, down, count] = [0, 0, 0];
    for (let y = 1; y < height; y += 1) {
        for (let x = 1; x < width; x += 1) {
            across += Math.abs(grey(x, y) - grey(x - 1, y));
            down += Math.abs(grey(x, y) - grey(x, y - 1));
            count += 1;
        }
    }
    return [across / count, down / count, grey(width >> 1, height >> 1)];
}"""
"""How much a piece of the first strip changes from left to right and downwards, and its middle, in grey."""


@pytest.mark.parametrize("page", [{}, {"forced_colors": "active"}], indirect=True, ids=["grey", "forced colours"])
def test_without_colour_the_strips_tell_states_by_texture(page, recordings):
    page.goto(timeline(recordings, 70))
    eventually(lambda: states(page), ["not recorded", "covered"])
    page.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
    shoot(page, f"timeline-{'forced' if page.evaluate('matchMedia(`(forced-colors: active)`).matches') else 'grey'}")
    shares = {name: (at_s + 30) / 200 for name, at_s in MOMENTS.items()}  # of the time that the address names
    seen = {}

    def is_far(one, other):
        across = max(abs(a - b) for a, b in zip(seen[one][:2], seen[other][:2], strict=True))
        return across > 4 or abs(seen[one][2] - seen[other][2]) > 60

    def differ():
        seen.update({name: page.evaluate(TEXTURE, [share, share + 0.03]) for name, share in shares.items()})
        return all(is_far(*pair) for pair in combinations(seen, 2))

    until(differ, shown=lambda: seen)


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 720}}], indirect=True, ids=["phone"])
def test_these_pages_fit_a_phone_in_german(page, recordings):
    page.add_init_script("localStorage.setItem('passerby.language', 'de')")
    german = {"Timeline": "Zeitleiste", "Recordings": "Aufzeichnungen", "Audit": "Protokoll"}
    for name in show_each(page, recordings, german):
        shoot(page, f"{name}-360")
        fits(page, 360, name)
