"""Part of a recording: the same frames as in the whole one, to the frame, and nothing read beyond it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.media import clips

from passerby.errors import UsageError
from passerby.media.files.decode import RecordingDecoder
from passerby.media.files.video_file import VideoFile, open_stretch
from passerby.media.frame import Frame
from passerby.media.stretch import Stretch

VARIABLE = [0, 512, 1024, 5000, 5001, 9000, 20000, 30000, 30512, 41000, 52000, 64000]
STEADY = range(0, 512 * 60, 512)
OPEN_GOP = {"x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:open-gop=1"}
CLOSED = {"x264-params": "keyint=10:min-keyint=10:scenecut=0:bframes=2:b-adapt=0"}
MADE: dict[str, tuple[str, dict[str, Any]]] = {
    "B-frames": ("c.mp4", {"times": STEADY, "options": CLOSED}),
    "open groups": ("c.mp4", {"times": STEADY, "options": OPEN_GOP}),
    "variable rate": ("c.mp4", {"times": VARIABLE, "options": CLOSED, "muxer": {"movie_timescale": "12800"}}),
    "starts late": ("c.mp4", {"times": [70000 + time for time in STEADY], "options": CLOSED}),
    "starts before 0": ("c.mkv", {"times": STEADY, "options": CLOSED, "muxer": {"output_ts_offset": "-0.08"}}),
    "edit list": ("c.mov", {"times": [time + 640 for time in STEADY], "options": CLOSED}),
    "transport stream": ("c.ts", {"times": STEADY, "options": OPEN_GOP, "muxer": {"mpegts_copyts": "0"}}),
    "AVI": ("c.avi", {"times": range(60), "codec": "mjpeg", "pixel_format": "yuvj420p", "time_base": Fraction(1, 25)}),
    "no times": ("c.h264", {"times": STEADY, "options": CLOSED, "container": "h264"}),
    "WebM": ("c.webm", {"times": STEADY, "codec": "libvpx-vp9", "options": {"crf": "10", "b": "0", "g": "9"}}),
    "one key frame": ("c.mkv", {"times": STEADY, "options": {"x264-params": "keyint=999:scenecut=0"}}),
}


@pytest.fixture(scope="module", params=MADE)
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name, settings = MADE[request.param]
    return clips.make_clip(tmp_path_factory.mktemp("clip") / name, **settings)


def frames_of(path: Path, stretch: Stretch | None = None) -> list[Frame]:
    source = VideoFile(path, threads=2, stretch=stretch)
    frames = list(source)
    source.close()
    return frames


def written(time_s: Fraction) -> float:
    """A time as a report writes it."""
    return round(float(time_s), 6)


@pytest.mark.parametrize(("first", "last"), [(0, 3), (1, 2), (5, 9), (7, None), (-2, None), (-1, None)], ids=str)
def test_a_part_has_the_very_frames_of_the_whole(clip: Path, first: int, last: int | None):
    whole = frames_of(clip)
    times = [frame.pts * frame.time_base for frame in whole]
    until_s = None if last is None else written(times[last] - times[0])
    part = frames_of(clip, Stretch.of(written(times[first] - times[0]), until_s))
    expected = whole[first:last]
    assert [frame.pts for frame in part] == [frame.pts for frame in expected]
    assert all(np.array_equal(a.planes[0], b.planes[0]) for a, b in zip(part, expected, strict=True))


def test_two_parts_that_meet_share_no_frame_and_leave_none_out(clip: Path):
    whole = frames_of(clip)
    early_s, late_s = (float((whole[n].pts - whole[0].pts) * whole[0].time_base) + 0.001 for n in (3, 8))
    parts = [Stretch.of(None, early_s), Stretch.of(early_s, late_s), Stretch.of(late_s, None)]
    assert [frame.pts for part in parts for frame in frames_of(clip, part)] == [frame.pts for frame in whole]


def test_a_second_pass_reads_the_same_part(clip: Path):
    source = VideoFile(clip, stretch=Stretch.of(0.3, 0.6))
    assert [frame.pts for frame in source] == [frame.pts for frame in source]
    source.close()


def test_what_lies_before_the_key_frame_and_after_the_end_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = clips.make_clip(tmp_path / "c.mp4", times=range(0, 512 * 200, 512), options=CLOSED)
    decoded: list[Any] = []
    whole = RecordingDecoder.decoded

    def noted(self: RecordingDecoder) -> Any:
        for each in whole(self):
            decoded.append(each.pts)
            yield each

    monkeypatch.setattr(RecordingDecoder, "decoded", noted)
    source = VideoFile(path, threads=1, stretch=Stretch.of(5.0, 5.4))
    assert len(list(source)) == 10
    assert decoded[0] == 0  # the first picture tells when the recording starts
    assert min(decoded[1:]) >= 5.0 * 12800 - 10 * 512
    assert max(decoded) <= 5.4 * 12800
    assert source.length == 10
    source.close()


def test_where_a_part_lies_is_known_in_the_times_of_the_file(tmp_path: Path):
    late = [70000 + time for time in STEADY]
    path = clips.make_clip(tmp_path / "c.mp4", times=late, options=CLOSED, muxer={"movie_timescale": "12800"})
    source = VideoFile(path, stretch=Stretch.of(0.41, 1.0))
    start = 70000 * clips.TICKS
    assert source.excerpt is not None
    assert source.excerpt.recording_s == start
    assert source.excerpt.begins_s == start + Fraction(11, 25)
    assert source.excerpt.ends_s == start + 1
    source.close()


@pytest.mark.parametrize(
    ("from_s", "until_s", "said"),
    [
        (9.0, None, r"c\.mp4: --from 9 s is after its last frame, at 2\.360 s; choose an earlier time"),
        (9.0, 11.0, r"c\.mp4: --from 9 s is after its last frame"),
        (0.41, 0.42, r"c\.mp4: no frame lies between --from 0\.41 s and --until 0\.42 s; choose times farther apart"),
    ],
)
def test_a_part_without_frames_is_refused_in_one_line(tmp_path: Path, from_s: float, until_s: float | None, said: str):
    path = clips.make_clip(tmp_path / "c.mp4", times=STEADY, options=CLOSED)
    stretch = Stretch.of(from_s, until_s)
    assert stretch is not None
    with pytest.raises(UsageError, match=said) as caught:
        open_stretch(path, stretch)
    assert "\n" not in str(caught.value)


def test_a_picture_refuses_to_be_cut(tmp_path: Path, data_dir: Path):
    with pytest.raises(UsageError, match=r"785\.jpg: a picture has no times; leave --from and --until out"):
        open_stretch(data_dir / "images/coco/000000000785.jpg", Stretch(Fraction(1)))


@pytest.mark.parametrize("packets", [[26], [31, 32]], ids=str)
def test_damage_in_a_part_is_where_it_is_in_the_whole(tmp_path: Path, packets: list[int]):
    whole = clips.make_clip(
        tmp_path / "w.avi", times=range(60), codec="mjpeg", pixel_format="yuvj420p", time_base=Fraction(1, 25)
    )
    hurt = clips.damaged(whole, tmp_path / "hurt.avi", packets)
    part = frames_of(hurt, Stretch.of(1.0, 1.6))
    assert [frame.pts for frame in part] == list(range(25, 40))
    assert [frame.pts for frame in part if frame.damaged] == packets


def test_a_part_that_starts_with_damage_is_read(tmp_path: Path):
    whole = clips.make_clip(
        tmp_path / "w.avi", times=range(60), codec="mjpeg", pixel_format="yuvj420p", time_base=Fraction(1, 25)
    )
    hurt = clips.damaged(whole, tmp_path / "hurt.avi", [25])
    part = frames_of(hurt, Stretch.of(1.0, None))
    assert [frame.pts for frame in part] == list(range(25, 60))
    assert part[0].damaged


@pytest.mark.data
@pytest.mark.parametrize("name", ["pets_s2l1_vtest.avi", "intel_car-detection.mp4", "skv_bikes.mp4"])
def test_parts_of_real_recordings_are_exact(data_dir: Path, name: str):
    path = data_dir / "video" / name
    first, last = 40, 46
    with av.open(str(path)) as container:
        kept = [frame for frame, _ in zip(container.decode(video=0), range(last + 1), strict=False)]
    times = [frame.pts * frame.time_base for frame in kept]
    part = frames_of(path, Stretch.of(written(times[first] - times[0]), written(times[last] - times[0])))
    assert [frame.pts * frame.time_base for frame in part] == times[first:last]
    luma = np.frombuffer(memoryview(kept[first].planes[0]), np.uint8).reshape(kept[first].planes[0].height, -1)
    assert np.array_equal(part[0].planes[0], luma[:, : kept[first].width])
