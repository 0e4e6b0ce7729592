"""The page of a review without a mouse, and with originals that a browser cannot play or that are another recording."""

from __future__ import annotations

import threading
from fractions import Fraction

import av
import numpy as np
import pytest
from playwright.sync_api import expect
from tests.release.made import clip, report_of
from tests.waiting import PATIENCE_S, eventually, until

import passerby
from passerby.jobs.review_files import first_edits, review_files
from passerby.jobs.review_session import ReviewSession
from passerby.reports.redaction import FrameBoxes
from passerby.review.journal import EditsJournal
from passerby.serve.review.server import ReviewServer

pytestmark = [pytest.mark.served, pytest.mark.slow]
STEP = 2
"""How far an arrow key moves the cross in a picture of 160 x 120, px."""
LATE_S = 2


@pytest.fixture
def review(tmp_path):
    """A review of a drawn clip of 160 x 120 px, 2 s at 5 frames a second; its copy and report are made up."""
    files = review_files(clip(tmp_path / "hall.mp4", seconds=2))
    clip(files.copy, seconds=2)
    options = passerby.RedactOptions.checked(effort="fast", check="off")
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
        yield ReviewSession(files, options, journal, report_of(files.copy, seconds=2), "R. Viewer")


@pytest.fixture
def page(review, visits):
    """The page; any error in it fails the test."""
    with ReviewServer(review) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        page = visits.open(expected="^$", viewport={"width": 1280, "height": 800})
        page.goto(running.address)
        page.wait_for_selector("body[data-ready=yes]")
        yield page
        running.shutdown()
        thread.join(PATIENCE_S)


def with_sound(path, *, video):
    """A clip whose sound every browser plays, and whose pictures, MPEG-4 part 2, none does."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=5) if video else None
        sound = container.add_stream("aac", rate=8000, layout="mono")
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = 160, 120, "yuv420p"
            for _ in range(10):
                pixels = np.zeros((120, 160, 3), np.uint8)
                container.mux(pictures.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(pictures.encode())
        for number in range(16):
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            samples.rate, samples.pts, samples.time_base = 8000, 1024 * number, Fraction(1, 8000)
            container.mux(sound.encode(samples))
        container.mux(sound.encode())
    return path


def test_boxes_and_polygons_are_drawn_by_keyboard_alone(page, review):
    page.keyboard.press("b")
    page.keyboard.press("Space")
    expect(page.locator("#draw .cross")).to_have_count(1)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#draw .preview")).to_have_count(1)
    page.keyboard.press("Space")
    (added,) = until(lambda: list(review.journal.edits.added))
    (x1, y1, x2, y2) = added.keys[0].box
    assert (x2 - x1, y2 - y1) == (5 * STEP, 5)
    expect(page.locator("#edits li")).to_have_count(1)
    expect(page.locator("#draw .cross")).to_have_count(0)
    expect(page.locator("#saved")).to_have_text("every change is saved")

    page.keyboard.press("Escape")
    page.keyboard.press("p")
    for way in ("ArrowLeft", "ArrowUp", "ArrowUp"):
        for _ in range(4):
            page.keyboard.press(way)
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#edits li")).to_have_count(2)
    eventually(lambda: [len(each.keys[0].polygon or ()) for each in review.journal.edits.added], [0, 3])


def draw(page, left, top):
    """Draw a box with the mouse; its corner is at these shares of the picture, and it is a tenth as wide and high."""
    page.keyboard.press("b")
    area = page.locator("#draw").bounding_box()
    x, y = area["x"] + left * area["width"], area["y"] + top * area["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + area["width"] / 10, y + area["height"] / 10, steps=3)
    page.mouse.up()


def test_a_box_beside_the_chosen_region_s_own_is_another_region_and_one_over_it_corrects_it(page, review):
    """It moved the chosen region, and so took the first person's cover away."""
    draw(page, 0.2, 0.2)
    expect(page.locator("#edits li")).to_have_count(1)
    draw(page, 0.6, 0.6)
    expect(page.locator("#edits li")).to_have_count(2)
    (first, second) = until(lambda: len(review.journal.edits.added) == 2 and list(review.journal.edits.added))
    assert first.keys[0].box[2] < second.keys[0].box[0]
    draw(page, 0.63, 0.63)
    eventually(lambda: review.journal.edits.added[1].keys[0].box[0] > second.keys[0].box[0], True)
    assert [len(each.keys) for each in review.journal.edits.added] == [1, 1]
    assert review.journal.edits.added[0] == first


