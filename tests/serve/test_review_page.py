"""The page of a review, in a browser: doubts first, a region drawn and followed, undo, and only covered pictures."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import struct
import threading
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect
from tests.live.mark import SECRET, SECRET_BOX, SHOWN, found, picture, write_clip
from tests.waiting import PATIENCE_S, eventually, until

import passerby
from passerby.assembly import edited
from passerby.jobs.review_files import first_edits, present_report, review_files
from passerby.jobs.review_session import ReviewSession
from passerby.redact.hand_cover import FollowedPlaces
from passerby.reports.redaction import LeakCheck, ReportedMiss
from passerby.review.edits import AddedCover
from passerby.review.edits_file import read_edits
from passerby.review.journal import EditChange, EditsJournal
from passerby.serve.review.server import ReviewServer
from passerby.settings.reasons import SiteReasons

SITE = SiteReasons.model_validate(
    {"reasons": [{"reason": "minor", "basis": "JGG § 48"}, {"reason": "usual", "covers": ["sound"]}]}
)
pytestmark = [pytest.mark.served, pytest.mark.slow]
ADDED = {"keys": [{"time_s": 0.5, "box": [0.0, 0.0, 20.0, 20.0]}], "from_s": 0.0, "to_s": 1.0}
HOSTILE = "<img src=x onerror=alert(1)> '\".mp4"


@pytest.fixture(scope="module")
def review(tmp_path_factory, registry_models):
    """A review of a clip with two marks, one of them covered by a mask, and one doubt."""
    from passerby.jobs.review_files import make_copy

    folder = tmp_path_factory.mktemp("review")
    write_clip(folder / "marked.mp4", seconds=2)
    recording = (folder / "marked.mp4").rename(folder / HOSTILE)
    mask = folder / "mask.json"
    mask.write_text(json.dumps({"masks": [{"box": SECRET_BOX, "unit": "px"}]}))
    options = passerby.RedactOptions.checked(effort="fast", check="off", masks=(mask,))
    files = review_files(recording)
    assert present_report(files) is None
    report = make_copy(files, options, replace=False)
    assert present_report(files) == report
    spot = ReportedMiss(
        first_s=0.5, last_s=0.9, frame=5, frames=2, box_px=(300, 230, 380, 300), kind="person", score=0.6
    )
    check = LeakCheck(
        depth="sample", models=[], frames_checked=2, frames_suspicious=2, frames_unreadable=0, spots=[spot]
    )
    report = report.model_copy(update={"leak_check": check})
    with EditsJournal(files.journal, first_edits(files, openings=True, second=True)) as journal:
        yield ReviewSession(files, options, journal, report, "R. Viewer", SITE)


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
    dialogs = []
    refused = r"status of (422|507)"  # what the command refuses is no error of the page, and the browser notes it
    page = visits.open(expected=refused, viewport={"width": 1280, "height": 800})
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(server.address)
    page.wait_for_selector("body[data-ready=yes]")
    yield page
    assert not dialogs


def asked(server, path, *, cookie=True, method="GET", **headers):
    body = b"{}" if method == "POST" else None
    request = urllib.request.Request(server.origin + path, method=method, data=body)  # noqa: S310 - our own
    if cookie:
        request.add_header("Cookie", f"{server.cookie}={server.secret}")
    for name, value in headers.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def test_doubts_come_first_and_are_accepted_and_taken_back_by_keyboard(page, review):
    expect(page.locator("#name")).to_have_text(HOSTILE)
    expect(page.locator("#doubts li")).not_to_have_count(0)
    expect(page.locator("#left")).to_have_text(re.compile(r"^[1-9]\d* of [1-9]\d* left$"))
    first = page.locator("#doubts li[aria-current=true]")
    first.wait_for()
    page.keyboard.press("a")
    page.locator("#doubts li.done").first.wait_for()
    eventually(lambda: [each.by for each in review.journal.edits.accepted], ["R. Viewer"])
    page.keyboard.press("Control+z")
    expect(page.locator("#doubts li.done")).to_have_count(0)
    eventually(lambda: list(review.journal.edits.accepted), [])


def test_an_answer_does_not_wait_until_the_browser_acknowledges_its_head(server, monkeypatch):
    delayed, finished = [], server.shutdown_request

    def note(sock):
        delayed.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0)
        finished(sock)

    monkeypatch.setattr(server, "shutdown_request", note)
    asked(server, "/progress")
    assert until(lambda: delayed) == [False]


def test_what_a_doubt_does_not_change_stays_on_the_page(page, review):
    """A name that is being typed, with the focus, and each bar of the timeline that is as before."""
    page.locator("#approver").fill("An")
    page.evaluate("document.querySelector('#timeline rect.doubt, #timeline rect').dataset.old = 'yes'")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: ']', bubbles: true }))")
    expect(page.locator("#doubts li[aria-current=true]")).to_have_count(1)
    page.locator("#approver").press_sequentially("na")
    expect(page.locator("#approver")).to_have_value("Anna")
    expect(page.locator("#timeline rect[data-old=yes]")).to_have_count(1)


def test_the_doubt_that_is_looked_at_stays_the_same_when_others_come_before_it(page, review):
    lost = [[0.0, [[[0, 0], [9, 9]]], False], [0.4, [[[0, 0], [9, 9]]], True]]
    page.route("**/follow", lambda route: route.fulfill(json={"frames": lost}))
    here = page.locator("#doubts li", has_text="person may be visible")
    here.click()
    page.keyboard.press("b")
    for key in (" ", "ArrowRight", "ArrowDown", " "):
        page.keyboard.press("Space" if key == " " else key)
    expect(page.locator("#doubts li").first).to_contain_text("lost what it follows")
    expect(here).to_have_attribute("aria-current", "true")
    expect(page.locator("#doubts li[aria-current=true]")).to_have_count(1)
    page.keyboard.press("a")
    eventually(lambda: [each.first_s for each in review.journal.edits.accepted], [0.5])
    for _ in range(2):
        page.keyboard.press("Control+z")
    eventually(lambda: (len(review.journal.edits.accepted), len(review.journal.edits.added)), (0, 0))
    expect(page.locator("#edits li")).to_have_count(0)


def test_a_region_is_followed_once_for_each_state_of_it(review, monkeypatch):
    read = []
    monkeypatch.setattr(edited, "followed_region", lambda *what: (read.append(what), FollowedPlaces())[1])
    region = AddedCover.model_validate_json(json.dumps(ADDED | {"follow": True, "to_s": 0.9}))
    for _ in range(2):
        review.follow(region)
    assert len(read) == 1
    review.follow(region.model_copy(update={"to_s": 0.8}))
    assert len(read) == 2


def test_a_box_is_drawn_followed_stretched_and_kept(page, review):
    page.keyboard.press("b")
    box = page.locator("#draw").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 80, y + 40)
    page.mouse.down()
    page.mouse.move(x, y + 120, steps=3)
    page.mouse.up()
    page.locator("#edits li").wait_for()
    expect(page.locator("#saved")).to_have_text("every change is saved")
    expect(page.locator("#draw .added")).not_to_have_count(0)
    (added,) = until(lambda: list(review.journal.edits.added))
    assert added.follow
    before = added.to_s
    page.keyboard.press("]")
    page.fill("#edit-reason", "missed person")
    page.keyboard.press("Tab")
    expect(page.locator("#edits")).to_contain_text("missed person")
    eventually(lambda: [(each.reason, each.to_s) for each in review.journal.edits.added], [("missed person", before)])
    page.reload()
    page.wait_for_selector("body[data-ready=yes]")
    expect(page.locator("#edits")).to_contain_text("missed person")
    for _ in range(2):
        page.click("#undo")
    expect(page.locator("#edits li")).to_have_count(0)


def test_reasons_of_the_site_s_list_bring_their_basis_and_are_kept(page, review):
    expect(page.locator("#reason-sound")).to_have_attribute("placeholder", "usual")
    page.fill("#reason-sound", "minor")
    page.keyboard.press("Tab")
    expect(page.locator("#basis-sound")).to_have_value("JGG § 48")
    page.fill("#basis-sound", "another")  # the same entry, not a second one
    page.keyboard.press("Tab")
    eventually(lambda: [each.basis for each in review.journal.edits.reasons], ["another"])
    page.fill("#reason-sound", "")
    page.keyboard.press("Tab")
    eventually(lambda: read_edits(review.files.edits).reasons, [])


def test_two_persons_approve_a_copy_on_the_page_and_what_is_approved_stays(page, review):
    expect(page.locator("#approver")).to_have_value("R. Viewer")
    page.click("#approve")
    expect(page.locator("#reviews")).to_contain_text("only the first reviewer has approved it")
    same = {"by": "r. viewer", "at": "2026-01-02T03:04:05Z", "review": "second"}
    with pytest.raises(passerby.UsageError, match="the second approval must be by another person"):
        review.change(EditChange(part="reviews", index=1, entry=same))
    page.fill("#approver", "S. Econd")
    page.click("#approve")
    expect(page.locator("#reviews")).to_contain_text("Ready to be released")
    marks = read_edits(review.files.edits).reviews  # on disk at once: a release reads it there
    assert [(each.by, each.review) for each in marks] == [("R. Viewer", "first"), ("S. Econd", "second")]
    with pytest.raises(passerby.UsageError, match="take the approval back"):
        review.change(EditChange(part="added", index=0, entry=ADDED))
    for left in (1, 0):
        page.locator("#reviews button", has_text="Take back").first.click()
        expect(page.locator("#reviews button", has_text="Take back")).to_have_count(left)
    eventually(lambda: read_edits(review.files.edits).reviews, [])


def test_a_copy_that_lacks_a_change_cannot_be_approved(review):
    review.change(EditChange(part="added", index=0, entry=ADDED))
    mark = {"by": "R. Viewer", "at": "2026-01-02T03:04:05Z", "review": "first"}
    try:
        with pytest.raises(passerby.UsageError, match="make the new copy and look at it before you approve it"):
            review.change(EditChange(part="reviews", index=0, entry=mark))
    finally:
        review.undo()


def test_a_disk_that_is_full_is_reported_and_the_review_goes_on(page, review, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    page.keyboard.press("Home")
    with monkeypatch.context() as patch:
        patch.setattr("passerby.storage.append_log.AppendLog.append", full)
        page.keyboard.press("m")
        expect(page.locator("#message")).to_contain_text("the review cannot be stored (No space left on device)")
        expect(page.locator("#edits li")).to_have_count(0)
    assert not review.journal.edits.added
    page.keyboard.press("m")
    expect(page.locator("#edits li")).to_have_count(1)
    expect(page.locator("#doubts li.done")).to_contain_text("covered by hand")  # mended: it needs no further answer
    (added,) = review.journal.edits.added
    assert added.keys[0].time_s == pytest.approx(0.5)  # of the frame in which the check found it
    expect(page.locator("#saved")).to_have_text("every change is saved")
    page.keyboard.press("Control+z")
    expect(page.locator("#edits li")).to_have_count(0)


def test_a_state_that_arrives_late_hides_nothing_that_was_done_since(page, review, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def late(route):
        answer = route.fetch()
        patch.undo()
        for _ in range(2):
            page.keyboard.press("m")
        route.fulfill(response=answer)

    page.route("**/state", late)
    page.keyboard.press("Home")
    with monkeypatch.context() as patch:
        patch.setattr("passerby.storage.append_log.AppendLog.append", full)
        page.keyboard.press("m")
        expect(page.locator("#edits li")).to_have_count(2)
    eventually(lambda: len(review.journal.edits.added), 2)
    for left in (1, 0):
        page.keyboard.press("Control+z")
        expect(page.locator("#edits li")).to_have_count(left)


def test_the_original_is_read_by_the_browser_alone_and_takes_turns_with_the_copy(page, review, tmp_path):
    sent = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    page.set_input_files("#file", review.files.recording)
    expect(page.locator("#original")).to_be_visible()
    expect(page.locator("#open-original")).to_have_text("Show the copy")
    page.keyboard.press("o")
    expect(page.locator("#original")).to_be_hidden()
    page.keyboard.press("o")
    expect(page.locator("#original")).to_be_visible()
    assert not any(sent)

    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    page.set_input_files("#file", broken)
    expect(page.locator("#message")).to_contain_text("broken.mp4: this browser cannot play this file")
    expect(page.locator("#original")).to_be_hidden()
    page.keyboard.press("Home")
    page.keyboard.press(".")
    expect(page.locator("#time")).to_contain_text("frame 1")


def test_a_recording_that_is_locked_offers_no_opening(page, review, monkeypatch):
    locked = review.journal.edits.model_copy(update={"openings_locked": True})
    monkeypatch.setattr(review.journal, "edits", locked)
    page.reload()
    page.wait_for_selector("body[data-ready=yes]")
    page.keyboard.press("m")
    expect(page.locator("#editor button", has_text="Remove")).to_be_visible()
    expect(page.locator("#editor button", has_text="instead")).to_have_count(0)
    expect(page.locator("#saved")).to_have_text("every change is saved")
    page.keyboard.press("x")
    expect(page.locator("#message")).to_contain_text("this recording is locked against openings")
    assert not review.journal.edits.opened
    page.keyboard.press("Control+z")
    expect(page.locator("#edits li")).to_have_count(0)


def test_frames_are_stepped_one_by_one(page):
    page.keyboard.press("Escape")
    expect(page.locator("#time")).to_have_text(re.compile(r"frame \d+$"))
    number = int(page.inner_text("#time").rsplit(" ", 1)[1])
    for step in (1, 2, 3):
        page.keyboard.press(".")
        expect(page.locator("#time")).to_contain_text(f"frame {number + step}")
    page.keyboard.press(",")
    expect(page.locator("#time")).to_contain_text(f"frame {number + 2}")


def test_the_address_works_once_and_nobody_else_gets_anything(page, server):
    assert asked(server, server.address.removeprefix(server.origin), cookie=False)[0] == 403
    for path in ("/", "/state", "/frames", "/copy", "/review.js"):
        assert asked(server, path, cookie=False)[0] == 403, path
        assert asked(server, path, Host="evil.example")[0] == 403, path
    assert asked(server, "/undo", method="POST")[0] == 403
    assert asked(server, "/undo", method="POST", Origin="http://evil.example")[0] == 403
    assert asked(server, "/undo", method="POST", Origin=server.origin)[0] == 200


def test_two_reviews_at_once_leave_each_other_signed_in(server, review):
    """Browsers send a cookie to every port of a host."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with ReviewServer(review) as other:
        thread = threading.Thread(target=other.serve_forever, daemon=True)
        thread.start()
        for each in (server, other):
            browser.open(each.address, timeout=60).close()
        for each in (server, other):
            assert browser.open(f"{each.origin}/state", timeout=60).status == 200
        other.shutdown()
        thread.join(PATIENCE_S)


