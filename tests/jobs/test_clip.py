"""Part of a recording covered: what the report and the copy say about times, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.media import clips

import passerby
from passerby.jobs.companions import boxes_csv

LATE = 25600  # ticks: 2 s
FAST = {"effort": passerby.Effort.FAST}


def test_a_part_is_covered_with_the_times_of_the_recording_in_the_report(registry_models, tmp_path):
    times = [LATE + time for time in range(0, 512 * 40, 512)]
    source = clips.make_clip(
        tmp_path / "hall.mp4",
        size=(320, 240),
        times=times,
        options={"x264-params": "keyint=10:min-keyint=10:scenecut=0:bframes=2:b-adapt=0"},
        muxer={"movie_timescale": "12800"},
    )
    options = passerby.RedactOptions(from_s=0.5, until_s="00:01", check=passerby.CheckDepth.SAMPLE, **FAST)
    report = passerby.redact_file(source, options=options, keep_boxes=True)
    assert report.frames == 12  # from 0.52 s to 0.96 s
    assert report.clip is not None
    assert report.clip.model_dump() == {
        "from_s": 0.5,
        "until_s": 1.0,
        "recording_starts_s": 2.0,
        "copy_starts_s": 2.52,
    }
    assert [each.time_s for each in report.boxes or ()] == [round(2.52 + n / 25, 6) for n in range(12)]
    assert boxes_csv(report).splitlines()[1].startswith("0,2.52,")
    assert [float(time) for time in clips.shown_times(tmp_path / "hall_redacted.mp4")] == [n / 25 for n in range(12)]
    assert report.leak_check is not None
    assert all(2.52 <= spot.first_s < 3.0 for spot in report.leak_check.spots)


def test_a_whole_recording_has_no_clip_in_its_report(registry_models, tmp_path):
    source = clips.make_clip(tmp_path / "hall.mp4", size=(320, 240))
    report = passerby.redact_file(source, options=passerby.RedactOptions(check=passerby.CheckDepth.OFF, **FAST))
    assert report.clip is None
    assert report.report_version == 3


def test_a_part_beyond_the_end_leaves_no_copy(tmp_path: Path):
    source = clips.make_clip(tmp_path / "hall.mp4")
    with pytest.raises(passerby.UsageError, match=r"hall\.mp4: --from 7 s is after its last frame, at 0\.440 s"):
        passerby.redact_file(source, options=passerby.RedactOptions(from_s=7))
    assert [each.name for each in tmp_path.iterdir()] == ["hall.mp4"]


def test_a_picture_is_refused(tmp_path: Path):
    path = tmp_path / "wall.png"
    Image.fromarray(np.full((120, 160, 3), 120, np.uint8)).save(path)
    with pytest.raises(passerby.UsageError, match=r"wall\.png: a picture has no times; leave --from and --until out"):
        passerby.redact_file(path, options=passerby.RedactOptions(until_s=7))
    assert [each.name for each in tmp_path.iterdir()] == ["wall.png"]
