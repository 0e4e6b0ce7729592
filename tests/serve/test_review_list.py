"""The page with the reviews of a folder: state, notes that are kept, and a review that opens from it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import expect
from tests.release.made import clip, report_of
from tests.waiting import PATIENCE_S, until

import passerby
from passerby.jobs.release_folder import record_of
from passerby.jobs.review_files import first_edits, review_files
from passerby.jobs.review_list import ReviewList
from passerby.review.edits import RecordingEdits, ReviewMark
from passerby.review.edits_file import binding
from passerby.review.job_book import JobBook, JobNote
from passerby.review.journal import EditChange, EditsJournal
from passerby.serve.review.job_list import OpenReviews
from passerby.serve.review.server import ReviewServer

pytestmark = [pytest.mark.served, pytest.mark.slow]
HOSTILE = "<img src=x onerror=alert(1)>.mp4"
AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """Four recordings: one without a copy, one covered, one approved, one released."""
    for name in ("a.mp4", HOSTILE, "c.mp4", "d.mp4"):
        clip(tmp_path / name, seconds=1)
    for name in (HOSTILE, "c.mp4", "d.mp4"):
        files = review_files(tmp_path / name)
        clip(files.copy, seconds=1)
        report = files.copy.with_name(f"{files.copy.name}.json") if name == "c.mp4" else files.report
        report.write_text(report_of(files.copy, seconds=1).to_json())
    mark = ReviewMark(by="R. Viewer", at=AT, review="first")
    approved = review_files(tmp_path / "c.mp4")
    edits = RecordingEdits(recording=binding(approved.recording), reviews=[mark])
    approved.edits.write_text(edits.to_json())
    (tmp_path / "d_release").mkdir()
    (tmp_path / "d_release" / "SHA256SUMS").write_text("")
    (tmp_path / "notes.txt").write_text("no recording")
    return tmp_path


@pytest.fixture
def reviews(folder):
    listed = ReviewList(folder, passerby.RedactOptions.checked(effort="fast", check="off"))
    with OpenReviews(listed, "R. Viewer", partial(first_edits, openings=True, second=False)) as made:
        yield made


@pytest.fixture
def server(reviews):
    with ReviewServer(reviews.answers()) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join(PATIENCE_S)


def states(reviews):
    return {each["recording"]: each["state"] for each in reviews.listed.rows()}


def test_each_recording_has_its_state_and_copies_are_no_recordings(reviews, folder):
    assert states(reviews) == {"a.mp4": "not covered", HOSTILE: "covered", "c.mp4": "approved", "d.mp4": "released"}
    files = review_files(folder / "c.mp4")
    edits = json.loads(files.edits.read_text()) | {"two_reviewers": True}
    files.edits.write_text(json.dumps(edits))
    assert states(reviews)["c.mp4"] == "approved, but only the first reviewer has approved it"
    files.edits.write_text("{}")
    assert states(reviews)["c.mp4"].startswith("failed: ")


def test_a_release_whose_edits_were_changed_is_marked(reviews, folder):
    files = review_files(folder / "d.mp4")
    record_of(folder / "d_release").write_text(json.dumps({"edits_sha256": None}))
    assert states(reviews)["d.mp4"] == "released"
    files.edits.write_text(RecordingEdits(recording=binding(files.recording)).to_json())
    assert states(reviews)["d.mp4"] == "released, changed since"


def test_what_is_due_first_comes_first(reviews):
    reviews.listed.note(JobNote.model_validate({"recording": "d.mp4", "due": "2026-03-01"}))
    reviews.listed.note(JobNote.model_validate({"recording": "c.mp4", "due": "2026-02-01"}))
    assert [each["recording"] for each in reviews.listed.rows()] == ["c.mp4", "d.mp4", HOSTILE, "a.mp4"]


def test_notes_are_kept_and_a_review_opens_from_the_list(server, reviews, folder, visits):
    dialogs = []
    page = visits.open(expected=".", viewport={"width": 1280, "height": 800})
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(server.address)
    page.wait_for_selector("body[data-ready=yes]")
    row = page.locator("tr", has_text=HOSTILE)
    row.get_by_label("Case number").fill("FOI-7")
    row.get_by_label("Due").fill("2026-02-03")
    row.get_by_label("Notes").fill("call back")
    page.keyboard.press("Tab")
    noted = JobNote(recording=HOSTILE, case="FOI-7", due="2026-02-03", note="call back")
    until(lambda: JobBook(folder).read().get(HOSTILE) == noted)  # three requests, which may arrive in any order
    page.reload()
    page.wait_for_selector("body[data-ready=yes]")
    row = page.locator("tr", has_text=HOSTILE)
    expect(row.get_by_label("Case number")).to_have_value("FOI-7")
    expect(page.locator("tr", has_text="a.mp4").get_by_role("button")).to_have_text("Cover")
    with page.context.expect_page() as opened:
        row.get_by_role("button").click()
    review = opened.value
    review.wait_for_selector("body[data-ready=yes]")
    expect(review.locator("#name")).to_have_text(HOSTILE)
    page.bring_to_front()
    page.select_option("#shown", "open")
    expect(page.locator("#jobs tr")).to_have_count(2)
    assert dialogs == []


def test_a_review_that_is_open_elsewhere_or_is_no_recording_is_refused(reviews, folder):
    files = review_files(folder / HOSTILE)
    elsewhere = EditsJournal(files.journal, first_edits(files, openings=True, second=False))
    with elsewhere, pytest.raises(passerby.UsageError, match="another passerby review has this recording open"):
        reviews.open(HOSTILE)
    first, second = reviews.open(HOSTILE), reviews.open(HOSTILE)
    assert first.partition("?")[0] == second.partition("?")[0]
    assert first != second  # the first address is spent
    assert reviews.open("c.mp4")  # its report has the name that passerby redact FOLDER gives it
    with pytest.raises(passerby.UsageError, match="has no covered copy yet"):
        reviews.open("a.mp4")
    for name in ("../c.mp4", "notes.txt", "c_redacted.mp4"):
        with pytest.raises(passerby.UsageError, match="has no such recording"):
            reviews.open(name)


def test_a_recording_is_covered_from_the_list(reviews, registry_models):
    reviews.listed.cover("a.mp4")
    with pytest.raises(passerby.UsageError, match=r"a\.mp4 is being covered; wait for it"):
        reviews.listed.cover("a.mp4")
    assert until(lambda: states(reviews)["a.mp4"] in {"covered", "failed"})
    assert reviews.open("a.mp4").startswith("http://127.0.0.1:")


def test_a_review_that_was_ended_before_anything_was_saved_goes_on(folder):
    """The journal alone has the changes then, and its own salt."""
    files = review_files(folder / HOSTILE)
    doubt = {"first_s": 0.0, "last_s": 0.5, "by": "R. Viewer", "at": "2026-01-02T03:04:05Z"}
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
        journal.change(EditChange(part="accepted", index=0, entry=doubt))
    assert not files.edits.exists()
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
        assert len(journal.edits.accepted) == 1
    with files.recording.open("ab") as file:
        file.write(b"more")
    with pytest.raises(passerby.UsageError, match="the recording changed"):
        EditsJournal(files.journal, first_edits(files, openings=True, second=False))
