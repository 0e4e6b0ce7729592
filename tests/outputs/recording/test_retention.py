"""What is too old or too much is erased, the oldest first, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.outputs.streams import packets

from passerby.errors import OutputError
from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.retention import Retention
from passerby.outputs.recording.segment import SegmentWriter, segments
from passerby.outputs.recording.segment_index import EARLIER_INDEX, INDEX

KEY = Key(Path("key"), bytes(32))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clocks:
    def __init__(self) -> None:
        self.now = NOON
        self.steady_s = 0.0

    def now_s(self) -> float:
        return self.now.timestamp()

    def pass_h(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self.steady_s += 3600 * hours


def record(folder: Path, camera: str, *hours_ago: float) -> None:
    for hours in hours_ago:
        stream = packets(10, begin_s=(NOON - timedelta(hours=hours)).timestamp())
        writer = SegmentWriter(folder, camera, KEY, stream[0])
        for packet in stream:
            writer.write(packet)
        writer.finish()


def retention(folder: Path, clocks: Clocks, *, keep_h: float = 72, disk_bytes: int = 10**9) -> Retention:
    return Retention(
        folder,
        keep_h=keep_h,
        disk_bytes=disk_bytes,
        clock=clocks.now_s,
        steady=lambda: clocks.steady_s,
    )


def left_h(folder: Path, camera: str) -> list[float]:
    return [(NOON - segment.begin) / timedelta(hours=1) for segment in segments(folder, camera)]


def test_what_is_older_than_the_limit_is_erased_with_its_day(tmp_path: Path):
    record(tmp_path, "door", 100, 73, 71, 1)
    record(tmp_path, "gate", 72.001, 0.5)
    (tmp_path / "door" / "2026-11-18" / EARLIER_INDEX).touch()
    clocks = Clocks()
    erased = retention(tmp_path, clocks).sweep()
    assert len(erased) == 3
    assert left_h(tmp_path, "door") == pytest.approx([71, 1])
    assert left_h(tmp_path, "gate") == pytest.approx([0.5])
    assert not (tmp_path / "door" / "2026-11-18").exists()
    assert (tmp_path / "door" / "2026-11-19" / INDEX).exists()


def test_beyond_the_budget_the_oldest_go_of_whichever_camera(tmp_path: Path):
    record(tmp_path, "door", 4, 2)
    record(tmp_path, "gate", 3, 1)
    size = segments(tmp_path, "door")[0].size
    retention(tmp_path, Clocks(), disk_bytes=2 * size + 100).sweep()
    assert left_h(tmp_path, "door") == [2]
    assert left_h(tmp_path, "gate") == [1]


def test_a_clock_that_jumps_ahead_erases_nothing_until_it_has_stood_for_an_hour(tmp_path: Path):
    record(tmp_path, "door", 1)
    clocks = Clocks()
    sweeper = retention(tmp_path, clocks)
    clocks.now += timedelta(days=3650)
    assert not sweeper.sweep()
    clocks.pass_h(0.5)
    assert not sweeper.sweep()
    clocks.pass_h(0.6)
    assert len(sweeper.sweep()) == 1


def test_a_jump_that_is_taken_back_costs_nothing(tmp_path: Path):
    record(tmp_path, "door", 1)
    clocks = Clocks()
    sweeper = retention(tmp_path, clocks)
    for jump in (timedelta(days=3650), timedelta(days=-3650)):
        clocks.now += jump
        assert not sweeper.sweep()
    clocks.pass_h(2)
    assert not sweeper.sweep()


def test_the_segment_that_is_being_written_stays_and_one_that_a_kill_left_goes_with_its_age(tmp_path: Path):
    record(tmp_path, "door", 80, 0)
    for segment in segments(tmp_path, "door"):
        segment.path.rename(segment.path.with_suffix(".part"))
    erased = retention(tmp_path, Clocks(), disk_bytes=1).sweep()
    assert [segment.begin for segment in erased] == [NOON - timedelta(hours=80)]
    assert left_h(tmp_path, "door") == [0]


def test_without_a_folder_there_is_nothing_to_do(tmp_path: Path):
    assert retention(tmp_path / "none", Clocks()).sweep() == []


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path):
    record(tmp_path, "door", 100)
    note = segments(tmp_path, "door")[0].path.parent / "note.txt"
    note.write_text("keep")
    retention(tmp_path, Clocks()).sweep()
    assert note.read_text() == "keep"


def test_what_cannot_be_erased_is_told_with_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    record(tmp_path, "door", 100, 90)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OutputError, match="cannot be deleted"):
        retention(tmp_path, Clocks()).sweep()
