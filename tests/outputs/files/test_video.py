"""Covered recordings: same frames, same times, same size, and nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.media import clips

from passerby.errors import OutputError, UsageError
from passerby.media.files.video_file import VideoFile
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Fields, Layout, Shape
from passerby.media.samples import black
from passerby.media.sound_plan import SoundPlan
from passerby.media.stretch import Stretch
from passerby.outputs.files.codecs import CODECS, CONTAINERS, available_codecs, target_suffix
from passerby.outputs.files.video import Encoding, VideoTarget
from passerby.redact.mask import Cover
from passerby.redact.redactor import RedactedFrame, blackout, redact
from passerby.redact.style import style_named

SOLID = style_named("solid")


def copied(source: Path, target: Path, **options: Any) -> VideoFile:
    """Write the frames of a clip to a target, nothing covered, and open that."""
    opened = VideoFile(source)
    output = VideoTarget(target, opened.shape, **options)
    for frame in opened:
        output.write(redact(frame, Cover.nothing(), SOLID))
    output.finish()
    return VideoFile(target)


def covered(shape: Shape, count: int, step: int = 512) -> Iterator[RedactedFrame]:
    """Pictures that are covered whole."""
    planes = black(shape.width, shape.height, layout=shape.layout, full_range=False)
    for index in range(count):
        yield blackout(Frame(planes, shape.layout, step * index, shape.time_base, "test"), "test")


def simple(width: int = 64, height: int = 48, time_base: Fraction = clips.TICKS) -> Shape:
    return Shape(width, height, Layout.YUV420, Colour(), rate=Fraction(25), time_base=time_base)


VARIABLE = [0, 512, 1024, 5000, 5001, 9000, 20000]


@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "vp9"])
@pytest.mark.parametrize("ticks", [VARIABLE, [6400, 6912, 7424]], ids=["variable rate", "starts late"])
def test_times_are_kept_to_the_tick_in_mp4(tmp_path: Path, codec: str, ticks: list[int]):
    source = clips.make_clip(tmp_path / "s.mp4", times=ticks, muxer={"movie_timescale": "12800"})
    copy = copied(source, tmp_path / "t.mp4", encoding=Encoding(codec))
    assert [frame.pts * frame.time_base for frame in copy] == [tick * clips.TICKS for tick in ticks]


def test_a_copy_can_be_sought_from_a_key_frame_at_most_100_frames_before(tmp_path: Path):
    """A browser on the page of a review decodes from there."""
    shape = simple()
    output = VideoTarget(tmp_path / "t.mp4", shape)
    for frame in covered(shape, 250):
        output.write(frame)
    output.finish()
    with av.open(str(tmp_path / "t.mp4")) as copy:
        keys = [packet.is_keyframe for packet in copy.demux(video=0) if packet.size]
    assert len(keys) == 250
    assert max(np.diff([*np.flatnonzero(keys), len(keys)])) <= 100


APART = [0, 512, 1024, 5000, 5512, 9000, 20000]  # by more than any container's unit


@pytest.mark.parametrize(
    ("suffix", "codec", "unit_s"),
    [
        (".m4v", "h264", 0),
        (".mov", "h265", 0),
        (".3gp", "h264", 0),
        (".3g2", "h264", 0),
        (".mkv", "h264", Fraction(1, 1000)),
        (".mkv", "vp9", Fraction(1, 1000)),
        (".webm", "av1", Fraction(1, 1000)),
        (".webm", "vp9", Fraction(1, 1000)),
        (".flv", "h264", Fraction(1, 1000)),
        (".ts", "h264", Fraction(1, 90000)),
        (".m2ts", "h265", Fraction(1, 90000)),
    ],
)
def test_other_containers_keep_times_within_their_unit(tmp_path: Path, suffix: str, codec: str, unit_s: Fraction):
    source = clips.make_clip(tmp_path / "s.mp4", times=APART, muxer={"movie_timescale": "12800"})
    copy = copied(source, tmp_path / f"t{suffix}", encoding=Encoding(codec))
    got = [frame.pts * frame.time_base for frame in copy]
    expected = [tick * clips.TICKS for tick in APART]
    assert len(got) == len(expected)
    assert all(abs(a - b) <= unit_s for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize("preset", ["superfast", "medium"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".flv"])
def test_slower_presets_shift_no_times(tmp_path: Path, suffix: str, preset: str):
    source = clips.make_clip(tmp_path / "s.mp4")
    copy = copied(source, tmp_path / f"t{suffix}", encoding=Encoding(preset=preset))
    assert [frame.pts * frame.time_base for frame in copy] == [Fraction(n, 25) for n in range(12)]


@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "vp9"])
@pytest.mark.parametrize("size", [(65, 49), (64, 49), (65, 48), (66, 50), (64, 46)], ids=str)
def test_odd_sizes_stay_what_they_are(tmp_path: Path, codec: str, size: tuple[int, int]):
    source = clips.make_clip(tmp_path / "s.webm", size=size, codec="libvpx-vp9", options={"crf": "10", "b": "0"})
    copy = copied(source, tmp_path / "t.mp4", encoding=Encoding(codec, crf=10))
    assert (copy.shape.width, copy.shape.height) == size
    for before, after in zip(VideoFile(source), copy, strict=True):
        for a, b in zip(before.planes, after.planes, strict=True):
            assert np.abs(a.astype(int) - b).mean() < 4


@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
@pytest.mark.parametrize("size", [(64, 48), (65, 49)], ids=str)
def test_ten_bits_stay_ten_bits(tmp_path: Path, codec: str, size: tuple[int, int]):
    source = clips.make_clip(tmp_path / "s.mkv", size=size, codec="ffv1", pixel_format="yuv420p10le", options={})
    copy = copied(source, tmp_path / "t.mp4", encoding=Encoding(codec, crf=8))
    assert copy.shape.layout is Layout.YUV420_10
    before, after = next(iter(VideoFile(source))), next(iter(copy))
    assert np.abs(before.planes[0].astype(int) - after.planes[0]).mean() < 12


@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "vp9"])
def test_pixel_shape_and_colour_tags_are_kept(tmp_path: Path, codec: str):
    source = clips.make_clip(
        tmp_path / "s.mp4",
        sample_aspect_ratio=Fraction(4, 3),
        color_range=2,
        color_primaries=9,
        color_trc=14,
        colorspace=9,
    )
    before, after = VideoFile(source).shape, copied(source, tmp_path / "t.mp4", encoding=Encoding(codec)).shape
    assert before.sample_aspect_ratio == after.sample_aspect_ratio == Fraction(4, 3)
    assert (before.colour.primaries, before.colour.transfer, before.colour.matrix) == (9, 14, 9)
    assert after.colour == before.colour


def test_pixels_that_are_not_square_are_refused_where_they_would_be_lost(tmp_path: Path):
    source = clips.make_clip(tmp_path / "s.mp4", sample_aspect_ratio=Fraction(4, 3))
    with pytest.raises(UsageError, match=r"t\.webm: .*not square; choose \.mp4"):
        copied(source, tmp_path / "t.webm", encoding=Encoding("vp9"))
    assert [path.name for path in tmp_path.iterdir()] == ["s.mp4"]


@pytest.mark.parametrize("order", [Fields.TOP_FIRST, Fields.BOTTOM_FIRST])
@pytest.mark.parametrize("preset", ["", "veryfast"])
def test_fields_stay_apart_in_h264(tmp_path: Path, order: Fields, preset: str):
    source = clips.make_clip(tmp_path / "s.mp4", options={"x264-params": f"{order.value}=1"})
    assert copied(source, tmp_path / "t.mp4", encoding=Encoding(preset=preset)).shape.fields is order


def test_the_last_frame_is_shown_for_as_long_as_the_others(tmp_path: Path):
    copied(clips.make_clip(tmp_path / "s.mp4"), tmp_path / "t.mp4")
    with av.open(str(tmp_path / "t.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.duration * stream.time_base == Fraction(12, 25)


def test_a_time_base_of_nanoseconds_survives_long_gaps(tmp_path: Path):
    shape = simple(time_base=Fraction(1, 1_000_000_000))
    target = VideoTarget(tmp_path / "t.mp4", shape)
    for frame in covered(shape, 3, step=9_000_001_000):
        target.write(frame)
    target.finish()
    expected = [Fraction(index * 9_000_001, 1_000_000) for index in range(3)]
    assert clips.shown_times(tmp_path / "t.mp4") == expected


# --- nothing of the source's origin ------------------------------------------------------------------


MARKS = [b"Lavf", b"Lavc", b"x264", b"x265", b"SVT-AV1", b"libvpx", b"FFmpeg", b"options:"]


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(suffix, codec) for suffix, name in CONTAINERS.items() for codec in CODECS if name in CODECS[codec].containers],
)
def test_a_copy_names_neither_its_source_nor_the_software(tmp_path: Path, suffix: str, codec: str):
    told = {"title": "TellTale1", "comment": "TellTale2", "creation_time": "2021-05-04T03:02:01", "make": "TellTale3"}
    told |= {"location": "+52.5200+013.4050/", "artist": "TellTale4", "encoder": "TellTale5"}
    source = clips.make_clip(
        tmp_path / "TellTale7.mov",
        times=range(0, 512 * 30, 512),
        metadata=told,
        stream_metadata={"language": "deu", "handler_name": "TellTale6"},
        muxer={"movflags": "use_metadata_tags"},
    )
    for mark in (b"TellTale1", b"TellTale6", b"+52.5200", b"x264"):
        assert mark in source.read_bytes()
    copied(source, tmp_path / f"t{suffix}", encoding=Encoding(codec))
    copy = (tmp_path / f"t{suffix}").read_bytes()
    assert [mark for mark in [*MARKS, b"TellTale", b"52.52", b"deu"] if mark in copy] == []
    with av.open(str(tmp_path / f"t{suffix}")) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert container.chapters() == []
        allowed = {"major_brand", "minor_version", "compatible_brands", "encoder"}
        assert set(container.metadata) <= allowed
        assert container.metadata.get("encoder", "none") == "none"


def test_chapters_attachments_subtitles_and_data_stay_behind(tmp_path: Path):
    source = tmp_path / "s.mkv"
    with av.open(str(source), "w") as container:
        pictures = container.add_stream("libx264", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        container.add_attachment("TellTaleFont.ttf", "font/ttf", b"TellTaleAttachment")
        words = container.add_mux_stream("subrip")
        chapter = {"id": 1, "start": 0, "end": 400, "time_base": Fraction(1, 1000), "metadata": {"title": "TellTale"}}
        container.set_chapters([chapter])
        container.mux(pictures.encode(av.VideoFrame.from_ndarray(clips.scene(0), "rgb24")))
        container.mux(pictures.encode(None))
        said = av.Packet(b"TellTaleWords")
        said.stream, said.pts, said.dts, said.duration, said.time_base = words, 0, 0, 40, Fraction(1, 1000)
        container.mux(said)
    assert source.read_bytes().count(b"TellTale") == 4
    copied(source, tmp_path / "t.mkv")
    with av.open(str(tmp_path / "t.mkv")) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert container.chapters() == []
    assert b"TellTale" not in (tmp_path / "t.mkv").read_bytes()


def test_the_moment_of_writing_is_not_told(tmp_path: Path):
    copied(clips.make_clip(tmp_path / "s.mp4"), tmp_path / "t.mp4")
    first = (tmp_path / "t.mp4").read_bytes()
    copied(tmp_path / "s.mp4", tmp_path / "t.mp4", replace=True)
    assert (tmp_path / "t.mp4").read_bytes() == first
    at = first.index(b"mvhd")
    assert first[at + 8 : at + 16] == bytes(8)  # created and changed at second 0


# --- sound --------------------------------------------------------------------------------------------


def sound_packets(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as container:
        return [(p.pts * p.time_base, bytes(p)) for p in container.demux(audio=0) if p.size]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_sound_is_carried_over_unchanged_when_asked_for(tmp_path: Path, data_dir: Path, suffix: str):
    source = data_dir / "hostile/media3/sample_12_5fps_720p_1s.mp4"
    copy = copied(source, tmp_path / f"t{suffix}", sound=SoundPlan(source))
    before, after = sound_packets(source), sound_packets(tmp_path / f"t{suffix}")
    if suffix == ".mkv":  # it has no time before 0, where the sound's codec warms up
        before = [(time, data) for time, data in before if time >= 0]
    assert [data for _, data in after] == [data for _, data in before]
    assert all(abs(a - b) < Fraction(2, 1000) for (a, _), (b, _) in zip(after, before, strict=True))
    assert copy.length == 13 or copy.length is None
    with av.open(str(tmp_path / f"t{suffix}")) as container:
        assert sorted(stream.type for stream in container.streams) == ["audio", "video"]
        assert container.streams.audio[0].metadata.get("language", "und") == "und"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize(("from_s", "until_s"), [(0.3, 0.7), (None, 0.5), (0.5, None)], ids=str)
def test_a_part_begins_at_0_and_has_only_the_sound_of_its_own_time(
    tmp_path: Path, data_dir: Path, suffix: str, from_s: float | None, until_s: float | None
):
    path = data_dir / "hostile/media3/sample_12_5fps_720p_1s.mp4"
    source = VideoFile(path, stretch=Stretch.of(from_s, until_s))
    excerpt = source.excerpt
    assert excerpt is not None
    target = VideoTarget(tmp_path / f"t{suffix}", source.shape, sound=SoundPlan(path), excerpt=excerpt)
    frames = list(source)
    for frame in frames:
        target.write(redact(frame, Cover.nothing(), SOLID))
    target.finish()
    shown = clips.shown_times(tmp_path / f"t{suffix}")
    assert shown[0] == 0
    assert all(
        abs(time - (frame.pts * frame.time_base - excerpt.begins_s)) <= Fraction(1, 1000)
        for time, frame in zip(shown, frames, strict=True)
    )
    length_s = Fraction(1024, 48000)
    inside = [
        (time - excerpt.begins_s, data)
        for time, data in sound_packets(path)
        if time >= excerpt.begins_s and (excerpt.ends_s is None or time + length_s <= excerpt.ends_s)
    ]
    got = sound_packets(tmp_path / f"t{suffix}")
    assert len(got) > 5
    assert [data for _, data in got] == [data for _, data in inside]
    assert all(abs(a - b) < Fraction(2, 1000) for (a, _), (b, _) in zip(got, inside, strict=True))


def test_sound_is_dropped_unless_asked_for(tmp_path: Path, data_dir: Path):
    copied(data_dir / "hostile/media3/sample_12_5fps_720p_1s.mp4", tmp_path / "t.mp4")
    with av.open(str(tmp_path / "t.mp4")) as container:
        assert not container.streams.audio


def test_sound_that_the_container_cannot_hold_is_refused_with_a_mend(tmp_path: Path, data_dir: Path):
    source = data_dir / "hostile/media3/sample_12_5fps_720p_1s.mp4"  # AAC: not for WebM
    with pytest.raises(UsageError, match=r"t\.webm: .*sound; use \.mkv"):
        VideoTarget(tmp_path / "t.webm", VideoFile(source).shape, encoding=Encoding("vp9"), sound=SoundPlan(source))
    assert list(tmp_path.iterdir()) == []


# --- nothing that looks whole before it is ------------------------------------------------------------


def test_nothing_has_the_name_before_the_end_and_nothing_is_left_after_giving_up(tmp_path: Path):
    target = VideoTarget(tmp_path / "t.mp4", simple())
    for frame in covered(simple(), 40):
        target.write(frame)
    assert [path.name.startswith(".t.mp4.partial-") for path in tmp_path.iterdir()] == [True]
    target.abandon()
    target.abandon()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_replaced_only_when_allowed(tmp_path: Path):
    path = tmp_path / "t.mp4"
    path.write_text("dear")
    with pytest.raises(OutputError, match=r"t\.mp4: the file exists; "):
        VideoTarget(path, simple())
    target = VideoTarget(path, simple(), replace=True)
    target.write(next(covered(simple(), 1)))
    assert path.read_text() == "dear"
    target.finish()
    target.abandon()
    assert VideoFile(path).length == 1


def test_the_source_is_never_its_own_target(tmp_path: Path):
    source = clips.make_clip(tmp_path / "s.mp4")
    with pytest.raises(OutputError, match="same file"):
        VideoTarget(tmp_path / "." / "s.mp4", simple(), sound=SoundPlan(source), replace=True)


def test_a_missing_folder_is_refused_with_a_mend(tmp_path: Path):
    with pytest.raises(OutputError, match="the folder does not exist; create it first"):
        VideoTarget(tmp_path / "gone" / "t.mp4", simple())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused_with_a_mend(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission to write to this folder; change its permissions"):
        VideoTarget(tmp_path / "t.mp4", simple())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_a_full_disk_is_told_and_leaves_nothing(small_disk: Path, suffix: str):
    source = VideoFile(clips.make_clip(small_disk.parent / "s.mp4", size=(640, 480)))
    target = VideoTarget(small_disk / f"t{suffix}", source.shape, encoding=Encoding(crf=1))
    with pytest.raises(OSError, match="No space"), (small_disk / "other").open("wb", buffering=0) as other:  # noqa: PT012
        while True:
            other.write(bytes(4096))
    with pytest.raises(OutputError, match="the disk is full; free some space"):  # noqa: PT012
        for frame in source:
            target.write(redact(frame, Cover.nothing(), SOLID))
        target.finish()
    target.abandon()
    assert [path.name for path in small_disk.iterdir()] == ["other"]


# --- choices ------------------------------------------------------------------------------------------


def test_this_build_writes_every_codec():
    assert available_codecs() == ("h264", "h265", "av1", "vp9")


@pytest.mark.parametrize(
    ("name", "encoding", "message"),
    [
        ("t.mp4", Encoding("h266"), "not available; choose one of h264, h265, av1, vp9"),
        ("t.avi", Encoding(), "a file with extension .avi cannot hold h264; use one of .mp4"),
        ("t.webm", Encoding("h264"), "cannot hold h264"),
        ("t", Encoding(), "(none)"),
        ("t.mp4", Encoding(preset="warp"), "libx264 rejects 64x48 yuv420p with crf 23 and preset warp"),
        ("t.mp4", Encoding("av1", crf=99), "libsvtav1 rejects"),
    ],
)
def test_choices_that_do_not_go_together_are_refused_by_name(
    tmp_path: Path, name: str, encoding: Encoding, message: str
):
    with pytest.raises(UsageError) as caught:
        VideoTarget(tmp_path / name, simple(), encoding=encoding)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "codec", "suffix"),
    [
        ("a.MOV", "h264", ".MOV"),
        ("a.mkv", "av1", ".mkv"),
        ("a.webm", "h264", ".mp4"),
        ("a.avi", "h264", ".mp4"),
        ("a.gif", "vp9", ".mp4"),
        ("a", "h264", ".mp4"),
    ],
)
def test_a_copy_has_its_sources_extension_where_that_can_be(source: str, codec: str, suffix: str):
    assert target_suffix(Path(source), codec) == suffix


def test_a_frame_of_another_size_is_refused(tmp_path: Path):
    target = VideoTarget(tmp_path / "t.mp4", simple())
    with pytest.raises(OutputError, match="does not fit"):
        target.write(next(covered(simple(66, 48), 1)))
    target.abandon()
