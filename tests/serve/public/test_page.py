"""The public page of a camera: for everybody, without scripts, and no way to find other cameras."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import httpx
import pytest
from tests.serve.pages import TAKEN_S, DoorPage
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, eventually

from passerby.gateway.public_pictures import PublicPicture
from passerby.health.status import CameraState, Redaction
from passerby.media.fault import Fault
from passerby.watchdog.standing import WatchdogStanding
from passerby.watchdog.tally import LookTally


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


@pytest.fixture(scope="module")
def web(lasting_web):
    return lasting_web


@pytest.fixture
def pages(web, gateway):
    made = DoorPage(gateway)
    web.set_public(made)
    gateway.change("door", state=CameraState.OK, redaction=Redaction.ACTIVE, faults=frozenset(), detail="")
    return made


@pytest.fixture
def anyone(web, pages):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as client:
        yield client


def text_of(answer):
    assert answer.status_code == 200, answer.text
    return re.sub(r"<[^>]+>", " ", answer.text)


def test_anybody_reads_what_a_camera_is_for_who_answers_and_how_to_object(anyone):
    answer = anyone.get("/p/door")
    text = text_of(answer)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert "Notice &lt;b&gt;crowding&lt;/b&gt; &amp; blocked exits." in answer.text
    for wanted in ("1 Station Square", "privacy@example.org", "72 hours", "legitimate interests", "object"):
        assert wanted in text
    assert "The camera works. People who are found in its picture are covered." in text


def test_the_language_is_that_of_the_browser_or_of_the_link(anyone):
    german = anyone.get("/p/door", headers={"Accept-Language": "de-AT, en;q=0.5"})
    assert '<html lang="de">' in german.text
    assert "berechtigte Interessen" in german.text
    assert german.headers["vary"] == "Accept-Language"
    assert '<html lang="en">' in anyone.get("/p/door?lang=en", headers={"Accept-Language": "de"}).text


def test_a_camera_without_a_page_is_answered_like_one_that_does_not_exist(anyone):
    there, absent = anyone.get("/p/hall"), anyone.get("/p/hall-of-fame")
    assert there.status_code == absent.status_code == 404
    assert there.content == absent.content
    assert anyone.get("/p/hall/picture.jpg").content == anyone.get("/p/hall-of-fame/picture.jpg").content
    assert "door" not in anyone.get("/p/").text
    assert "hall" not in anyone.get("/p/door").text


def test_there_is_no_page_where_the_site_has_none(web, anyone):
    web.set_public(None)
    assert anyone.get("/p/door").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": CameraState.COVERED_WHOLE, "redaction": Redaction.WHOLE}, "whole picture is covered"),
        ({"state": CameraState.NO_PICTURE, "redaction": Redaction.NONE}, "no picture from this camera"),
        ({"state": CameraState.DEGRADED, "faults": frozenset({Fault.DARK})}, "poor at present"),
        ({"state": CameraState.STARTING, "redaction": Redaction.NONE}, "is starting"),
        ({"state": CameraState.OK, "redaction": Redaction.WHOLE}, "whole picture is covered"),
    ],
    ids=["whole", "no picture", "degraded", "starting", "ok but whole"],
)
def test_the_state_is_in_words_without_the_reason(gateway, anyone, change, words):
    gateway.change("door", detail="cannot connect to rtsp://10.0.0.5", **change)
    answer = anyone.get("/p/door")
    assert words in text_of(answer)
    assert "10.0.0.5" not in answer.text


def test_figures_of_the_public_log_are_shown_and_missing_ones_are_not_zero(pages, gateway, anyone):
    gateway.change("door", serviceability={"24h": 0.99999}, serviceability_over_s={"24h": 86_400.0})
    text = text_of(anyone.get("/p/door"))
    assert "2026-11-27" in text
    assert "99.9\xa0% of the time" in text
    assert "watchdog" not in text
    pages.more = {"days": None}
    text = text_of(anyone.get("/p/door"))
    assert "does not publish a log" in text


def test_the_bound_of_a_watchdog_is_shown_rounded_up_and_no_look_is_said_to_be_none(pages, anyone):
    tally = LookTally(looks=2880, frames=864_000, watched_s=86_400)
    standing = WatchdogStanding("door", True, TAKEN_S, 86_400, tally, 64.2, 0, 0.0, ("eve/watch",))
    pages.more = {"watched": standing}
    assert (
        "2880 covered pictures, drawn at random in the 24 h that it watched. By what it saw, at most 65 uncovered"
        in text_of(anyone.get("/p/door"))
    )
    assert "höchstens 65 unverdeckte Köpfe" in text_of(anyone.get("/p/door", params={"lang": "de"}))
    pages.more = {"watched": replace(standing, observed=False)}
    assert "nobody knows how many heads stay uncovered" in text_of(anyone.get("/p/door"))


def test_a_picture_is_shown_with_its_time_and_there_is_none_without_one(pages, anyone):
    assert anyone.get("/p/door/picture.jpg").status_code == 404
    pages.more = {"delay_min": 60}
    assert "No picture at present" in text_of(anyone.get("/p/door"))
    pages.more = {"delay_min": 60, "picture": PublicPicture(b"\xff\xd8 jpeg", TAKEN_S)}
    answer = anyone.get("/p/door")
    assert f'src="/p/door/picture.jpg?{TAKEN_S:.0f}"' in answer.text
    assert "60 min late" in text_of(answer)
    got = anyone.get("/p/door/picture.jpg")
    assert (got.headers["content-type"], got.content) == ("image/jpeg", b"\xff\xd8 jpeg")


def test_page_style_and_picture_take_less_than_20_kb(pages, anyone):
    from passerby.gateway.public_pictures import MOST_BYTES

    pages.more = {"delay_min": 60, "picture": PublicPicture(bytes(MOST_BYTES), TAKEN_S)}
    parts = [anyone.get(each, headers={"Accept-Language": "de"}) for each in ("/p/door", "/public.css")]
    assert all(each.status_code == 200 for each in parts)
    assert sum(len(each.content) for each in parts) + MOST_BYTES < 20_000


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.served
def test_the_page_is_accessible_and_fits_a_phone_without_scripts(web, gateway, pages, visits, theme):
    from tests.serve.acted import covered, drawn
    from tests.serve.browser import AXE, fits, shoot, violations

    from passerby.outputs.stream.still import small_jpeg
    from passerby.outputs.stream.wall import wall_picture

    small = wall_picture(covered(drawn(40, (320, 180), time.time()), Redaction.ACTIVE), Redaction.ACTIVE)
    pages.more = {"delay_min": 60, "picture": PublicPicture(small_jpeg(small, most_bytes=11_000), TAKEN_S)}
    options = {"color_scheme": theme, "base_url": web.address, "viewport": {"width": 360, "height": 720}}
    page = visits.open(**options, java_script_enabled=False)
    page.goto("/p/door")
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_role("heading", name="Kamera door, arena").wait_for()
    page.get_by_role("link", name="English").click()
    page.get_by_role("heading", name="Camera door, arena").wait_for()
    page.set_viewport_size({"width": 360, "height": 2200})
    shoot(page, f"public-{theme}-360")
    page = visits.open(**options, bypass_csp=True)
    page.add_init_script(path=AXE)
    page.goto("/p/door")
    fits(page, 360, theme)
    eventually(lambda: page.evaluate("document.querySelector('img').naturalWidth"), 320)
    assert violations(page) == []
