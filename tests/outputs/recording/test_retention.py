"""What is too old or too much is erased, the oldest first, and nothing else."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.outputs.recording.written import heads_of, write_segment
from tests.outputs.streams import packets

from passerby.errors import OutputError
from passerby.outputs.recording.chain import read_erased, record_erased
from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.erasure import ErasureRecord
from passerby.outputs.recording.limits import DiskSpace, Limits, disk_space
from passerby.outputs.recording.retention import Retention
from passerby.outputs.recording.segment import segments
from passerby.outputs.recording.segment_index import EARLIER_INDEX, INDEX
from passerby.outputs.recording.verify import verify

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
        write_segment(folder, camera, KEY, stream)


def retention(
    folder: Path,
    clocks: Clocks,
    *,
    keep_h: float = 72,
    disk_bytes: int = 10**9,
    free_bytes: int = 0,
    space: Callable[[Path], DiskSpace] = disk_space,
) -> Retention:
    key_file = folder.with_name(f"{folder.name}-key")
    descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, b"00" * 32)
    os.close(descriptor)
    return Retention(
        folder,
        Limits(keep_h, disk_bytes, free_bytes),
        record=ErasureRecord(key_file, heads_of(folder)),
        clock=clocks.now_s,
        steady=lambda: clocks.steady_s,
        space=space,
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
    size = segments(tmp_path, "door")[1].size
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


def problems(folder: Path, camera: str) -> list[str]:
    found = verify(folder, camera, KEY, heads=heads_of(folder))
    return [verdict.problem for verdict in found if verdict.problem]


def test_what_was_erased_is_written_down_before_so_that_it_is_not_reported_as_missing(tmp_path: Path):
    record(tmp_path, "door", 100, 90, 80, 1)
    record(tmp_path, "gate", 100)
    retention(tmp_path, Clocks()).sweep()
    assert read_erased(heads_of(tmp_path), "door", KEY).spans == ((0, 2),)
    assert left_h(tmp_path, "gate") == []
    assert problems(tmp_path, "door") == problems(tmp_path, "gate") == []


def test_a_kill_between_the_record_and_the_erasing_leaves_nothing_missing(tmp_path: Path, monkeypatch):
    record(tmp_path, "door", 100, 90, 1)

    def killed(path: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    sweeper = retention(tmp_path, Clocks())
    with monkeypatch.context() as patch:
        patch.setattr("passerby.outputs.recording.retention._remove_empty", killed)  # after the first of two
        with pytest.raises(KeyboardInterrupt):
            sweeper.sweep()
    assert left_h(tmp_path, "door") == [90, 1]
    assert problems(tmp_path, "door") == []
    sweeper.sweep()
    assert left_h(tmp_path, "door") == [1]
    assert problems(tmp_path, "door") == []


def test_a_forged_old_segment_does_not_have_the_number_of_another_recorded_as_erased(tmp_path: Path):
    record(tmp_path, "door", 3, 2, 1)
    stolen = segments(tmp_path, "door")[1].path
    forged = tmp_path / "door" / "2020-01-01" / "00-00-00-000000.segment"
    forged.parent.mkdir()
    stolen.rename(forged)
    retention(tmp_path, Clocks()).sweep()
    assert not forged.exists()
    assert any("number 1 is missing" in problem for problem in problems(tmp_path, "door"))


def test_when_the_disk_is_almost_full_the_oldest_go_until_enough_is_free_and_the_log_says_so(tmp_path: Path, caplog):
    record(tmp_path, "door", 4, 2)
    record(tmp_path, "gate", 3, 1)
    size = segments(tmp_path, "door")[0].size
    sweeper = retention(
        tmp_path, Clocks(), free_bytes=3 * size, space=lambda folder: DiskSpace(total=100 * size, free=size + 10)
    )
    with caplog.at_level(logging.WARNING):
        sweeper.sweep()
    assert left_h(tmp_path, "door") == [2]
    assert left_h(tmp_path, "gate") == [1]
    (told,) = [each for each in caplog.records if each.message == "disk_almost_full_recordings_erased"]
    assert told.segments == 2
    assert problems(tmp_path, "door") == problems(tmp_path, "gate") == []


def test_of_a_small_disk_no_more_than_a_twentieth_must_stay_free(tmp_path: Path):
    record(tmp_path, "door", 4, 2)
    size = segments(tmp_path, "door")[0].size
    small = DiskSpace(total=10 * size, free=size)
    retention(tmp_path, Clocks(), free_bytes=10**9, space=lambda folder: small).sweep()
    assert left_h(tmp_path, "door") == [4, 2]


def test_on_a_full_disk_segments_go_though_their_record_can_be_written_only_afterwards(tmp_path: Path, monkeypatch):
    record(tmp_path, "door", 100, 1)
    calls = []

    def full(heads, camera, key, erased):
        calls.append(len(list(segments(tmp_path, camera))))
        if len(calls) == 1:
            raise OutputError("the disk is full; free some space")
        record_erased(heads, camera, key, erased)

    monkeypatch.setattr("passerby.outputs.recording.erasure.record_erased", full)
    retention(tmp_path, Clocks()).sweep()
    assert calls == [2, 1]
    assert problems(tmp_path, "door") == []


def test_without_the_key_recordings_go_with_their_age_all_the_same(tmp_path: Path, caplog):
    record(tmp_path, "door", 100, 1)
    sweeper = retention(tmp_path, Clocks())
    tmp_path.with_name(f"{tmp_path.name}-key").unlink()
    with caplog.at_level(logging.ERROR):
        sweeper.sweep()
    assert left_h(tmp_path, "door") == [1]
    assert "erasure_not_recorded" in caplog.messages


def test_a_disk_that_fills_up_keeps_the_newest_recordings(tmp_path: Path):
    """A real small disk: another program writes, and recording goes on with what is left."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    try:
        record(disk, "door", 5, 4, 3, 2, 1)
        free = disk_space(disk).free
        (disk / "others").write_bytes(bytes(free - 20480))
        retention(disk, Clocks(), free_bytes=10**9).sweep()
        assert disk_space(disk).free >= 0.05 * 512 * 1024
        assert left_h(disk, "door")[-1] == 1
        assert len(left_h(disk, "door")) < 5
        assert problems(disk, "door") == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)
