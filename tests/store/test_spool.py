from __future__ import annotations

import json
import resource
from contextlib import closing, contextmanager
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.made import signal

from passerby.errors import StoreError
from passerby.store.row import row_of
from passerby.store.spool import Spool

ROWS = [row_of(signal(value, value, place='Öst\u2028 "hall"')) for value in range(3)]


def waiting(folder):
    with closing(Spool(folder)) as spool:
        return [row for segment in spool.segments() for record in spool.read(segment) for row in record]


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_was_appended_is_there_when_the_spool_is_opened_again(tmp_path):
    spool = Spool(tmp_path)
    spool.append(ROWS[:1])
    spool.append(ROWS[1:])
    spool.close()
    assert waiting(tmp_path) == ROWS


def test_a_segment_is_read_only_when_no_more_is_added_to_it(tmp_path):
    spool = Spool(tmp_path)
    spool.append(ROWS)
    assert spool.segments() == []
    spool.turn()
    (segment,) = spool.segments()
    spool.append(ROWS)
    assert spool.segments() == [segment]
    assert list(spool.read(segment)) == [ROWS]
    before = spool.waiting_bytes
    spool.remove(segment)
    assert spool.waiting_bytes == before / 2
    spool.close()


def test_two_programs_cannot_have_one_spool(tmp_path):
    spool = Spool(tmp_path)
    with pytest.raises(StoreError, match="in use by another passerby"):
        Spool(tmp_path)
    spool.close()
    Spool(tmp_path).close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cut=st.integers(0, 400))
def test_a_record_cut_off_by_a_kill_is_passed_over_and_those_before_it_are_not(tmp_path, cut):
    folder = tmp_path / str(cut)
    spool = Spool(folder)
    for row in ROWS:
        spool.append([row])
    spool.close()
    (segment,) = folder.glob("*.spool")
    whole = segment.read_bytes()
    left = whole[: len(whole) - cut]
    segment.write_bytes(left)
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    assert waiting(folder) == ROWS[: sum(end < len(left) for end in ends)]  # without its line feed it is torn
    segment.unlink()


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_flipped_bit_costs_no_record_but_its_own_and_invents_nothing(tmp_path, place, bit):
    spool = Spool(tmp_path / f"{place}-{bit}")
    for row in ROWS:
        spool.append([row])
    spool.close()
    (segment,) = (tmp_path / f"{place}-{bit}").glob("*.spool")
    data = bytearray(segment.read_bytes())
    data[place % len(data)] ^= 1 << bit
    segment.write_bytes(data)
    left = waiting(segment.parent)
    assert len(left) >= len(ROWS) - 2  # a flipped line feed costs both its neighbours
    assert all(row in ROWS for row in left)
    segment.unlink(missing_ok=True)


def test_on_a_full_disk_nothing_old_is_lost_and_nothing_new_is_half_there(tmp_path):
    spool = Spool(tmp_path)
    spool.append(ROWS)
    with files_of_at_most(spool.waiting_bytes + 50), pytest.raises(StoreError, match="File too large"):
        spool.append(ROWS)
    spool.append(ROWS[:1])  # there is room again
    spool.close()
    assert waiting(tmp_path) == ROWS + ROWS[:1]


def test_what_goes_beyond_the_limit_is_refused_and_what_waits_stays(tmp_path):
    spool = Spool(tmp_path, limit_bytes=400)
    spool.append(ROWS)
    with pytest.raises(StoreError, match="start it, or raise the limit"):
        spool.append(ROWS)
    spool.close()
    assert waiting(tmp_path) == ROWS


@pytest.mark.parametrize("rows", [[[1, 2]], [[*ROWS[0], "more"]], [["arena", "gate", "smiles", *ROWS[0][3:]]], 7])
def test_what_another_version_wrote_is_refused_and_stays(tmp_path, rows):
    text = json.dumps(rows).encode()
    segment = tmp_path / "000000000001.spool"
    segment.write_bytes(b"%08x %s\n" % (crc32(text), text))
    with pytest.raises(StoreError, match="another version of passerby"):
        waiting(tmp_path)
    assert segment.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/spool: signals cannot be spooled here"):
        Spool(tmp_path / "file" / "spool")


def test_what_an_earlier_version_spooled_is_read(tmp_path):
    (tmp_path / "000000000001.spool").write_bytes(
        b'5b753a7e [["arena","gate","occupancy","",1,1795348800,0.0,1000000,"tracks"]]\n'
        b'cd783b99 [["arena","gate","occupancy","",1,1795348801,1.0,1000000,"tracks"]]\n'
        b'cd783b99 [["arena","gate","occ'
    )
    assert waiting(tmp_path) == [row_of(signal(value, value, place="gate")) for value in range(2)]
