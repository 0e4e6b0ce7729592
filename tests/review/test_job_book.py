"""Notes about recordings: the latest counts, and none is lost, whoever writes at the same time."""

from __future__ import annotations

from datetime import date

import pytest

from passerby.errors import OutputError, UsageError
from passerby.review.job_book import NAME, JobBook, JobNote
from passerby.storage.append_log import AppendLog


def test_the_latest_of_each_field_counts_and_is_on_disk_at_once(tmp_path):
    book = JobBook(tmp_path)
    assert book.read() == {}
    book.change(JobNote(recording="a.mp4", who="R. Viewer", due=date(2026, 1, 2)))
    book.change(JobNote(recording="b.mp4", note="two\nlines"))
    book.change(JobNote(recording="a.mp4", who="S. Econd", case="FOI-1"))
    found = JobBook(tmp_path).read()
    assert (found["a.mp4"].who, found["a.mp4"].case, found["a.mp4"].due) == ("S. Econd", "FOI-1", date(2026, 1, 2))
    book.change(JobNote(recording="a.mp4", due=None))
    assert (book.read()["a.mp4"].case, book.read()["a.mp4"].due) == ("FOI-1", None)
    assert found["b.mp4"].note == "two\nlines"


def test_a_note_waits_while_somebody_else_writes_and_gives_up_with_a_reason(tmp_path):
    other = AppendLog(tmp_path / NAME)
    waits = []

    def pause(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            other.close()

    JobBook(tmp_path, pause=pause).change(JobNote(recording="a.mp4", who="R. Viewer"))
    assert len(waits) == 3
    assert JobBook(tmp_path).read()["a.mp4"].who == "R. Viewer"
    other = AppendLog(tmp_path / NAME)
    with pytest.raises(OutputError, match="another passerby review keeps writing"):
        JobBook(tmp_path, pause=lambda _: None).change(JobNote(recording="a.mp4"))
    other.close()


def test_a_torn_end_is_forgotten_and_damage_is_refused(tmp_path):
    book = JobBook(tmp_path)
    book.change(JobNote(recording="a.mp4", who="R. Viewer"))
    path = tmp_path / NAME
    good = path.read_bytes()
    path.write_bytes(good + good[: len(good) // 2])  # a kill while the second was written
    assert book.read()["a.mp4"].who == "R. Viewer"
    path.write_bytes(good.replace(b"Viewer", b"Vieweb"))
    with pytest.raises(UsageError, match="line 1 is damaged"):
        book.read()
    path.write_bytes(b"")
    log = AppendLog(path)
    log.append(b'{"something": "else"}')
    log.close()
    with pytest.raises(UsageError, match="cannot be read as the notes"):
        book.read()
