"""Whatever is done to recordings on disk is found out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.outputs.streams import BEGIN_S, packets

from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.segment import Segment, SegmentWriter, file_hash, recover, segments
from passerby.outputs.recording.segment_index import EARLIER_INDEX, INDEX
from passerby.outputs.recording.verify import verify
from passerby.storage.append_log import AppendLog, read_log

KEY = Key(Path("key"), bytes(32))


def record(folder: Path, count: int = 3, camera: str = "door") -> list[Segment]:
    for number in range(count):
        stream = packets(30, begin_s=BEGIN_S + 3 * number)
        writer = SegmentWriter(folder, camera, KEY, stream[0])
        for packet in stream:
            writer.write(packet)
        writer.finish()
    return segments(folder, camera)


def problems(folder: Path, key: Key | None = KEY) -> list[str]:
    return [checked.problem for checked in verify(folder, "door", key) if checked.problem]


def test_segments_that_nobody_touched_are_good_with_the_key_and_without(tmp_path: Path):
    record(tmp_path)
    assert [checked.problem for checked in verify(tmp_path, "door", KEY)] == [""] * 3
    assert [checked.problem for checked in verify(tmp_path, "door", None)] == [""] * 3


def _change(found: list[Segment]) -> None:
    data = bytearray(found[1].path.read_bytes())
    data[len(data) // 2] ^= 1
    found[1].path.write_bytes(data)


def _exchange(found: list[Segment]) -> None:
    one, two = found[1].path.read_bytes(), found[2].path.read_bytes()
    found[1].path.write_bytes(two)
    found[2].path.write_bytes(one)


def _forget_end(found: list[Segment]) -> None:
    found[1].path.write_bytes(found[1].path.read_bytes()[:-40])


@pytest.mark.parametrize("harm", [_change, _exchange, _forget_end])
def test_a_changed_segment_is_found_with_the_key_and_without(tmp_path: Path, harm: Callable[[list[Segment]], None]):
    harm(record(tmp_path))
    assert set(problems(tmp_path)) == {"was changed after it was written: its hash differs from the index"}
    assert problems(tmp_path, None) == problems(tmp_path)


@pytest.mark.parametrize(
    ("harm", "found_out"),
    [
        (_change, "was changed or damaged"),
        (_exchange, "was renamed: it belongs to another camera or time"),
        (_forget_end, "was cut short after it was written"),
    ],
)
def test_who_writes_new_hashes_as_well_is_found_out_by_the_key(
    tmp_path: Path, harm: Callable[[list[Segment]], None], found_out: str
):
    found = record(tmp_path)
    harm(found)
    index = found[0].path.parent / INDEX
    new = {segment.sha256: file_hash(segment.path) for segment in found}
    entries = [re.sub("|".join(new), lambda old: new[old[0]], (each.data or b"").decode()) for each in read_log(index)]
    index.unlink()
    with AppendLog(index) as log:
        for entry in entries:
            log.append(entry.encode())
    assert not problems(tmp_path, None)
    assert any(found_out in problem for problem in problems(tmp_path))


def test_a_missing_segment_is_named_unless_it_was_the_oldest(tmp_path: Path):
    found = record(tmp_path)
    found[0].path.unlink()
    assert not problems(tmp_path)
    found[0].path.write_bytes(b"")
    found[1].path.unlink()
    assert "is missing, although earlier segments are present" in problems(tmp_path)


def test_a_segment_that_a_kill_left_is_good_once_it_is_in_the_index(tmp_path: Path):
    stream = packets(45)
    writer = SegmentWriter(tmp_path, "door", KEY, stream[0])
    for packet in stream:
        writer.write(packet)
    assert not problems(tmp_path)  # it is being written
    recover(tmp_path, "door", KEY)
    (segment,) = segments(tmp_path, "door")
    assert segment.cut_off
    assert segment.pictures >= 30
    assert not problems(tmp_path)
    writer.abandon()


def test_a_segment_that_never_came_into_the_index_is_named(tmp_path: Path):
    (record(tmp_path)[0].path.parent / INDEX).write_text('{"torn line')
    assert problems(tmp_path) == ["is not in the index; start the gateway, which indexes what a kill left"] * 3
    recover(tmp_path, "door", KEY)
    assert not problems(tmp_path)
    assert not any(segment.cut_off for segment in segments(tmp_path, "door"))


def test_recordings_of_an_earlier_version_are_verified_as_they_were(tmp_path: Path):
    day = record(tmp_path)[0].path.parent
    with (day / EARLIER_INDEX).open("wb") as earlier:
        earlier.writelines((each.data or b"") + b"\n" for each in read_log(day / INDEX))
    (day / INDEX).unlink()
    assert not problems(tmp_path)
    assert all(segment.sha256 for segment in segments(tmp_path, "door"))
