"""Recordings: every frame, at its own time, upright."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.media import clips

from passerby.errors import SourceError
from passerby.media.files import VideoFile, open_source
from passerby.media.frame import Frame
from passerby.media.layout import Layout


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


def test_ten_bits_stay_ten_bits(tmp_path: Path):
    source = VideoFile(clips.make_clip(tmp_path / "deep.mp4", pixel_format="yuv420p10le"))
    frame = next(iter(source))
    assert source.shape.layout is frame.layout is Layout.YUV420_10
    assert frame.planes[0].dtype == np.uint16
    assert 256 < frame.planes[0].max() < 1024


def test_a_missing_file_is_named_with_the_mend(tmp_path: Path):
    with pytest.raises(SourceError, match=r"gone\.mp4: no such file; check the name"):
        open_source(tmp_path / "gone.mp4")
