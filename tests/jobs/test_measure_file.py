from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from passerby.errors import OutputError
from passerby.jobs.measure_file import MeasureOrder, measuring
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.stepwise import Stepwise
from passerby.measure.reading import Quantity
from passerby.signals.window import WindowLength
from passerby.vision.models.files import folders

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("registry_models")]
START = datetime(2026, 11, 22, 8, tzinfo=UTC)
PLACES = """
lines:
  - {name: mid, from_px: [400, 150], to_px: [400, 450]}
zones:
  - {name: centre, corners_px: [[250, 200], [550, 200], [550, 400], [250, 400]]}
"""


@pytest.fixture(scope="session")
def street(data_dir, tmp_path_factory):
    """Three seconds of a street with six people."""
    import subprocess

    clip = tmp_path_factory.mktemp("clips") / "street.mp4"
    source = data_dir / "video/pets_s2l1_vtest.avi"
    words = ["-v", "error", "-ss", "20", "-i", source, "-t", "3", "-c:v", "libx264", "-crf", "16", clip]
    subprocess.run(["ffmpeg", *map(str, words)], check=True)
    return clip


def carried_out(recording, order):
    with Stepwise(measuring(recording, order, START)) as steps:
        list(steps)
        return steps.result


def test_a_recording_becomes_signals_a_summary_and_a_covered_copy(street, tmp_path):
    from passerby.media.files.video_file import open_source

    places = tmp_path / "places.yaml"
    places.write_text(PLACES)
    recording = MeasuredRecording(street, "street", places, copy=tmp_path / "covered.mp4")
    order = MeasureOrder(window=WindowLength.SECOND)
    found = carried_out(recording, order)
    assert found.frames == 30
    by_place = {each.place: each for each in found.places}
    assert 0.5 <= by_place["centre"].value(Quantity.OCCUPANCY) <= 3
    assert by_place["centre"].coverage > 0.95
    assert by_place["mid"].value(Quantity.CROSSINGS_IN, "person") is not None
    assert {(each.site, each.place) for each in found.signals} == {("street", "centre"), ("street", "mid")}
    assert found.signals[0].window_start == START
    assert abs(found.end - START - timedelta(seconds=3)) < timedelta(milliseconds=1)
    copy = open_source(tmp_path / "covered.mp4")
    assert sum(1 for _ in copy) == 30
    copy.close()
    assert found.notes == ["zone 'centre': it is in pixels; its density is not measured, only its occupancy"]
    with pytest.raises(OutputError, match="exists"):
        carried_out(recording, order)


def test_without_places_the_picture_is_counted(street):
    found = carried_out(MeasuredRecording(street, "street"), MeasureOrder())
    assert [each.place for each in found.places] == ["picture"]
    assert 4 <= found.places[0].value(Quantity.OCCUPANCY) <= 8


def test_a_night_square_that_neither_boxes_nor_the_density_map_can_tell_has_no_count(
    data_dir, models_dir, tmp_path, monkeypatch
):
    if not (models_dir / "mcnn_A_660.onnx").is_file():
        pytest.skip(f"{models_dir}: mcnn_A_660.onnx is absent")
    monkeypatch.setenv("PASSERBY_MODELS", os.pathsep.join(map(str, [*folders(), models_dir])))
    square = data_dir / "video/mot20-05_night_dense.mp4"  # over 150 people; boxes find 15, the map says 50
    found = carried_out(MeasuredRecording(square, "square"), MeasureOrder(crowd_model="mcnn"))
    assert [each for each in found.signals if each.quantity is Quantity.OCCUPANCY] == []
    assert "the crowd model gave no count either" in found.notes[0]