def test_only_drawn_cover_is_turned_into_an_opening(page, review):
    """With a person left visible chosen, `x` removed the added region of the same number."""
    draw(page, 0.2, 0.2)
    expect(page.locator("#edits li")).to_have_count(1)
    page.keyboard.press("v")
    eventually(lambda: (len(review.journal.edits.visible), len(review.journal.edits.added)), (1, 0))
    expect(page.locator("#saved")).to_have_text("every change is saved")
    page.keyboard.press("Escape")
    draw(page, 0.6, 0.6)
    eventually(lambda: len(review.journal.edits.added), 1)
    page.locator("#edits li").filter(has_text="visible").click()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    draw(page, 0.4, 0.1)  # done after it
    eventually(lambda: len(review.journal.edits.added), 2)
    eventually(lambda: (len(review.journal.edits.visible), len(review.journal.edits.opened)), (1, 0))


@pytest.mark.parametrize(("name", "video"), [("hall.avi", True), ("hall.mp4", True), ("hall.m4a", False)])
def test_an_original_that_the_browser_cannot_play_leaves_the_review_as_it_is(page, tmp_path, name, video):
    (tmp_path / "own").mkdir()
    page.set_input_files("#file", with_sound(tmp_path / "own" / name, video=video))
    message = page.locator("#message")
    expect(message).to_contain_text(f"{name}: this browser cannot play this file")
    expect(message).to_contain_text("The review goes on without the original")
    expect(message).to_contain_text("convert a copy of your file to MP4 with H.264")
    expect(page.locator("#original")).to_be_hidden()
    expect(page.locator("#open-original")).to_have_text("Open my original ...")
    page.keyboard.press("Home")
    page.keyboard.press(".")
    expect(page.locator("#time")).to_contain_text("frame 1")


def test_a_file_that_is_probably_another_recording_is_noticed(page, review, tmp_path):
    other = clip(tmp_path / "other.mp4", seconds=9)
    page.set_input_files("#file", other)
    expect(page.locator("#original")).to_be_visible()
    expect(page.locator("#message")).to_contain_text("other.mp4: has 160 x 120 px and 0:09.00, the copy 160 x 120 px")
    expect(page.locator("#message")).to_contain_text("Is it this recording?")
    page.set_input_files("#file", review.files.recording)
    expect(page.locator("#message")).to_be_hidden()
    expect(page.locator("#original")).to_be_visible()


def late_clip(path):
    """A clip whose first picture is shown 2 s after time zero."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(10):
            picture = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 20 * number, np.uint8), format="rgb24")
            picture.pts = number + 5 * LATE_S
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def test_an_original_that_begins_late_shows_the_frame_that_the_copy_shows(tmp_path, visits):
    files = review_files(late_clip(tmp_path / "late.mp4"))
    late_clip(files.copy)
    boxes = [FrameBoxes(frame=number, time_s=LATE_S + number / 5, boxes_px=[]) for number in range(10)]
    report = report_of(files.copy, seconds=2, boxes=boxes)
    options = passerby.RedactOptions.checked(effort="fast", check="off")
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
        session = ReviewSession(files, options, journal, report, "R. Viewer")
        with ReviewServer(session) as running:
            thread = threading.Thread(target=running.serve_forever, daemon=True)
            thread.start()
            page = visits.open(expected="^$", viewport={"width": 1280, "height": 800})
            page.goto(running.address)
            page.wait_for_selector("body[data-ready=yes]")
            page.keyboard.press("Home")
            for _ in range(4):
                page.keyboard.press(".")
            expect(page.locator("#time")).to_have_text("0:02.80 · frame 4")
            page.set_input_files("#file", files.recording)
            expect(page.locator("#original")).to_be_visible()
            times = "[...document.querySelectorAll('#copy, #original')].map((each) => each.currentTime)"
            until(lambda: abs(np.subtract(*page.evaluate(times))) < 0.05)
            running.shutdown()
            thread.join(PATIENCE_S)


def test_a_browser_that_closes_a_connection_prints_nothing_and_other_failures_do(review, capsys):
    with ReviewServer(review) as server:
        for error in (ConnectionResetError("reset"), TimeoutError("late"), RuntimeError("ours")):
            try:
                raise error
            except (OSError, RuntimeError):
                server.handle_error(None, ("127.0.0.1", 1))
    printed = capsys.readouterr().err
    assert "ours" in printed
    assert "reset" not in printed
    assert "late" not in printed
