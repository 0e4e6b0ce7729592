"""Recordings: every frame, at its own time, upright."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from tests.media import clips

from passerby.errors import SourceError
from passerby.media.files.video_file import VideoFile, open_source
from passerby.media.frame import Frame
from passerby.media.layout import Fields, Layout


def frames_of(path: Path, **options: int) -> list[Frame]:
    source = VideoFile(path, **options)
    frames = list(source)
    source.close()
    return frames


def times(frames: list[Frame]) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in frames]


def redness(frame: Frame) -> list[bool]:
    """Whether each corner is red: top left, top right, bottom right, bottom left."""
    v = frame.planes[2]
    return [bool(v[y, x] > 160) for y, x in ((3, 3), (3, -4), (-4, -4), (-4, 3))]


@pytest.mark.parametrize(
    "ticks",
    [
        pytest.param([0, 512, 1024, 5000, 5001, 9000], id="variable rate"),
        pytest.param([7000, 7512, 8024], id="starts late"),
        pytest.param([0], id="one frame"),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_frames_keep_their_own_times(tmp_path: Path, ticks: list[int], threads: int):
    clip = clips.make_clip(tmp_path / "clip.mp4", times=ticks, muxer={"movie_timescale": "12800"})
    assert times(frames_of(clip, threads=threads)) == [tick * clips.TICKS for tick in ticks]


@pytest.mark.parametrize(
    ("turn", "corner"),
    [
        ({"degrees": 0}, 0),
        ({"degrees": -90}, 1),
        ({"degrees": 180}, 2),
        ({"degrees": 90}, 3),
        ({"degrees": 0, "hflip": True}, 1),
        ({"degrees": 0, "vflip": True}, 3),
        ({"degrees": 180, "hflip": True}, 3),
    ],
)
def test_rotation_and_reflection_are_baked_in(tmp_path: Path, turn: dict[str, float], corner: int):
    clip = clips.make_clip(tmp_path / "turned.mp4", rotation=turn, sample_aspect_ratio=Fraction(4, 3))
    source = VideoFile(clip)
    frame = next(iter(source))
    on_its_side = turn["degrees"] in {90, -90}
    assert [i for i, red in enumerate(redness(frame)) if red] == [corner]
    assert (source.shape.width, source.shape.height) == ((48, 64) if on_its_side else (64, 48))
    assert source.shape.sample_aspect_ratio == (Fraction(3, 4) if on_its_side else Fraction(4, 3))
    assert frame.planes[1].shape == ((32, 24) if on_its_side else (24, 32))


def test_planes_are_views_that_nobody_can_write(tmp_path: Path):
    frame = frames_of(clips.make_clip(tmp_path / "clip.mp4", size=(66, 50)))[3]
    assert frame.planes[0].shape == (50, 66)
    for plane in frame.planes:
        with pytest.raises(ValueError, match="read-only"):
            plane[0, 0] = 1


def test_a_second_pass_yields_the_same_frames(tmp_path: Path):
    source = VideoFile(clips.make_clip(tmp_path / "clip.mp4"))
    first, second = list(source), list(source)
    assert [f.pts for f in first] == [f.pts for f in second]
    assert all(np.array_equal(a.planes[0], b.planes[0]) for a, b in zip(first, second, strict=True))


@pytest.mark.data
def test_the_bits_that_a_recording_spends_on_a_pixel_are_those_of_its_file(data_dir: Path):
    path = data_dir / "video" / "pedestrian_survaillance.mp4"
    source = VideoFile(path)
    length, frame = source.length, next(iter(source))
    source.close()
    assert length is not None
    whole = path.stat().st_size * 8 / (length * frame.width * frame.height)
    assert 0.5 * whole < frame.bits_per_pixel <= whole


def test_ten_bits_stay_ten_bits(tmp_path: Path):
    source = VideoFile(clips.make_clip(tmp_path / "deep.mp4", pixel_format="yuv420p10le"))
    frame = next(iter(source))
    assert source.shape.layout is frame.layout is Layout.YUV420_10
    assert frame.planes[0].dtype == np.uint16
    assert 256 < frame.planes[0].max() < 1024


def test_a_missing_file_is_named_with_the_mend(tmp_path: Path):
    with pytest.raises(SourceError, match=r"gone\.mp4: no such file; check the name"):
        open_source(tmp_path / "gone.mp4")


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("packets", [[5], [11], [0], [3, 4, 8], [10, 11]], ids=str)
def test_a_packet_that_cannot_be_decoded_is_a_black_frame_in_its_place(
    tmp_path: Path, packets: list[int], threads: int
):
    whole = clips.make_clip(tmp_path / "whole.avi", codec="mjpeg", pixel_format="yuvj420p", time_base=Fraction(1, 25))
    hurt = clips.damaged(whole, tmp_path / "hurt.avi", packets)
    expected, got = frames_of(whole, threads=threads), frames_of(hurt, threads=threads)
    assert times(got) == times(expected)
    assert [number for number, frame in enumerate(got) if frame.damaged] == packets
    for before, after in zip(expected, got, strict=True):
        assert (after.planes[0].max() == 0) if after.damaged else np.array_equal(before.planes[0], after.planes[0])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("packets", [[4], [11]], ids=str)
def test_damage_among_reordered_pictures_shifts_nothing(tmp_path: Path, packets: list[int], threads: int):
    whole = clips.make_clip(tmp_path / "whole.mp4", options={"x264-params": "bframes=3:b-adapt=0"})
    hurt = clips.damaged(whole, tmp_path / "hurt.mp4", packets)
    got = frames_of(hurt, threads=threads)
    assert times(got) == times(frames_of(whole))
    assert sum(bool(frame.damaged) for frame in got) >= 1


def test_noise_in_place_of_every_packet_is_refused(tmp_path: Path):
    whole = clips.make_clip(tmp_path / "whole.mp4")
    hurt = clips.damaged(whole, tmp_path / "hurt.mp4", range(12))
    with pytest.raises(SourceError, match=r"hurt\.mp4: no frames could be decoded"):
        VideoFile(hurt)


def test_a_picture_of_another_size_is_fitted_without_distortion(tmp_path: Path):
    parts = [
        clips.make_clip(tmp_path / f"{width}.h264", size=(width, height), container="h264")
        for width, height in [(64, 48), (32, 24), (48, 48)]
    ]
    joined = tmp_path / "joined.h264"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = frames_of(joined)
    assert len(frames) == 36
    assert all(frame.planes[0].shape == (48, 64) for frame in frames)
    assert redness(frames[13]) == [True, False, False, False]
    square = frames[30].planes[0]
    assert square[:, :8].max() <= 16
    assert square[:, -8:].max() <= 16
    assert square[24, 12] > 40


def test_a_picture_of_another_range_gets_the_first_ones(tmp_path: Path):
    parts = [clips.make_clip(tmp_path / f"{tag}.h264", container="h264", color_range=tag, rate=25) for tag in (1, 2)]
    joined = tmp_path / "joined.h264"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = frames_of(joined)
    assert abs(int(frames[0].planes[0][3, 60]) - int(frames[-1].planes[0][3, 60])) < 3


@pytest.mark.parametrize(("order", "fields"), [("tff", Fields.TOP_FIRST), ("bff", Fields.BOTTOM_FIRST)])
def test_interlaced_pictures_are_told_as_such(tmp_path: Path, order: str, fields: Fields):
    clip = clips.make_clip(tmp_path / "fields.mp4", options={"x264-params": f"{order}=1"})
    assert VideoFile(clip).shape.fields is fields


def test_a_cover_image_is_not_the_recording(data_dir: Path, tmp_path: Path):
    clip = tmp_path / "music.mp4"
    with av.open(str(data_dir / "hostile/media3/sample_audio_only.mp4")) as source, av.open(str(clip), "w") as target:
        sound = target.add_stream_from_template(source.streams.audio[0])
        cover = target.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        target.mux(cover.encode(av.VideoFrame.from_ndarray(clips.scene(0), "rgb24")))
        target.mux(cover.encode(None))
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = sound
                target.mux(packet)
    with pytest.raises(SourceError, match=r"music\.mp4: contains no pictures"):
        VideoFile(clip)


def bad_input(kind: str, folder: Path, data_dir: Path) -> Path:
    path = folder / f"{kind}.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("Dear Sir or Madam,\n\nplease find no video here.\n" * 40)
    elif kind == "playlist":
        path.write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{data_dir}/video/skv_bikes.mp4\n")
    elif kind == "list":
        path.write_text(f"ffconcat version 1.0\nfile '{data_dir}/video/skv_bikes.mp4'\n")
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(1).bytes(100_000))
    return path


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "text", "playlist", "list", "noise"])
def test_bad_input_is_refused_in_one_line_with_its_name(tmp_path: Path, data_dir: Path, kind: str):
    path = bad_input(kind, tmp_path, data_dir)
    with pytest.raises(SourceError, match=rf"{kind}\.mp4: .*; ") as caught:
        open_source(path)
    assert "\n" not in str(caught.value)


def test_a_recording_that_lost_its_index_is_refused(tmp_path: Path, data_dir: Path):
    path = tmp_path / "cut.mp4"
    path.write_bytes((data_dir / "video/skv_bikes.mp4").read_bytes()[:200_000])
    with pytest.raises(SourceError, match=r"cut\.mp4: .*cut off"):
        VideoFile(path)


def test_a_recording_that_lost_its_end_is_read_up_to_there(tmp_path: Path):
    whole = clips.make_clip(tmp_path / "whole.mp4", muxer={"movflags": "+faststart"}, options={"bf": "0"})
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[:-100])
    got = times(frames_of(path))
    assert 6 <= len(got) <= 12
    assert got == times(frames_of(whole))[: len(got)]
