"""An edits file changes a real copy: what it adds is covered, and what a network suspects is opened by nobody."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from tests.live.mark import SECRET_BOX as BAR_CODE
from tests.live.mark import write_clip

import passerby
from passerby.jobs.redact_file import redact_file
from passerby.review.edits_file import binding, changes_hmac, read_edits

FAST = {"effort": "fast", "check": "off"}
WHO = {"by": "R. Viewer", "at": "2026-01-02T03:04:05Z"}


def edits_for(recording, tmp_path, **parts):
    path = tmp_path / "my.edits.json"
    bound = binding(recording).model_dump()
    path.write_text(json.dumps({"edits_version": 1, "recording": bound} | parts))
    return path


def options(**values):
    return passerby.RedactOptions.checked(**(FAST | values))


@pytest.fixture
def photo(registry_models, data_dir, tmp_path):
    """A photograph of one person on skis, and their box."""
    path = tmp_path / "skis.png"
    with Image.open(data_dir / "images/coco/000000000785.jpg") as picture:
        picture.save(path)
    return path, [262.0, 20.0, 520.0, 415.0]


@pytest.mark.slow
def test_cover_by_hand_follows_in_a_clip_and_two_copies_are_equal(registry_models, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", seconds=1)
    x1, y1, x2, y2 = BAR_CODE
    key = {"time_s": 0.3, "box": [*map(float, BAR_CODE)]}
    cover = {"keys": [key], "from_s": 0.0, "to_s": 0.5, "follow": True, "reason": "house number", "basis": "site list"}
    edits = edits_for(clip, tmp_path, added=[cover])
    copies = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    reports = [redact_file(clip, copy, options(edits=edits), keep_boxes=True) for copy in copies]
    assert copies[0].read_bytes() == copies[1].read_bytes()
    assert reports[0].copy_sha256 == reports[1].copy_sha256
    assert reports[0].edits is not None
    assert reports[0].edits.added[0].reason == "house number"
    assert reports[0].edits.changes_hmac_sha256 == changes_hmac(read_edits(edits))
    assert reports[0].options["edits"] is True
    assert str(edits) not in reports[0].to_json()
    assert any(each.cause == "by hand" for each in reports[0].causes)
    for frame in reports[0].boxes or ():
        inside = any(a <= x1 and b <= y1 and c >= x2 and d >= y2 for a, b, c, d in frame.boxes_px)
        assert inside == (frame.time_s <= 0.5), frame


@pytest.mark.slow
@pytest.mark.parametrize("insists", [False, True])
def test_a_piece_in_which_a_network_suspects_somebody_is_opened_only_if_the_reviewer_insists(photo, tmp_path, insists):
    picture, box = photo
    look = {"suspects": True, "networks": ["ssdlite-pedestrian"], "frames": 1}
    said = {"second_look": look, "confirmed": True} if insists else {}
    opening = {"box": box, "from_s": 0.0, "to_s": 0.0, "piece": "people", "reason": "a poster", **WHO, **said}
    edits = edits_for(picture, tmp_path, opened=[opening])
    report = redact_file(picture, tmp_path / "copy.png", options(edits=edits))
    assert report.edits is not None
    assert report.edits.opened[0].frames_suspicious == 1
    assert report.edits.opened[0].applied is insists
    assert "R. Viewer" not in report.to_json()
    shown = np.asarray(Image.open(tmp_path / "copy.png").convert("RGB"), np.int16)
    raw = np.asarray(Image.open(picture).convert("RGB"), np.int16)
    same = (abs(shown - raw) < 30).all(axis=2)[130:185, 350:440].mean()  # their coat
    assert bool(same > 0.5) is insists


@pytest.mark.slow
def test_who_asked_to_be_visible_is_visible_and_is_no_miss_of_the_check(photo, tmp_path):
    picture, box = photo
    key = {"time_s": 0.0, "box": box}
    visible = {"keys": [key], "from_s": 0.0, "to_s": 0.0, "ground": "access request 12", **WHO}
    edits = edits_for(picture, tmp_path, visible=[visible])
    plain = redact_file(picture, tmp_path / "plain.png", options(check="sample"))
    report = redact_file(picture, tmp_path / "copy.png", options(edits=edits, check="sample"))
    assert report.covered_share < plain.covered_share - 0.05
    assert report.edits is not None
    assert report.edits.spots_left_visible >= 1
    assert report.leak_check is not None
    assert not report.leak_check.spots


def test_no_openings_refuses_edits_that_take_cover_away(tmp_path):
    recording = tmp_path / "a.png"
    Image.new("RGB", (64, 48)).save(recording)
    opening = {"box": [0.0, 0.0, 9.0, 9.0], "from_s": 0.0, "to_s": 0.0, "piece": "people", "reason": "a poster", **WHO}
    edits = edits_for(recording, tmp_path, opened=[opening])
    with pytest.raises(passerby.UsageError, match="which --no-openings forbids"):
        redact_file(recording, options=options(edits=edits, no_openings=True))


def test_edits_of_another_recording_leave_no_copy(tmp_path):
    mine, other = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (64, 48)).save(mine)
    Image.new("RGB", (64, 48), "red").save(other)
    with pytest.raises(passerby.UsageError, match="made for another recording"):
        redact_file(other, tmp_path / "copy.png", options(edits=edits_for(mine, tmp_path)))
    assert not (tmp_path / "copy.png").exists()


@pytest.mark.slow
def test_a_late_region_is_followed_as_if_all_of_the_recording_was_read(tmp_path, monkeypatch):
    from passerby.assembly import edited
    from passerby.review.edits import AddedCover

    clip = write_clip(tmp_path / "clip.mp4", seconds=4)
    key = {"time_s": 3.2, "box": [*map(float, BAR_CODE)]}
    region = AddedCover.model_validate_json(json.dumps({"keys": [key], "from_s": 2.5, "to_s": 3.6, "follow": True}))
    late = edited.followed_region(region, clip)
    monkeypatch.setattr(edited, "_BEFORE_S", 1e9)
    assert late == edited.followed_region(region, clip)
    assert len(late.times_s) == 12


@pytest.mark.slow
def test_cover_by_hand_is_where_it_was_drawn_in_a_part_of_the_recording(registry_models, tmp_path):
    """Times in an edits file are the recording's, also where the copy starts later."""
    clip = write_clip(tmp_path / "clip.mp4", seconds=3)
    x1, y1, x2, y2 = BAR_CODE
    keys = [{"time_s": 1.6, "box": [*map(float, BAR_CODE)]}]
    early = {"keys": [{"time_s": 0.2, "box": [*map(float, BAR_CODE)]}], "from_s": 0.0, "to_s": 0.4}
    cover = {"keys": keys, "from_s": 1.5, "to_s": 1.9, "follow": True}
    edits = edits_for(clip, tmp_path, added=[early, cover])
    part = options(edits=edits, from_s="1.2", until_s="2.2")
    report = redact_file(clip, tmp_path / "part.mp4", part, keep_boxes=True)
    assert report.frames == 10
    assert report.clip is not None
    assert report.clip.copy_starts_s == pytest.approx(1.2)
    covered = {
        round(frame.time_s, 3)
        for frame in report.boxes or ()
        if any(a <= x1 and b <= y1 and c >= x2 and d >= y2 for a, b, c, d in frame.boxes_px)
    }
    assert covered == {1.5, 1.6, 1.7, 1.8, 1.9}
