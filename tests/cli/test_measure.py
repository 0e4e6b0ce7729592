from __future__ import annotations

import json

import pytest
from tests.media import clips


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("none.mp4",), "none.mp4"),
        (("none.mp4", "--video", "x.mp4"), "none.mp4: no such file"),
        (("none.mp4", "--window", "7s"), "--window 7s: choose"),
        (("none.mp4", "--crowd-model", "yolo"), "--crowd-model yolo: choose mcnn"),
        (("none.mp4", "--start", "noon"), "--start noon: not a time"),
        (("none.mp4", "--zone", "Mars"), "time zone 'Mars'"),
        (
            ("none.mp4", "--start", "2026-10-25T02:30", "--zone", "Europe/Vienna"),
            "--start 2026-10-25T02:30: this time occurs twice in Europe/Vienna",
        ),
        (("none.mp4", "--into", "a.db"), "--into a.db: a store must know when the recording began; add --start"),
        (
            ("none.mp4", "--into", "a.db", "--start", "2026-11-22", "--window", "5min"),
            "--into a.db: a store takes windows of 1s, 10s, 1min, 15min or 1h, not 5min",
        ),
        (("none.mp4", "--start", "0001-01-01"), "in the years 1900 to 2999"),
        (("none.mp4", "--start", "9999-12-31T23:59"), "in the years 1900 to 2999"),
        ((__file__, "--site", "a/b"), "--site a/b: start with a letter"),
        ((__file__, "--site", "x" * 65), "use at most 64 characters"),
        ((__file__, "--out", "signals.xls"), "use one of these extensions"),
        ((__file__, "--plot", "plot.doc"), "use one of these extensions"),
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
@pytest.mark.usefixtures("registry_models")
@pytest.mark.parametrize("name", ["shtA_IMG_150", "ucf_4"], ids=["1,303 people", "96 people in a long exposure"])
def test_a_photograph_of_a_dense_or_blurred_crowd_is_no_sure_number(passerby, data_dir, tmp_path, name):
    signals = tmp_path / "out.csv"
    done = passerby("measure", data_dir / f"images/crowd/{name}.jpg", "--out", signals, timeout_s=300)
    assert done.returncode == 0, done.stderr
    assert "\N{GREATER-THAN OR EQUAL TO} " in done.stdout
    _, *rows = signals.read_text().splitlines()
    assert rows
    assert all(",lower bound," in row for row in rows)


@pytest.mark.data
@pytest.mark.usefixtures("registry_models")
def test_a_start_without_an_offset_is_by_the_clocks_of_the_zone(passerby, data_dir, tmp_path):
    clip, signals = data_dir / "video/pedestrian_survaillance.mp4", tmp_path / "out.csv"
    given = ("--start", "2026-10-25T12:00", "--zone", "Europe/Berlin", "--window", "1d", "--effort", "fast")
    done = passerby("measure", clip, *given, "--out", signals, timeout_s=300)
    assert done.returncode == 0, done.stderr
    assert ",2026-10-24T22:00:00Z,2026-10-25T23:00:00Z," in signals.read_text()


@pytest.mark.data
def test_a_places_file_that_names_nothing_is_refused_before_the_work(passerby, data_dir, tmp_path):
    places = tmp_path / "places.yaml"
    places.write_text("picture_px: [768, 576]\n")
    done = passerby("measure", data_dir / "video/pets_s2l1_vtest.avi", "--places", places)
    assert done.returncode == 2
    assert "has no lines and no zones" in done.stderr


def test_of_two_frames_only_who_is_seen_is_counted_and_the_run_says_so(passerby, tmp_path):
    brief = tmp_path / "brief.mp4"
    clips.make_clip(brief, times=(0, 12800))
    done = passerby("measure", brief)
    assert done.returncode == 0, done.stderr
    assert "too few to follow anyone" in done.stderr
    assert "crossings, flow, speed" in done.stderr


@pytest.mark.data
def test_an_image_is_counted_and_a_store_takes_it(passerby, data_dir, tmp_path):
    image = data_dir / "images/crowd/shtB_IMG_198.jpg"
    store = tmp_path / "signals.db"
    done = passerby("measure", image, "--effort", "fast", "--start", "2026-11-22T08:00Z", "--into", store)
    assert done.returncode == 0, done.stderr
    assert "one moment: only people and vehicles in it are counted" in done.stderr
    asked = passerby("signals", "query", store, "--window", "10s", "--quantity", "occupancy", "--format", "jsonl")
    told = json.loads(asked.stdout)
    assert (told["estimator"], told["coverage"], 5 <= told["value"] <= 15) == ("boxes", 0.1, True)  # nine by eye
