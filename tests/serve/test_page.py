"""The wall and a camera in a real browser: one gateway, whose cameras work again at the beginning of each test."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect
from tests.serve.acted import ActedGateway
from tests.serve.browser import session_of
from tests.serve.served import Served
from tests.waiting import PATIENCE_S, eventually, until

from passerby.health.status import CameraState, Redaction
from passerby.media.fault import Fault
from passerby.outputs.stream.packet import StreamName
from passerby.settings.site.web import WebSettings


@pytest.fixture(scope="module")
def gateway():
    acted = ActedGateway("door", "hall")
    yield acted
    acted.close()


@pytest.fixture(scope="module")
def web(gateway):
    with Served(gateway, WebSettings(port=0)) as server:
        yield server


@pytest.fixture(scope="module")
def session(chromium, web):
    return session_of(chromium, web.address)


@pytest.fixture
def page(request, gateway, web, session, visits):
    """Return the wall, seen by somebody who is signed in. A parameter is a script to run first."""
    gateway.restore()
    opened = visits.open(script=getattr(request, "param", ""), storage_state=session)
    opened.goto(web.address)
    opened.get_by_role("button", name="Sign out").wait_for()
    return opened


PICTURE = """shown => {
    const [width, height] = [shown.videoWidth ?? shown.width, shown.videoHeight ?? shown.height];
    if (!width) return null;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.drawImage(shown, 0, 0);
    return Array.from(context.getImageData(0, canvas.height * 0.75 | 0, canvas.width, 1).data).join();
}"""


def pictures(locator, count=3):
    """Wait until so many different pictures have been on the screen."""
    seen = set()

    def look():
        if (picture := locator.evaluate(PICTURE)) is not None:  # it may have none yet
            seen.add(picture)
        return len(seen) >= count

    until(look, every_s=0.1, shown=lambda: f"{len(seen)} of {count} pictures")


def test_the_wall_moves_and_says_that_people_are_covered(page):
    tile = page.get_by_role("link", name="door")
    tile.get_by_text("covered", exact=True).wait_for()
    pictures(tile.locator("canvas"))
    expect(page.locator("#summary")).to_contain_text("2 cameras: 2 covered")


def test_a_camera_opens_in_full_size_and_shows_how_old_the_picture_is(page, gateway):
    page.get_by_role("link", name="door").click()
    page.get_by_role("heading", name="door").wait_for()
    head = page.locator(".head")
    head.get_by_text("covered", exact=True).wait_for()
    head.get_by_text(re.compile(r"^\d+ ms$")).wait_for()
    eventually(lambda: page.locator("canvas").evaluate("canvas => [canvas.width, canvas.height]"), [640, 360])
    pictures(page.locator("canvas"))
    until(lambda: not gateway.hub.watched("hall", StreamName.WALL))


def test_badges_follow_the_picture(page, gateway):
    tile = page.get_by_role("link", name="door")
    tile.get_by_text("covered", exact=True).wait_for()
    gateway.change("door", redaction=Redaction.WHOLE, state=CameraState.COVERED_WHOLE)
    tile.get_by_text("covered whole").wait_for()
    gateway.change("door", redaction=Redaction.ACTIVE, state=CameraState.OK)
    tile.get_by_text("covered", exact=True).wait_for()


def test_a_stream_that_stops_is_never_shown_as_live(page, gateway):
    tile = page.get_by_role("link", name="door")
    tile.get_by_text("covered", exact=True).wait_for()
    gateway.change("door", state=CameraState.DOWN)
    tile.get_by_text("No live picture").wait_for()
    expect(tile.locator("canvas")).to_have_count(0)
    gateway.change("door", state=CameraState.OK)
    tile.locator("canvas").wait_for()


def test_keys_lead_from_camera_to_camera_and_back(page):
    page.get_by_role("link", name="door").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="door").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="hall").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("list", name="Cameras").wait_for()


def test_a_screen_reader_hears_of_a_camera_that_fails(page, gateway):
    page.get_by_role("link", name="door").get_by_text("covered", exact=True).wait_for()
    gateway.change("hall", state=CameraState.NO_PICTURE, redaction=Redaction.NONE)
    page.get_by_role("status").get_by_text("hall: no picture").wait_for()


def test_a_hidden_page_watches_nothing(page, gateway):
    page.get_by_role("link", name="door").get_by_text("covered", exact=True).wait_for()
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    until(lambda: not gateway.hub.watched("door", StreamName.WALL))


@pytest.mark.parametrize("way", ["WebCodecs", "WebRTC", "MP4"])
def test_every_way_of_playing_shows_moving_pictures(page, way):
    page.get_by_role("link", name="door").click()
    page.get_by_label("Video transport").select_option(label=way)
    screen = page.locator(".screen canvas" if way == "WebCodecs" else ".screen video")
    screen.wait_for()
    pictures(screen)
    page.locator(".head").get_by_text("covered", exact=True).wait_for()


WITHOUT_WEBCODECS = "delete window.VideoDecoder;"
WITHOUT_H264 = """window.VideoDecoder &&= class extends VideoDecoder {
    constructor(told) { super(told); this.told = told; }
    configure() { setTimeout(() => this.told.error(new DOMException("no H.264", "NotSupportedError"))); }
    decode() {}
};"""
WITHOUT_WEBRTC = "delete window.RTCPeerConnection;"
PATIENT = f"""{{
    const soon = window.setTimeout;
    window.setTimeout = (call, ms, ...more) => soon(call, ms === 3000 ? {1000 * PATIENCE_S} : ms, ...more);
}}"""
"""A way that shows nothing for 3 s is given up; a busy machine may take longer to show its first picture."""
SWALLOWED = "RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {});"  # as by a firewall


@pytest.mark.parametrize(
    ("page", "way"),
    [
        ("", "canvas"),
        (PATIENT + WITHOUT_WEBCODECS, "WebRTC"),
        (PATIENT + WITHOUT_H264, "WebRTC"),
        (WITHOUT_WEBCODECS + WITHOUT_WEBRTC, "MP4"),
        (WITHOUT_WEBCODECS + SWALLOWED, "MP4"),
    ],
    indirect=["page"],
    ids=["all", "no WebCodecs", "no H.264 in WebCodecs", "neither it nor WebRTC", "WebRTC swallowed"],
)
def test_a_browser_plays_in_the_best_way_that_it_has_on_the_wall_and_in_full_size(page, way):
    playing = "canvas" if way == "canvas" else "video"
    for screen in (page.get_by_role("link", name="door").locator(playing), page.locator(f".single .screen {playing}")):
        screen.wait_for()
        pictures(screen)
        if way != "canvas":
            eventually(lambda: screen.evaluate("video => video.srcObject ? 'WebRTC' : 'MP4'"), way)  # noqa: B023
        if page.locator(".wall").count():
            page.get_by_role("link", name="door").click()


def test_the_wall_can_be_one_picture_whose_parts_lead_to_the_cameras(page, gateway):
    page.get_by_role("button", name="Show mosaic").click()
    canvas = page.locator(".mosaic canvas")
    canvas.wait_for()
    pictures(canvas)
    tile = page.get_by_role("link", name="hall")
    tile.get_by_text("covered", exact=True).wait_for()
    gateway.change("hall", state=CameraState.NO_PICTURE, redaction=Redaction.NONE)
    tile.get_by_text("no picture").wait_for()
    until(lambda: not gateway.hub.watched("door", StreamName.WALL))
    tile.click()
    page.get_by_role("heading", name="hall").wait_for()
    until(lambda: not gateway.walls)


@pytest.mark.parametrize("page", [PATIENT], indirect=True, ids=["patient"])
def test_mp4_goes_on_after_a_gap(page, gateway):
    page.get_by_role("link", name="door").click()
    page.get_by_label("Video transport").select_option(label="MP4")
    video = page.locator(".screen video")
    video.wait_for()
    video.evaluate("video => { video.first = true; }")
    gateway.change("door", state=CameraState.DOWN)
    time.sleep(1)  # shorter than a stream that stops: it goes on in the same element
    gateway.change("door", state=CameraState.OK)
    pictures(video, count=10)
    eventually(lambda: video.evaluate("video => video.first"), True)


FAULTY = {
    "frozen": "frozen",
    "obstructed": "view blocked",
    "dark": "too dark",
    "moved": "camera has moved",
    "blurred": "blurred",
    "late": "late",
}


def break_down(gateway, camera, *faults):
    since_s = dict.fromkeys(faults, 1_700_000_000.0)
    gateway.change(camera, state=CameraState.DEGRADED, faults=frozenset(faults), fault_since_s=since_s)


def colour(locator):
    return locator.evaluate("element => getComputedStyle(element).color")


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_is_shown_in_words_and_colour_on_tile_header_and_mosaic_and_is_announced(page, gateway, fault):
    tile = page.get_by_role("link", name="hall")
    tile.get_by_text("covered", exact=True).wait_for()
    good = colour(tile.locator(".badge"))
    break_down(gateway, "hall", fault)
    words = f"covered, {FAULTY[fault]}"
    tile.get_by_text(words, exact=True).wait_for()
    expect(tile.locator(".badge")).not_to_have_css("color", good)
    page.locator("#summary").get_by_text(f"1 {words}").wait_for()
    expect(page.locator("#summary .fault")).not_to_have_css("color", colour(page.locator("#summary .active")))
    expect(page.get_by_role("status")).to_have_text(f"hall: {words}")
    page.get_by_role("button", name="Show mosaic").click()
    part = page.locator(".mosaic").get_by_role("link", name="hall")
    part.get_by_text(words, exact=True).wait_for()
    other = page.locator(".mosaic").get_by_role("link", name="door").locator(".badge")
    expect(part.locator(".badge")).not_to_have_css("color", colour(other))


def test_the_age_of_a_picture_that_stands_still_is_not_shown_as_fresh(page, gateway):
    tile = page.get_by_role("link", name="hall")
    tile.get_by_text(re.compile(r"^\d+ ms$")).wait_for()
    break_down(gateway, "hall", Fault.FROZEN)
    tile.get_by_text(re.compile("^frozen since ")).wait_for()
    expect(tile).not_to_contain_text(re.compile(r"\d ms"))
    break_down(gateway, "door", Fault.FROZEN)
    page.get_by_role("button", name="Show mosaic").click()
    page.locator(".mosaic canvas").wait_for()
    page.locator(".mosaic").get_by_role("link", name="door").get_by_text("covered, frozen").wait_for()
    pictures(page.locator(".mosaic canvas"))
    expect(page.locator(".mosaic > .delay")).to_have_text("")


def test_few_pictures_a_second_are_mentioned(page, gateway):
    gateway.change("hall", fps=2.0)
    page.get_by_role("link", name="hall").get_by_text("covered, only 2.0 pictures/s").wait_for()
    page.locator("#summary").get_by_text("1 covered, few pictures/s").wait_for()


def test_a_camera_without_a_picture_says_why(page, gateway):
    page.get_by_role("link", name="hall").get_by_text("covered", exact=True).wait_for()
    gateway.change("hall", state=CameraState.REFUSED, redaction=Redaction.NONE)
    page.get_by_role("link", name="hall").get_by_text("no picture, camera rejects the connection").wait_for()


def test_one_camera_fills_the_wall_and_fits_the_window(page, gateway):
    gateway.remove("hall")
    tile = page.get_by_role("link", name="door")
    expect(page.locator(".tile")).to_have_count(1)
    tile.get_by_text("covered", exact=True).wait_for()
    window = page.viewport_size

    def fills():
        box = tile.bounding_box()
        is_large = box["width"] > 0.8 * window["width"] or box["height"] > 0.7 * window["height"]
        return is_large and box["y"] + box["height"] <= window["height"]

    until(fills, shown=tile.bounding_box)


def test_counts_stay_on_one_line_beside_a_long_reason_and_shares_say_over_which_time(page, gateway):
    day_s = {"24h": 86_400, "7d": 100_000}
    gateway.change(
        "door",
        withheld={
            "no detector pass of the same shot lies around this frame, and so it cannot count as inspected": 123456
        },
        serviceability={"24h": 0.5, "7d": 0.6},
        serviceability_over_s=day_s,
    )
    page.get_by_role("link", name="door").click()
    count = page.locator("dd", has_text="123456")
    count.wait_for()
    until(lambda: count.bounding_box()["width"] > 30, shown=count.bounding_box)
    rows = "dd => { const r = document.createRange(); r.selectNodeContents(dd); return r.getClientRects().length; }"
    eventually(lambda: count.evaluate(rows), 1)
    page.get_by_text("last 24h", exact=True).wait_for()
    page.get_by_text("last 27 h (less than 7d)", exact=True).wait_for()


def test_times_are_in_the_sites_zone_whatever_the_browsers_is_and_in_utc_on_hover(page, gateway):
    since_s = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC, 2023-11-15 03:58:20 in Kathmandu
    gateway.change(
        "door",
        since_s=since_s,
        state=CameraState.DEGRADED,
        faults=frozenset({Fault.FROZEN}),
        fault_since_s={Fault.FROZEN: since_s},
    )
    page.get_by_role("link", name="door").click()
    moment = page.locator("dd time").first
    expect(moment).to_contain_text("3:58:20")
    expect(moment).to_contain_text("Nov 15, 2023")
    expect(moment).to_have_attribute("title", "2023-11-14 22:13:20 UTC (shown in Asia/Kathmandu)")
    delay = page.locator(".head .delay", has_text="3:58:20")
    expect(delay).to_have_attribute("title", re.compile("22:13:20 UTC"))
