"""What is held is not erased, whatever its age and the budget, until the hold is ended."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.outputs.recording.test_retention import NOON, Clocks, left_h, record, retention

from passerby.errors import OutputError, RecordingAbsentError
from passerby.outputs.recording.legal_hold import LegalHold, LegalHolds

HOLD = LegalHold(0, "door", NOON - timedelta(hours=91), NOON - timedelta(hours=89), "Police file 12", "anna", NOON)


@pytest.fixture
def holds(tmp_path):
    return LegalHolds(tmp_path / "legal-holds.json")


def swept(folder: Path, holds: LegalHolds, **limits: object) -> list[float]:
    sweeper = retention(folder, Clocks(), **limits)
    sweeper._holds = holds
    sweeper.sweep()
    return left_h(folder, "door")


def test_what_is_held_stays_beyond_age_and_budget_and_goes_when_the_hold_is_ended(tmp_path, holds):
    folder = tmp_path / "recordings"
    record(folder, "door", 100, 90, 80, 1)
    record(folder, "gate", 90)
    placed = holds.place(HOLD)
    assert placed == replace(HOLD, number=1)
    assert swept(folder, holds) == pytest.approx([90, 1])
    assert left_h(folder, "gate") == []
    assert swept(folder, holds, disk_bytes=1) == pytest.approx([90])
    holds.end("door", 1)
    assert swept(folder, holds) == []


def test_holds_survive_a_restart_and_no_number_is_used_twice(tmp_path, holds):
    holds.place(HOLD)
    holds.end("door", 1)
    assert LegalHolds(tmp_path / "legal-holds.json").place(HOLD).number == 2
    with pytest.raises(RecordingAbsentError, match="no legal hold"):
        holds.end("gate", 2)


def test_two_processes_that_place_holds_at_once_lose_none(tmp_path):
    path, started = tmp_path / "legal-holds.json", threading.Barrier(2)

    def place_many():
        mine = LegalHolds(path)  # an object of its own shares no lock, as another process does not
        started.wait()
        for _ in range(30):
            mine.place(HOLD)

    threads = [threading.Thread(target=place_many) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.number for each in LegalHolds(path).all()] == list(range(1, 61))


def test_if_holds_cannot_be_read_nothing_is_erased(tmp_path, holds):
    folder = tmp_path / "recordings"
    record(folder, "door", 100)
    (tmp_path / "legal-holds.json").write_text("{")
    with pytest.raises(OutputError, match="nothing is erased"):
        swept(folder, holds)
    assert left_h(folder, "door") == [100]
