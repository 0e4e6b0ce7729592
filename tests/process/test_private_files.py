"""Whatever a state folder allowed before, files in it are for their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from passerby.process.private_files import keep_files_private


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_in_a_state_folder_that_existed_are_readable_by_their_owner_only(tmp_path: Path):
    tmp_path.chmod(0o755)
    day = tmp_path / "recordings" / "door" / "2026-11-18"
    day.mkdir(parents=True)
    written = [
        tmp_path / "signals.db",
        tmp_path / "signals.db-wal",
        tmp_path / "serviceability.json",
        day / "index.log",
    ]
    for path in written:
        path.write_text("1")
        assert mode(path) == 0o644
    keep_files_private(tmp_path)
    assert {mode(path) for path in written} == {0o600}
    assert mode(day) == mode(tmp_path / "recordings") == 0o700
    new = tmp_path / "anything"
    new.write_text("1")
    assert mode(new) == 0o600


def test_files_of_others_and_behind_links_stay_as_they_are(tmp_path: Path):
    notes, elsewhere = tmp_path / "notes.txt", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in (notes, elsewhere / "picture.jpg"):
        path.write_text("1")
    (tmp_path / "recordings").symlink_to(elsewhere)
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "link").symlink_to(notes)
    keep_files_private(tmp_path)
    assert mode(notes) == mode(elsewhere / "picture.jpg") == 0o644
    assert mode(elsewhere) == 0o755


def test_what_cannot_be_changed_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "signals.db").touch()

    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    keep_files_private(tmp_path)
