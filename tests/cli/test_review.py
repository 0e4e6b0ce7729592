"""`passerby review` refuses what it cannot review in one line, before anything is covered or shown."""

from __future__ import annotations

import json
import socket

import pytest
from PIL import Image
from tests.release.made import clip, report_of

from passerby.cli.app import run
from passerby.errors import OutputError
from passerby.jobs import review_session
from passerby.jobs.review_files import first_edits, review_files
from passerby.jobs.review_session import ReviewSession
from passerby.review.edits_file import binding
from passerby.review.journal import EditChange, EditsJournal
from passerby.settings.options import RedactOptions

ADDED = {"keys": [{"time_s": 0.5, "box": [0.0, 0.0, 20.0, 20.0]}], "from_s": 0.0, "to_s": 1.0}


@pytest.fixture
def files(tmp_path):
    """A recording with a covered copy and its report."""
    made = review_files(clip(tmp_path / "hall.mp4", seconds=1))
    clip(made.copy, seconds=1)
    made.report.write_text(report_of(made.copy, seconds=1).to_json())
    return made


def refusal(capsys, *arguments):
    """What the command prints, which is one line, with exit status 2."""
    assert run(["review", *map(str, arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("name", ["   ", "R.\nViewer", "x" * 201])
def test_a_reviewer_without_a_name_is_refused(files, capsys, name):
    assert "give a name of 1 to 200 characters, in one line" in refusal(capsys, files.recording, "--reviewer", name)
    assert not files.journal.exists()


@pytest.mark.parametrize(
    ("edits", "complaint"),
    [
        ({"edits_version": 9}, "edits_version 9 is newer than this passerby knows (2); update passerby"),
        ({"edits_version": "two"}, "edits_version: "),
        ({"added": [ADDED | {"to_s": -1.0}]}, "added 1, to_s: "),
        ({"added": [ADDED | {"keys": [{"time_s": 0.5, "box": [9.0, 0.0, 1.0, 1.0]}]}]}, "added 1, keys 1: box is left"),
        ({"people": ["somebody"]}, "people: no such key"),
        ({"recording": {"salt": "0" * 32, "hmac_sha256": "0" * 64}}, "made for another recording"),
    ],
)
def test_an_edits_file_that_does_not_fit_is_refused(files, capsys, edits, complaint):
    files.edits.write_text(json.dumps({"recording": binding(files.recording).model_dump()} | edits))
    line = refusal(capsys, files.recording)
    assert complaint in line
    assert "hall.edits.json" in line


def test_a_recording_that_changed_since_its_review_began_is_refused(files, capsys):
    EditsJournal(files.journal, first_edits(files, openings=True, second=False)).close()
    with files.recording.open("ab") as recording:
        recording.write(b"more")
    assert "or the recording changed; remove it to begin anew" in refusal(capsys, files.recording)


def test_a_second_desk_on_a_recording_is_told_of_the_first(files, capsys):
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)):
        assert "another passerby review has this recording open" in refusal(capsys, files.recording)


def test_a_copy_that_is_not_the_one_of_its_report_is_refused(files, capsys):
    clip(files.copy, seconds=2)
    assert "exists without the report that belongs to it" in refusal(capsys, files.recording)
    files.report.write_text("{}")
    assert "add --force to cover the recording again" in refusal(capsys, files.recording)


def test_a_port_that_is_taken_is_refused(files, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = refusal(capsys, files.recording, "--port", taken.getsockname()[1])
    assert "cannot be used (Address already in use); name another one, or 0" in line


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("a.png", (), "is a picture; passerby review takes videos"),
        ("none.mp4", (), "no such file"),
        ("hall.mp4", ("-o", "hall.mkv"), "browsers play MP4 files; end the name in .mp4"),
        ("hall.mp4", ("--sound", "loud"), "--sound loud: choose drop, mute-speech or keep"),
        ("hall.mp4", ("--effort", "thorough"), "was made with another --effort; leave that option out"),
        ("", ("--force",), "is a folder; -o, --edits and --force are for the review of one recording"),
    ],
)
def test_what_cannot_be_reviewed_is_refused(files, tmp_path, capsys, name, options, complaint):
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    assert complaint in refusal(capsys, tmp_path / name, *options)


def test_a_recording_that_changes_during_a_review_gives_no_new_copy(files):
    report = report_of(files.copy, seconds=1)
    before = files.copy.read_bytes()
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
        session = ReviewSession(files, RedactOptions(), journal, report, "R. Viewer")
        session.change(EditChange(part="added", index=0, entry=ADDED))
        session.save()
        with files.recording.open("ab") as recording:
            recording.write(b"more")
        session._copy()  # in this thread
        assert "made for another recording, or hall.mp4 has changed since" in session.copying.problem
    assert files.copy.read_bytes() == before


def test_doubts_that_were_accepted_last_are_in_the_edits_file_once_the_review_ends(files):
    doubt = {"first_s": 0.0, "last_s": 0.5, "by": "R. Viewer", "at": "2026-01-02T03:04:05Z"}
    with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
        session = ReviewSession(files, RedactOptions(), journal, report_of(files.copy, seconds=1), "R. Viewer")
        session.save_changes()
        assert not files.edits.exists()  # nothing was changed
        session.change(EditChange(part="accepted", index=0, entry=doubt))
        session.save_changes()
    assert [each["by"] for each in json.loads(files.edits.read_text())["accepted"]] == ["R. Viewer"]


def test_a_disk_that_fills_while_an_approval_is_saved_leaves_it_unapproved_for_a_release(files, monkeypatch):
    mark = {"by": "R. Viewer", "at": "2026-01-02T03:04:05Z", "review": "first"}

    def full(*_, **__):
        raise OutputError("hall.edits.json: cannot be written (No space left on device); free some space")

    with EditsJournal(files.journal, first_edits(files, openings=True, second=True)) as journal:
        session = ReviewSession(files, RedactOptions(), journal, report_of(files.copy, seconds=1), "R. Viewer")
        with monkeypatch.context() as patch:
            patch.setattr(review_session, "write_json", full)
            with pytest.raises(OutputError, match="free some space"):
                session.change(EditChange(part="reviews", index=0, entry=mark))
        assert not files.edits.exists()
        assert session.edits()["edits"]["reviews"]  # it is in the journal, and the page shows what the journal has
        session.undo()  # this saves it again
        assert json.loads(files.edits.read_text())["reviews"] == []
