from __future__ import annotations

import errno
import os
import random
import re
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.program import started

from passerby.storage import append_log
from passerby.storage.append_log import AppendLog, read_log, replaced

RECORDS = [b"first", b"", "Öst\u2028 \x00\r".encode(), b"x" * 200]
LIVES = 12
each_in_its_own_file = settings(
    max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def written(path: Path) -> bytes:
    path.unlink(missing_ok=True)
    with AppendLog(path) as log:
        for record in RECORDS:
            log.append(record)
    return path.read_bytes()


def kept(path: Path) -> list[bytes | None]:
    return [record.data for record in read_log(path)]


@contextmanager
def files_of_at_most(size: int):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_was_appended_is_read_in_its_order_and_added_to_later(tmp_path):
    written(tmp_path / "log")
    with AppendLog(tmp_path / "log") as log:
        log.append(b"later")
        assert log.size == (tmp_path / "log").stat().st_size
    assert kept(tmp_path / "log") == [*RECORDS, b"later"]
    assert [record.number for record in read_log(tmp_path / "log")] == [0, 1, 2, 3, 4]


def test_a_log_has_one_writer_and_any_number_of_readers(tmp_path):
    with AppendLog(tmp_path / "log") as log:
        log.append(b"one")
        with pytest.raises(BlockingIOError):
            AppendLog(tmp_path / "log")
        log.append(b"two")
        assert kept(tmp_path / "log") == [b"one", b"two"]
    AppendLog(tmp_path / "log").close()


def test_a_record_of_two_lines_is_refused(tmp_path):
    with AppendLog(tmp_path / "log") as log, pytest.raises(ValueError, match="must not contain a line feed"):
        log.append(b"one\ntwo")
    assert kept(tmp_path / "log") == []


@each_in_its_own_file
@given(left=st.integers(0, 260))
@example(left=0)
def test_a_torn_end_is_passed_over_and_removed_by_the_next_writer(tmp_path, left):
    path = tmp_path / "log"
    whole = written(path)
    path.write_bytes(whole[:left])
    lines = whole[:left].count(b"\n")
    assert kept(path) == RECORDS[:lines]
    with AppendLog(path) as log:
        log.append(b"after")
    assert kept(path) == [*RECORDS[:lines], b"after"]


@pytest.mark.parametrize("length", [1, append_log._BLOCK - 1, append_log._BLOCK, 3 * append_log._BLOCK + 7])
def test_a_torn_end_of_any_length_is_removed(tmp_path, length):
    path = tmp_path / "log"
    whole = written(path)
    path.write_bytes(whole + bytes(length))  # a loss of power may leave zeros
    AppendLog(path).close()
    assert path.read_bytes() == whole


@each_in_its_own_file
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_no_record_but_its_own_and_invents_none(tmp_path, place, bit):
    path = tmp_path / "log"
    data = bytearray(written(path))
    data[place % len(data)] ^= 1 << bit
    path.write_bytes(data)
    found = [data for data in kept(path) if data is not None]
    assert len(found) >= len(RECORDS) - 2  # a flipped line feed costs both its neighbours
    assert all(data in RECORDS for data in found)
    assert found != RECORDS


def test_a_damaged_record_is_reported_with_its_number(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(written(path).replace(b"first", b"fifth"))
    damaged = [(record.number, record.line[9:]) for record in read_log(path) if record.data is None]
    assert damaged == [(0, b"fifth")]


def test_on_a_full_disk_nothing_old_is_lost_and_nothing_new_is_half_there(tmp_path):
    path = tmp_path / "log"
    before = written(path)
    with AppendLog(path) as log:
        with files_of_at_most(len(before) + 50), pytest.raises(OSError, match="File too large"):
            log.append(b"y" * 100)
        assert path.read_bytes() == before
        log.append(b"there is room again")
    assert kept(path) == [*RECORDS, b"there is room again"]


def test_after_a_failed_sync_nothing_more_is_taken_until_the_log_is_opened_anew(tmp_path, monkeypatch):
    path = tmp_path / "log"
    before = written(path)
    log = AppendLog(path)

    def fails(descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fails)
        with pytest.raises(OSError, match="Input/output"):
            log.append(b"lost")
    with pytest.raises(OSError, match="open the log again"):
        log.append(b"as well")
    log.close()
    assert path.read_bytes() == before
    with AppendLog(path) as log:
        log.append(b"better")
    assert kept(path) == [*RECORDS, b"better"]


def test_every_append_reaches_the_disk_before_it_returns(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    with AppendLog(tmp_path / "log") as log:
        for record in RECORDS:
            log.append(record)
            assert synced[-1] == log.size
    assert len(synced) == len(RECORDS)


def test_no_kill_loses_what_was_acknowledged(tmp_path):
    """Kill -9 at a random record, again and again on one log: each life goes on where the last was cut off."""
    path, chance = tmp_path / "log", random.Random(9)
    acknowledged = []
    for life in range(LIVES):
        writer = Path(__file__).with_name("log_writer.py")
        with started([sys.executable, writer, path, str(life)], stdout=subprocess.PIPE) as process:
            first = process.stdout.read(chance.randint(1, 300))
            process.kill()
            acknowledged.append(len(first + process.stdout.read()))
    records = kept(path)
    assert None not in records
    numbers: dict[int, list[int]] = {}
    for record in records:
        life, number = map(int, re.match(rb"life (\d+) number (\d+) ", record or b"").groups())  # type: ignore[union-attr]
        numbers.setdefault(life, []).append(number)
    for life, count in enumerate(acknowledged):
        assert numbers[life] == list(range(len(numbers[life])))
        assert count <= len(numbers[life]) <= count + 1


def test_a_folder_that_is_absent_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        AppendLog(tmp_path / "absent" / "log")
    with pytest.raises(FileNotFoundError):
        list(read_log(tmp_path / "absent"))


def test_a_log_is_replaced_in_one_step_and_stays_locked(tmp_path):
    path = tmp_path / "log"
    log = AppendLog(path)
    log.append(b"old")
    log = replaced(log, [b"kept", b"too"])
    log.append(b"new")
    assert kept(path) == [b"kept", b"too", b"new"]
    with pytest.raises(BlockingIOError):
        AppendLog(path)
    log.close()
    assert [each.name for each in tmp_path.iterdir()] == ["log"]


def test_a_log_that_cannot_be_replaced_stays_as_it_was(tmp_path):
    path = tmp_path / "log"
    with AppendLog(path) as log:
        log.append(b"old")
        with files_of_at_most(50), pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            replaced(log, [b"x" * 40, b"y" * 40])
        log.append(b"new")
    assert kept(path) == [b"old", b"new"]
    assert [each.name for each in tmp_path.iterdir()] == ["log"]
