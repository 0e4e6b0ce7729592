"""One file from Python."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import passerby
from passerby.jobs.redact_file import write_json

FAST = passerby.RedactOptions(effort=passerby.Effort.FAST, check=passerby.CheckDepth.OFF)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "wall.png"
    Image.fromarray(np.full((120, 160, 3), 120, np.uint8)).save(path)
    return path


def test_a_file_is_covered_beside_itself_and_the_report_tells_how(registry_models, picture):
    seen = []
    report = passerby.redact_file(picture, options=FAST, keep_boxes=True, progress=seen.append)
    assert report.copy_name == "wall_redacted.png"
    assert report.frames == len(report.boxes or []) == len(seen) == 1
    looked = {"efficientdet-lite0", "yolox-nano", "centerface", "deeplab-v3", "selfie-segmenter"}
    assert {model.name for model in report.models} == looked


def test_the_check_after_covering_is_in_the_report(registry_models, picture):
    options = passerby.RedactOptions(effort=passerby.Effort.FAST)
    report = passerby.redact_file(picture, options=options)
    assert report.leak_check is not None
    assert report.leak_check.frames_checked == 1
    assert not report.leak_check.spots


def test_masks_are_counted_in_the_report_and_not_named(registry_models, picture, tmp_path):
    mask = tmp_path / "neighbour.json"
    mask.write_text(json.dumps({"masks": [{"box": [0, 0, 50, 50], "unit": "px"}]}))
    report = passerby.redact_file(picture, options=FAST.model_copy(update={"masks": (mask,)}))
    assert report.options["masks"] == 1
    assert "neighbour" not in report.to_json()
    assert report.covered_share > 0.1


def test_a_target_that_exists_is_refused(picture, tmp_path):
    (tmp_path / "other.png").touch()
    with pytest.raises(passerby.UsageError, match="already exists"):
        passerby.redact_file(picture, tmp_path / "other.png", FAST)


def test_a_copy_can_be_checked_alone_with_a_sheet(registry_models, data_dir, tmp_path):
    people = data_dir / "images/coco/000000000785.jpg"
    found = passerby.check_file(people, sheet=tmp_path / "sheet.png")
    assert found.spots
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 100


def test_the_longest_file_name_gets_its_report(tmp_path):
    path = tmp_path / ("r" * 250 + ".json")
    write_json("{}\n", path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "{}\n"


def test_a_report_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path):
    (tmp_path / "r.json").mkdir()
    with pytest.raises(passerby.OutputError, match="folder"):
        write_json("{}\n", tmp_path / "r.json")
    assert not list((tmp_path / "r.json").iterdir())


@pytest.mark.parametrize("name", ["x" * 256, "é" * 128])
def test_a_target_whose_name_is_too_long_is_refused_before_the_work(picture, tmp_path, name):
    with pytest.raises(passerby.UsageError, match="256 bytes, over the limit of 255; name a file with -o"):
        passerby.redact_file(picture, tmp_path / name, FAST)