@pytest.mark.parametrize("path", ["/../server.py", "/..%2fserver.py", "/static/review.js", "/nothing", "/review"])
def test_no_other_file_is_served(server, path):
    assert asked(server, path)[0] == 404


def test_nothing_that_is_sent_shows_what_is_covered(server, review, monkeypatch):
    monkeypatch.setattr("passerby.serve.review.server._CHUNK", 1 << 16)
    assert found(SECRET, picture().tobytes())  # the search itself is not blind
    region = {"keys": [{"time_s": 0.5, "box": [40, 30, 300, 140]}], "from_s": 0.0, "to_s": 1.5, "follow": True}
    sent = [asked(server, path)[1] for path in ("/", "/state", "/frames", "/progress", "/copy", "/review.js")]
    answer = asked_with(server, "/follow", region)
    assert json.loads(answer)["frames"]
    sent.append(answer)
    assert [index for index, data in enumerate(sent) if found(SECRET, data)] == []
    assert found(SHOWN, sent[4])


def asked_with(server, path, body):
    data = json.dumps(body).encode()
    request = urllib.request.Request(server.origin + path, data=data, method="POST")  # noqa: S310 - our own
    request.add_header("Cookie", f"{server.cookie}={server.secret}")
    request.add_header("Origin", server.origin)
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
        return answer.read()


def test_the_copy_is_sent_in_parts(server, review):
    whole = review.files.copy.read_bytes()
    status, body, headers = asked(server, "/copy", Range="bytes=10-19")
    assert (status, body) == (206, whole[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert asked(server, "/copy")[1] == whole


def test_every_answer_forbids_foreign_and_inline_code(server):
    for path in ("/", "/state", "/copy", "/nothing"):
        policy = asked(server, path)[2]["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_second_review_of_the_recording_is_told(review):
    with pytest.raises(passerby.UsageError, match="another passerby review has this recording open"):
        EditsJournal(review.files.journal, review.journal.edits)


def test_a_browser_that_resets_its_connection_is_no_error(server, capfd):
    """It was: each closed page printed a traceback."""
    with socket.create_connection(server.server_address) as browser:
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing it is a reset
        browser.sendall(b"GET / HT")
        until(lambda: any(thread.name.endswith("(process_request_thread)") for thread in threading.enumerate()))
    until(lambda: not any(thread.name.endswith("(process_request_thread)") for thread in threading.enumerate()))
    assert "Traceback" not in capfd.readouterr().err
