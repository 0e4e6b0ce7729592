"""Nobody reads from a shared folder what somebody else is just writing; what is stored is read by all at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.waiting import PATIENCE_S, until

from passerby.storage.one_writer import one_writer


class Reader:
    """Enters in a thread of its own, and stays until it is let go."""

    def __init__(self, folder: Path, about: str = "net") -> None:
        self.inside, self.go = threading.Event(), threading.Event()
        self._folder, self._about = folder, about
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with one_writer(self._folder, self._about):
            self.inside.set()
            self.go.wait(PATIENCE_S)

    def leave(self) -> None:
        self.go.set()
        self._thread.join(PATIENCE_S)


def test_what_may_be_new_is_written_by_one_alone_and_others_wait(tmp_path: Path) -> None:
    first = Reader(tmp_path)
    assert first.inside.wait(PATIENCE_S)
    second = Reader(tmp_path)
    other = Reader(tmp_path, "another net")
    assert not second.inside.wait(0.2)
    assert not other.inside.is_set()
    first.leave()
    until(lambda: second.inside.is_set() or other.inside.is_set())
    second.go.set()
    other.go.set()
    assert second.inside.wait(PATIENCE_S)
    assert other.inside.wait(PATIENCE_S)


def test_what_is_stored_is_read_by_all_at_once(tmp_path: Path) -> None:
    Reader(tmp_path).leave()
    readers = [Reader(tmp_path) for _ in range(3)]
    for each in readers:
        assert each.inside.wait(PATIENCE_S)
    for each in readers:
        each.leave()


def test_what_failed_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), one_writer(tmp_path, "net"):
        raise RuntimeError
    first = Reader(tmp_path)
    assert first.inside.wait(PATIENCE_S)
    second = Reader(tmp_path)
    assert not second.inside.wait(0.2)
    first.leave()
    second.leave()


def test_where_nothing_can_be_written_everybody_enters(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    readers = [Reader(tmp_path / "file") for _ in range(2)]
    for each in readers:
        assert each.inside.wait(PATIENCE_S)
        each.leave()
