"""Whatever is done to recordings on disk is found out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.outputs.recording.written import begin_segment, heads_of, write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.errors import OutputError
from passerby.outputs.recording.encryption import EncryptedFile, Key
from passerby.outputs.recording.recovery import recover
from passerby.outputs.recording.segment import Segment, about, file_hash, segments
from passerby.outputs.recording.segment_index import EARLIER_INDEX, INDEX, add_entry
from passerby.outputs.recording.verify import verify
from passerby.outputs.stream.segment_muxer import FragmentWriter
from passerby.storage.append_log import AppendLog, read_log

KEY = Key(Path("key"), bytes(32))


def record(folder: Path, count: int = 3, camera: str = "door") -> list[Segment]:
    for number in range(count):
        write_segment(folder, camera, KEY, packets(30, begin_s=BEGIN_S + 3 * number))
    return segments(folder, camera)


def problems(folder: Path, key: Key | None = KEY) -> list[str]:
    return [verdict.problem for verdict in verify(folder, "door", key, heads=heads_of(folder)) if verdict.problem]


def test_segments_that_nobody_touched_are_good_with_the_key_and_without(tmp_path: Path):
    record(tmp_path)
    for key in (KEY, None):
        assert [each.problem for each in verify(tmp_path, "door", key, heads=heads_of(tmp_path))] == [""] * 3


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
    assert any(found_out in problem for problem in problems(tmp_path))


def test_a_segment_that_a_kill_left_is_good_once_it_is_in_the_index(tmp_path: Path):
    writer = begin_segment(tmp_path, "door", KEY, packets(45))
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


def unchained(folder: Path, count: int) -> list[Segment]:
    """Return segments as an earlier version wrote them: no number, no head, an index without checksums."""
    for number in range(count):
        stream = packets(30, begin_s=BEGIN_S + 3 * number)
        begin = datetime.fromtimestamp(stream[0].time_s, UTC)
        path = folder / "door" / f"{begin:%Y-%m-%d/%H-%M-%S-%f}.segment"
        path.parent.mkdir(parents=True, exist_ok=True)
        fragments, file = FragmentWriter(stream[0]), EncryptedFile(path, KEY, about("door", begin))
        for packet in stream:
            if data := fragments.write(packet):
                file.append(data)
        sha256 = file.finish(fragments.finish())
        entry = {"begin": begin.isoformat(), "end": begin.isoformat(), "pictures": 30, "sha256": sha256}
        with (path.parent / EARLIER_INDEX).open("a") as index:
            index.write(json.dumps(entry | {"size": file.size, "cut_off": False}) + "\n")
    return segments(folder, "door")


def test_recordings_of_an_earlier_version_are_verified_as_they_were_and_named_not_chained(tmp_path: Path):
    found = unchained(tmp_path, 3)
    verdicts = list(verify(tmp_path, "door", KEY, heads=heads_of(tmp_path)))
    assert [(each.problem, each.chained) for each in verdicts] == [("", False)] * 3
    found[1].path.unlink()
    assert problems(tmp_path) == ["is missing, although earlier segments are present"]


def test_recording_goes_on_behind_segments_of_an_earlier_version(tmp_path: Path):
    unchained(tmp_path, 2)
    for number in (2, 3):
        write_segment(tmp_path, "door", KEY, packets(30, begin_s=BEGIN_S + 3 * number))
    verdicts = list(verify(tmp_path, "door", KEY, heads=heads_of(tmp_path)))
    assert [(each.problem, each.chained) for each in verdicts] == [("", False)] * 2 + [("", True)] * 2
    segments(tmp_path, "door")[3].path.unlink()
    assert any("number 1 is missing" in problem for problem in problems(tmp_path))


def erase(segment: Segment) -> None:
    """Remove a segment and its line of the index, as somebody who has something to hide does."""
    segment.path.unlink()
    index = segment.path.parent / INDEX
    lines = [each.line for each in read_log(index) if json.loads(each.data or b"")["number"] != segment.number]
    index.write_bytes(b"".join(line + b"\n" for line in lines))


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ([0], "number 0 is missing, before 2026-11-18 11:06:43 UTC: not erased by retention"),
        ([2], "number 2 is missing, written after 2026-11-18 11:06:43 UTC and before 2026-11-18 11:06:49 UTC"),
        ([1, 2], "numbers 1 to 2 are missing, written after 2026-11-18 11:06:40 UTC and before"),
        ([4], "number 4 is missing, written after 2026-11-18 11:06:49 UTC: not erased by retention"),
    ],
    ids=["the oldest", "one in the middle", "two in the middle", "the newest"],
)
def test_a_segment_that_is_missing_with_its_line_of_the_index_is_reported(tmp_path: Path, gone: list[int], named: str):
    found = record(tmp_path, 5)
    for number in gone:
        erase(found[number])
    (told,) = problems(tmp_path)
    assert told.startswith(named)
    between = 0 not in gone and 4 not in gone
    assert bool(problems(tmp_path, None)) == between  # without the key only what is missing between others


def test_a_day_and_a_whole_camera_that_are_missing_are_reported(tmp_path: Path):
    record(tmp_path, 2)
    for hour in range(2):
        write_segment(tmp_path, "door", KEY, packets(30, begin_s=BEGIN_S + 86400 + 3600 * hour))
    shutil.rmtree(tmp_path / "door" / "2026-11-19")
    assert [told.partition(":")[0] for told in problems(tmp_path)] == [
        "numbers 2 to 3 are missing, written after 2026-11-18 11"
    ]
    shutil.rmtree(tmp_path / "door")
    assert problems(tmp_path) == ["numbers 0 to 3 are missing: not erased by retention"]


def test_an_older_copy_of_the_recordings_that_is_put_back_is_reported(tmp_path: Path):
    folder = tmp_path / "recordings"
    record(folder, 2)
    shutil.copytree(folder, tmp_path / "copy")
    write_segment(folder, "door", KEY, packets(30, begin_s=BEGIN_S + 60))
    shutil.rmtree(folder)
    (tmp_path / "copy").rename(folder)
    assert any("number 2 is missing" in told for told in problems(folder))
    write_segment(folder, "door", KEY, packets(30, begin_s=BEGIN_S + 90))
    assert any("number 2 is missing" in told for told in problems(folder))  # also once recording goes on


def test_a_head_that_is_gone_changed_or_another_cameras_is_reported(tmp_path: Path):
    record(tmp_path)
    record(tmp_path, camera="gate")
    head = heads_of(tmp_path) / "door.head"
    sealed = head.read_bytes()
    head.write_bytes((heads_of(tmp_path) / "gate.head").read_bytes())
    assert any("not the file that passerby wrote here" in told for told in problems(tmp_path))
    head.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert any("changed or damaged" in told for told in problems(tmp_path))
    head.unlink()
    assert any("door.head is missing" in told for told in problems(tmp_path))


def test_who_removes_the_newest_segment_and_the_head_is_found_out_when_recording_goes_on(tmp_path: Path):
    erase(record(tmp_path)[2])
    (heads_of(tmp_path) / "door.head").unlink()
    write_segment(tmp_path, "door", KEY, packets(30, begin_s=BEGIN_S + 60))
    assert any("number 2 is missing" in told for told in problems(tmp_path))


def test_the_segment_that_is_being_written_is_missed_when_somebody_removes_it(tmp_path: Path):
    writer = begin_segment(tmp_path, "door", KEY, packets(45))
    (segment,) = segments(tmp_path, "door")
    segment.path.unlink()
    with pytest.raises(OutputError):
        writer.finish()
    write_segment(tmp_path, "door", KEY, packets(30, begin_s=BEGIN_S + 60))
    assert any("number 0 is missing" in told for told in problems(tmp_path))


def test_a_segment_that_was_cut_in_file_and_index_is_found_by_what_was_written_after_it(tmp_path: Path):
    for segment in record(tmp_path)[1:]:
        segment.path.write_bytes(segment.path.read_bytes()[:300])
        index = segment.path.parent / INDEX
        entries = [json.loads(each.data or b"") for each in read_log(index)]
        index.unlink()
        for entry in entries:
            mine = entry["begin"] == segment.begin.isoformat()
            add_entry(index.parent, entry | {"sha256": file_hash(segment.path), "cut_off": True} if mine else entry)
    told = problems(tmp_path)
    assert [each.partition(":")[0] for each in told] == [f"number {n} was exchanged or cut short" for n in (1, 2)]


KILLED = """
import os, sys
from pathlib import Path
from tests.outputs.recording.test_verify import KEY
from tests.outputs.recording.written import heads_of, write_segment
from tests.outputs.streams import BEGIN_S, packets
from passerby.outputs.recording.recovery import recover
from passerby.outputs.recording.verify import verify

