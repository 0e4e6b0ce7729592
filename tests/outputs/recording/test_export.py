"""Segments become one file that any player opens, with all their pictures and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
from tests.outputs.recording.written import begin_segment, write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.errors import OutputError, SourceError, UsageError
from passerby.outputs.recording.encryption import Key
from passerby.outputs.recording.export import Exported, export
from passerby.outputs.recording.segment import segments
from passerby.outputs.stream.packet import StreamPacket

KEY = Key(Path("key"), bytes(32))
BEGIN = datetime.fromtimestamp(BEGIN_S, UTC)


def record(folder: Path, *streams: list[StreamPacket]) -> None:
    for stream in streams:
        write_segment(folder, "door", KEY, stream)


def exported(folder: Path, *, begin_s: float = 0, end_s: float = 3600, target: str = "out.mp4") -> list[Exported]:
    return export(
        segments(folder, "door"),
        KEY,
        folder / target,
        begin=BEGIN + timedelta(seconds=begin_s),
        end=BEGIN + timedelta(seconds=end_s),
    )


def shown_s(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        assert not {name for name in container.metadata if name not in {"major_brand", "minor_version"}} - {
            "compatible_brands"
        }
        return [round(float(frame.pts * frame.time_base), 3) for frame in container.decode(video=0)]


def test_segments_are_joined_with_every_picture_at_its_time(tmp_path: Path):
    record(tmp_path, packets(20), packets(30, begin_s=BEGIN_S + 2.05))
    (made,) = exported(tmp_path)
    assert shown_s(made.path) == [round(i / 10 + 0.05 * (i >= 20), 3) for i in range(50)]
    assert made.pictures == 50
    assert made.gaps == ()
    assert made.begin == BEGIN
    assert list(tmp_path.glob("*.mp4")) == [made.path]


def test_a_time_is_cut_out_from_the_key_picture_before_it_on(tmp_path: Path):
    record(tmp_path, packets(40))
    (made,) = exported(tmp_path, begin_s=1.55, end_s=2.5)
    assert made.begin == BEGIN + timedelta(seconds=1)
    assert made.end == BEGIN + timedelta(seconds=2.5)
    assert len(shown_s(made.path)) == 16


def test_a_long_time_without_a_picture_is_closed_up_and_told(tmp_path: Path):
    record(tmp_path, packets(10), packets(10, begin_s=BEGIN_S + 600))
    (made,) = exported(tmp_path)
    assert made.gaps == ((BEGIN + timedelta(seconds=0.9), BEGIN + timedelta(seconds=600)),)
    assert shown_s(made.path)[10] == pytest.approx(2.9)


def test_another_size_of_picture_begins_another_file(tmp_path: Path):
    record(tmp_path, packets(10), packets(10, size=(96, 64), begin_s=BEGIN_S + 1), packets(10, begin_s=BEGIN_S + 2))
    made = exported(tmp_path)
    assert [each.path.name for each in made] == ["out.mp4", "out-2.mp4", "out-3.mp4"]
    assert [len(shown_s(each.path)) for each in made] == [10, 10, 10]


def test_nothing_is_left_when_a_segment_was_changed(tmp_path: Path):
    record(tmp_path, packets(10), packets(10, begin_s=BEGIN_S + 1))
    path = segments(tmp_path, "door")[1].path
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="changed or damaged"):
        exported(tmp_path)
    assert not [each for each in tmp_path.iterdir() if each.is_file()]


def test_a_time_without_pictures_a_wrong_name_and_an_existing_file_are_refused(tmp_path: Path):
    record(tmp_path, packets(10))
    with pytest.raises(SourceError, match="there is no picture between 2026-11-18 11:08:20 and 2026-11-18 12:06:40"):
        exported(tmp_path, begin_s=100)
    with pytest.raises(UsageError, match=r"use the extension \.mp4"):
        exported(tmp_path, target="out.mkv")
    (tmp_path / "out.mp4").write_text("mine")
    with pytest.raises(OutputError, match="the file exists"):
        exported(tmp_path)
    assert (tmp_path / "out.mp4").read_text() == "mine"


def test_a_segment_that_is_being_written_can_be_exported_up_to_now(tmp_path: Path):
    writer = begin_segment(tmp_path, "door", KEY, packets(35))
    (made,) = exported(tmp_path)
    assert made.pictures >= 20
    writer.abandon()
