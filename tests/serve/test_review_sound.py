"""The sound on the page of a review: levels of the copy, a span that is muted by hand, undo, and the new copy."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from playwright.sync_api import expect
from tests.jobs.test_sound import RATE, clip_of, heard_in, level, tone
from tests.waiting import PATIENCE_S, eventually

import passerby
from passerby.jobs.review_files import first_edits, make_copy, review_files
from passerby.jobs.review_session import ReviewSession
from passerby.review.journal import EditsJournal
from passerby.serve.review.server import ReviewServer

pytestmark = [pytest.mark.served, pytest.mark.slow]
LOUD_S = (1.0, 2.0)


@pytest.fixture(scope="module")
def review(tmp_path_factory, registry_models):
    """A review of a clip of 4 s, 5 frames a second, that is loud for a second and hums before and after."""
    hum = tone(4)
    hum[int(LOUD_S[0] * RATE) : int(LOUD_S[1] * RATE)] *= 10
    recording = clip_of(tmp_path_factory.mktemp("review") / "hall.mp4", [hum])
    options = passerby.RedactOptions.checked(cover=("faces",), effort="fast", check="off", sound="keep")
    files = review_files(recording)
    report = make_copy(files, options, replace=False)
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
        yield ReviewSession(files, options, journal, report, "R. Viewer")


@pytest.fixture
def server(review):
    with ReviewServer(review) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join(PATIENCE_S)


@pytest.fixture
def page(server, visits):
    """The page; any error in it fails the test."""
    opened = visits.open(expected="^$", viewport={"width": 1280, "height": 800})
    opened.goto(server.address)
    opened.wait_for_selector("body[data-ready=yes]")
    opened.locator("#sound .wave").wait_for()
    return opened


def test_levels_are_those_of_the_copy_and_nothing_more_is_sent(review):
    answer = review.sound()
    assert set(answer) == {"levels", "in_recording", "per_s"}
    levels = np.array(answer["levels"])
    per_s = answer["per_s"]
    assert per_s <= 20  # levels from which speech could be made would need thousands a second
    assert levels[int(LOUD_S[0] * per_s) + 1 : int(LOUD_S[1] * per_s) - 1].min() > 3 * levels[1 : per_s - 1].max()
    assert json.loads(json.dumps(answer)) == answer


def test_a_span_is_muted_from_frame_to_frame_by_keyboard_and_by_mouse(page, review):
    page.keyboard.press("Escape")
    for _ in range(5):
        page.keyboard.press(".")
    expect(page.locator("#time")).to_contain_text("frame 5")
    page.keyboard.press("s")
    expect(page.locator("#mute")).to_have_text("Mute up to here")
    for _ in range(4):
        page.keyboard.press(".")
    expect(page.locator("#time")).to_contain_text("frame 9")
    page.keyboard.press("s")
    expect(page.locator("#sound .muted")).to_have_count(1)
    (muted,) = review.journal.edits.muted
    assert (muted.from_s, muted.to_s) == pytest.approx(LOUD_S)
    page.fill("#edit-reason", "third party")
    page.keyboard.press("Tab")
    expect(page.locator("#edits")).to_contain_text("Sound muted: third party")

    lane = page.locator("#sound").bounding_box()
    at = lambda time_s: (lane["x"] + lane["width"] * time_s / 4, lane["y"] + 20)  # noqa: E731 - a place on the page
    page.mouse.move(*at(2.5))
    page.mouse.down()
    page.mouse.move(*at(3.1), steps=3)
    page.mouse.up()
    expect(page.locator("#mute")).to_have_text("Mute the selection")
    page.click("#mute")
    expect(page.locator("#sound .muted")).to_have_count(2)
    second = review.journal.edits.muted[1]
    assert (second.from_s, second.to_s) == pytest.approx((2.4, 3.2))  # whole frames
    page.keyboard.press("Control+z")
    expect(page.locator("#sound .muted")).to_have_count(1)
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("#sound .muted")).to_have_count(2)
    for _ in range(2):
        page.keyboard.press("n")
    expect(page.locator("#sound .muted.selected")).to_have_count(1)
    page.keyboard.press("Delete")
    expect(page.locator("#sound .muted")).to_have_count(1)

    page.keyboard.press("Shift+Enter")
    expect(page.locator("#reviews")).to_contain_text("Ready to be released")
    sound = heard_in(review.files.copy)
    assert level(sound, LOUD_S[0] + 0.05, LOUD_S[1] - 0.05) < 0.001
    assert level(sound, 2.3, 3.3) > 0.03
    expect(page.locator("#sound .silent")).to_have_count(1)
    levels = review.sound()["levels"]
    assert max(levels[int(20 * LOUD_S[0]) + 1 : int(20 * LOUD_S[1]) - 1]) == 0


def test_the_copy_is_heard_on_request_only(page):
    eventually(lambda: page.evaluate("document.getElementById('copy').muted"), True)
    page.keyboard.press("l")
    expect(page.locator("#listen")).to_have_attribute("aria-pressed", "true")
    eventually(lambda: page.evaluate("document.getElementById('copy').muted"), False)
