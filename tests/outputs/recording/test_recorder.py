"""The covered stream is on disk, encrypted, and a kill or a full disk costs the last second at most."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.outputs.streams import BEGIN_S, packets
from tests.program import started
from tests.waiting import until

from passerby.errors import OutputError
from passerby.outputs.packet_sink import PacketSink
from passerby.outputs.recording.encryption import EncryptedReader, load_key
from passerby.outputs.recording.recorder import WAITING_PACKETS, prepare_recordings, segment_recorder
from passerby.outputs.recording.segment import Segment, segments
from passerby.outputs.recording.verify import verify
from passerby.outputs.stream.segment_muxer import read_packets

RECORDER = """
import sys, time
from pathlib import Path
from passerby.outputs.recording.recorder import segment_recorder
from tests.outputs.streams import packets
folder = Path(sys.argv[1])
recorder = segment_recorder("door", folder=folder / "recordings", key_file=folder / "key",
    heads=folder / "heads", segment_s=5)
for packet in packets(int(sys.argv[2])):
    recorder.write(packet)
print("written", flush=True)
time.sleep(60)
"""


@contextmanager
def recording(folder: Path, **settings) -> Iterator[PacketSink]:
    recorder = segment_recorder(
        "door", folder=folder / "recordings", key_file=folder / "key", heads=folder / "heads", **settings
    )
    try:
        yield recorder
    finally:
        recorder.close()


def recorded(folder: Path) -> list[Segment]:
    return segments(folder / "recordings", "door")


def times_s(folder: Path, segment: Segment) -> list[float]:
    data = b"".join(EncryptedReader(segment.path, load_key(folder / "key")).chunks())
    begin_s = segment.begin.timestamp()
    return [begin_s + float(packet.pts * packet.time_base) for packet in read_packets(data, segment.path.name)]


def test_every_picture_is_recorded_once_with_its_time_in_segments_that_begin_with_a_key_picture(tmp_path: Path):
    stream = packets(120)
    with recording(tmp_path, segment_s=5) as recorder:
        for packet in stream:
            recorder.write(packet)
    found = recorded(tmp_path)
    assert [segment.pictures for segment in found] == [50, 50, 20]
    assert [time_s for segment in found for time_s in times_s(tmp_path, segment)] == pytest.approx(
        [packet.time_s for packet in stream], abs=2e-6
    )
    assert all(segment.sha256 and not segment.cut_off for segment in found)
    assert {segment.path.suffix for segment in found} == {".segment"}


def test_nothing_of_the_pictures_is_readable_on_disk(tmp_path: Path):
    stream = packets(30)
    with recording(tmp_path) as recorder:
        for packet in stream:
            recorder.write(packet)
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ftyp" not in on_disk
    assert not any(packet.data[40:72] in on_disk for packet in stream if packet.key)


def test_a_picture_of_another_size_begins_a_new_segment(tmp_path: Path):
    with recording(tmp_path) as recorder:
        for packet in packets(20) + packets(20, size=(96, 64), begin_s=BEGIN_S + 2):
            recorder.write(packet)
    assert [segment.pictures for segment in recorded(tmp_path)] == [20, 20]


def test_a_gap_ends_a_segment_so_that_it_is_seen_without_the_key(tmp_path: Path):
    with recording(tmp_path) as recorder:
        for packet in packets(25) + packets(25, begin_s=BEGIN_S + 6)[5:]:
            recorder.write(packet)
    first, second = recorded(tmp_path)
    assert first.pictures == 25
    assert second.begin.timestamp() == pytest.approx(BEGIN_S + 7)
    assert second.pictures == 15


def test_recording_begins_with_the_first_key_picture_and_asks_for_one(tmp_path: Path):
    with recording(tmp_path) as recorder:
        for packet in packets(25)[3:]:
            recorder.write(packet)
            assert recorder.wants_key or packet.time_s >= BEGIN_S + 1 - 1e-3
        until(lambda: not recorder.wants_key)
    assert [segment.pictures for segment in recorded(tmp_path)] == [15]


def test_a_killed_process_loses_the_last_second_at_most(tmp_path: Path):
    where = {
        "env": os.environ | {"PYTHONPATH": os.pathsep.join(["src", ".", *sys.path])},
        "cwd": Path(__file__).parents[3],
    }
    command = [sys.executable, "-c", RECORDER, tmp_path, "83"]
    with started(command, stdout=subprocess.PIPE, **where) as child:
        assert child.stdout.readline() == b"written\n"
        until(lambda: len(recorded(tmp_path)) == 2 and len(times_s(tmp_path, recorded(tmp_path)[1])) >= 20)
        child.kill()
    assert [segment.path.suffix for segment in recorded(tmp_path)] == [".segment", ".part"]
    with recording(tmp_path) as recorder:
        for packet in packets(5, begin_s=BEGIN_S + 100):
            recorder.write(packet)
    whole, cut, new = recorded(tmp_path)
    assert not whole.cut_off
    assert cut.cut_off
    assert cut.sha256
    assert cut.pictures == len(times_s(tmp_path, cut))
    assert new.pictures == 5


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "recordings"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_stops_recording_with_a_reason_and_it_goes_on_when_there_is_space(tmp_path: Path, small_disk: Path):
    now = [0.0]
    with recording(tmp_path, segment_s=5, clock=lambda: now[0]) as recorder:
        for packet in packets(60):
            recorder.write(packet)
        until(lambda: len(recorded(tmp_path)) == 2)
        kept = {path: path.read_bytes() for path in small_disk.rglob("*.segment")}
        with suppress(OSError), (small_disk / "others").open("wb", buffering=0) as others:
            while others.write(bytes(512)):
                pass
        for packet in packets(120, begin_s=BEGIN_S + 60):
            recorder.write(packet)
        until(lambda: recorder.problem)
        assert recorder.problem == f"{small_disk}: the disk is full; free some space"  # the same at each try
        assert not recorder.wants_key  # not before it is tried again
        (small_disk / "others").unlink()
        now[0] = 11.0
        assert recorder.wants_key
        for packet in packets(30, begin_s=BEGIN_S + 120):
            recorder.write(packet)
        until(lambda: recorded(tmp_path)[-1].size > 1000)
        assert recorder.problem  # a disk that is almost full takes a little, too
        now[0] = 20.0
        recorder.write(packets(31, begin_s=BEGIN_S + 120)[30])
        until(lambda: not recorder.problem)
    assert all(path.read_bytes() == data for path, data in kept.items())
    assert recorded(tmp_path)[-1].pictures == 31
    key = load_key(tmp_path / "key")
    assert not [verdict for verdict in verify(small_disk, "door", key, heads=tmp_path / "heads") if verdict.problem]


def test_a_disk_that_goes_away_stops_recording_and_it_goes_on_when_it_is_back(tmp_path: Path):
    now = [0.0]
    with recording(tmp_path, clock=lambda: now[0]) as recorder:
        (tmp_path / "recordings").write_text("a file in the way")
        recorder.write(packets(1)[0])
        until(lambda: recorder.problem)
        assert "the folder does not exist; create it first" in recorder.problem
        (tmp_path / "recordings").unlink()
        now[0] = 20.0
        for packet in packets(30):
            recorder.write(packet)
        until(lambda: not recorder.problem)
    assert recorded(tmp_path)[-1].pictures == 30


def test_two_processes_do_not_record_one_camera_into_one_folder(tmp_path: Path):
    with recording(tmp_path) as first, recording(tmp_path) as second:
        first.write(packets(1)[0])
        until(lambda: recorded(tmp_path))
        second.write(packets(1, begin_s=BEGIN_S + 9)[0])
        until(lambda: second.problem)
        assert "another process is recording this camera" in second.problem
        assert not first.problem


def test_a_disk_that_hangs_never_holds_up_the_camera(tmp_path: Path):
    tmp_path.joinpath("key").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "key", 0o600)  # opening it waits for ever, like a dead network disk
    recorder = segment_recorder(
        "door", folder=tmp_path / "recordings", key_file=tmp_path / "key", heads=tmp_path / "heads"
    )
    stream = packets(60)
    began = time.monotonic()
    for _ in range(2 * WAITING_PACKETS // len(stream) + 1):
        for packet in stream:
            recorder.write(packet)
    assert "too slow" in recorder.problem
    recorder.close(timeout_s=0.1)
    assert time.monotonic() - began < 20
    descriptor = os.open(tmp_path / "key", os.O_RDWR)  # let the thread go
    os.write(descriptor, b"00" * 32 + b"\n")
    os.close(descriptor)
    until(lambda: not any(each.name == "record door" for each in threading.enumerate()))


def test_closing_twice_and_without_a_picture_is_harmless(tmp_path: Path):
    with recording(tmp_path) as recorder:
        recorder.close()
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("place", ["recordings", "state/recordings"])
def test_a_folder_that_cannot_be_used_is_told_before_a_camera_starts(tmp_path: Path, place: str):
    prepare_recordings(tmp_path / place, tmp_path / "state" / "key")
    assert not list((tmp_path / place).iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        prepare_recordings(tmp_path / "file" / "recordings", tmp_path / "key")


def test_a_lost_key_is_not_replaced_while_there_are_recordings_that_need_it(tmp_path: Path):
    with recording(tmp_path) as recorder:
        recorder.write(packets(1)[0])
    (tmp_path / "key").unlink()
    with pytest.raises(OutputError, match="is missing; restore it, or move the recordings away"):
        prepare_recordings(tmp_path / "recordings", tmp_path / "key")
    with recording(tmp_path) as recorder:
        recorder.write(packets(1, begin_s=BEGIN_S + 1)[0])
        until(lambda: "restore it" in recorder.problem)
    assert not (tmp_path / "key").exists()
