"""Changes of a review survive a kill, can be taken back without end, and belong to one review at a time."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerby.errors import OutputError, UsageError
from passerby.review.edits import RecordingBinding, RecordingEdits
from passerby.review.journal import EditChange, EditsJournal

START = RecordingEdits(recording=RecordingBinding(salt="0" * 32, hmac_sha256="1" * 64))
FEW = settings(max_examples=40)


def cover(x):
    return {"keys": [{"time_s": 1.0, "box": [x, 0.0, x + 10.0, 10.0]}], "from_s": 0.0, "to_s": 2.0}


def put(index, x):
    return EditChange(part="added", index=index, entry=cover(float(x)))


def test_changes_are_there_after_the_journal_is_opened_again(tmp_path):
    path = tmp_path / "my.edits.journal"
    with EditsJournal(path, START) as journal:
        journal.change(put(0, 1))
        journal.change(put(1, 2))
        journal.undo()
        before = journal.edits
    with EditsJournal(path, START) as again:
        assert again.edits == before
        assert (again.undoable, again.redoable) == (1, 1)
        again.redo()
        assert len(again.edits.added) == 2


def test_a_torn_last_line_costs_the_change_that_was_not_acknowledged(tmp_path):
    path = tmp_path / "my.edits.journal"
    with EditsJournal(path, START) as journal:
        journal.change(put(0, 1))
    with path.open("ab") as file:
        file.write(b"0000")
    with EditsJournal(path, START) as again:
        assert len(again.edits.added) == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 3), st.integers(0, 50)),
        st.tuples(st.just("remove"), st.integers(0, 3)),
        st.tuples(st.sampled_from(["undo", "redo"])),
    ),
    max_size=20,
)


@FEW
@given(STEPS)
def test_undo_goes_back_to_the_beginning_and_redo_to_the_end(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("journal") / "j"
    with EditsJournal(path, START) as journal:
        for kind, *what in steps:
            count = len(journal.edits.added)
            if kind == "put":
                journal.change(put(min(what[0], count), what[1]))
            elif kind == "remove" and what[0] < count:
                journal.change(EditChange(part="added", index=what[0], entry=None))
            elif kind == "undo":
                journal.undo()
            elif kind == "redo":
                journal.redo()
        end = journal.edits
        count = journal.undoable
        for _ in range(count):
            journal.undo()
        assert journal.edits == START
        for _ in range(count):
            journal.redo()
        assert journal.edits == end
    with EditsJournal(path, START) as again:
        assert again.edits == end


def test_muted_sound_is_a_change_like_any_other(tmp_path):
    muted = [{"from_s": start, "to_s": start + 1.0, "reason": "", "basis": ""} for start in (1.0, 3.0)]
    with EditsJournal(tmp_path / "j", START) as journal:
        for index, entry in enumerate(muted):
            journal.change(EditChange(part="muted", index=index, entry=entry))
        journal.change(EditChange(part="muted", index=0, entry=None))
        assert [each.from_s for each in journal.undo().muted] == [1.0, 3.0]
        with pytest.raises(UsageError, match="to_s must be after from_s"):
            journal.change(EditChange(part="muted", index=2, entry={"from_s": 1.0, "to_s": 1.0}))
    with EditsJournal(tmp_path / "j", START) as again:
        assert [each.from_s for each in again.redo().muted] == [3.0]


def test_a_second_review_of_one_recording_is_refused(tmp_path):
    with (
        EditsJournal(tmp_path / "j", START),
        pytest.raises(UsageError, match="another passerby review has this recording open"),
    ):
        EditsJournal(tmp_path / "j", START)


def test_a_lock_or_a_second_reviewer_that_is_asked_for_later_applies(tmp_path):
    with EditsJournal(tmp_path / "j", START) as journal:
        journal.change(put(0, 1))
    strict = START.model_copy(update={"openings_locked": True, "two_reviewers": True})
    with EditsJournal(tmp_path / "j", strict) as again:
        assert again.edits.openings_locked
        assert again.undo().two_reviewers  # it is no change that could be taken back
    opened = {"box": [0.0, 0.0, 9.0, 9.0], "from_s": 0.0, "to_s": 1.0, "piece": "people", "reason": "a statue"}
    who = {"by": "R. Viewer", "at": "2026-01-02T03:04:05Z"}
    with EditsJournal(tmp_path / "k", START) as journal:
        journal.change(EditChange(part="opened", index=0, entry=opened | who))
    with pytest.raises(UsageError, match="takes cover away, which --no-openings forbids"):
        EditsJournal(tmp_path / "k", strict)


def test_the_journal_of_another_recording_is_refused(tmp_path):
    EditsJournal(tmp_path / "j", START).close()
    other = RecordingEdits(recording=RecordingBinding(salt="0" * 32, hmac_sha256="2" * 64))
    with pytest.raises(UsageError, match="another recording"):
        EditsJournal(tmp_path / "j", other)


@pytest.mark.parametrize("text", [b"nonsense\n", b"00000000 {}\n"])
def test_a_damaged_journal_is_refused(tmp_path, text):
    EditsJournal(tmp_path / "j", START).close()
    with (tmp_path / "j").open("ab") as file:
        file.write(text)
    with pytest.raises(UsageError, match="damaged"):
        EditsJournal(tmp_path / "j", START)


@pytest.mark.parametrize(
    "change",
    [
        EditChange(part="added", index=5, entry=cover(1.0)),
        EditChange(part="added", index=0, entry=None),
        EditChange(part="added", index=0, entry={"keys": []}),
        EditChange(part="opened", index=0, entry={"by": "nobody"}),
    ],
)
def test_a_change_that_does_not_fit_changes_nothing(tmp_path, change):
    with EditsJournal(tmp_path / "j", START) as journal:
        with pytest.raises(UsageError):
            journal.change(change)
        assert journal.edits == START
    with EditsJournal(tmp_path / "j", START) as again:
        assert again.edits == START


def test_a_full_disk_changes_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with EditsJournal(tmp_path / "j", START) as journal:
        journal.change(put(0, 1))
        before = journal.edits
        with monkeypatch.context() as patch:
            patch.setattr("os.write", full)
            with pytest.raises(OutputError, match="cannot be stored"):
                journal.change(put(1, 2))
        assert journal.edits == before
        journal.change(put(1, 3))
    with EditsJournal(tmp_path / "j", START) as again:
        assert len(again.edits.added) == 2