CALLS = ("open", "write", "fsync", "fdatasync", "rename", "replace", "unlink", "ftruncate", "mkdir", "close")

def write(folder, begin_s):
    write_segment(folder, "door", KEY, packets(30, begin_s=begin_s))

def run_until(folder, last):
    calls = 0
    def counted(call):
        def called(*args, **kwargs):
            nonlocal calls
            if calls == last:
                os.kill(os.getpid(), 9)
            calls += 1
            return call(*args, **kwargs)
        return called
    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))
    write(folder, BEGIN_S + 3)
    os._exit(0)

def problems(folder):
    told = [each.problem for each in verify(folder, "door", KEY, heads=heads_of(folder))]
    return [each for each in told if each and "start the gateway, which indexes what a kill left" not in each]

packets(30)
for last in range(1000):
    folder = Path(sys.argv[1]) / str(last)
    if last % 2:
        write(folder, BEGIN_S)
    child = os.fork()
    if child == 0:
        run_until(folder, last)
    ended = os.waitpid(child, 0)[1]
    found = problems(folder)
    recover(folder, "door", KEY)
    write(folder, BEGIN_S + 60)
    found += problems(folder)
    if found:
        print(last, found, flush=True)
    if ended == 0:
        print("steps", last, flush=True)
        break
"""


def test_a_kill_at_any_step_leaves_nothing_that_seems_to_be_missing(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(["src", ".", *sys.path])},
        cwd=Path(__file__).parents[3],
        check=True,
    )
    (last,) = done.stdout.splitlines()
    assert last.startswith("steps")
    assert int(last.split()[1]) > 20  # the steps were really counted
