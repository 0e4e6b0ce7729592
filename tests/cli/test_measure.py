from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("none.mp4",), "none.mp4"),
        (("none.mp4", "--video", "x.mp4"), "none.mp4: no such file"),
        (("none.mp4", "--window", "7s"), "--window 7s: choose"),
        (("none.mp4", "--start", "noon"), "--start noon: is no time"),
        (("none.mp4", "--zone", "Mars"), "time zone 'Mars'"),
        ((__file__, "--out", "signals.xls"), "choose one of these endings"),
        ((__file__, "--plot", "plot.doc"), "choose one of these endings"),
        ((__file__, "--places", "none.yaml"), "none.yaml: cannot be read"),
    ],
)
def test_wrong_use_is_one_clear_line(passerby, words, text):
    done = passerby("measure", *words)
    assert done.returncode == 2
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.data
@pytest.mark.usefixtures("registry_models")
def test_a_clip_is_counted_and_lines_are_suggested(passerby, data_dir):
    done = passerby("measure", data_dir / "video/pedestrian_survaillance.mp4", timeout_s=300)
    assert done.returncode == 0, done.stderr
    assert "picture" in done.stdout
    assert "242 frames" in done.stdout
    assert "lines:\n  - {name: suggested 1, from_px:" in done.stdout


@pytest.mark.data
def test_a_picture_is_no_recording(passerby, data_dir):
    done = passerby("measure", data_dir / "images/crowd/shtA_IMG_145.jpg")
    assert done.returncode == 2
    assert "measure a recording" in done.stderr
