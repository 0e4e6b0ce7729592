from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest
from tests.media import clips

from passerby.errors import SourceError, UsageError
from passerby.jobs.measure_file import MeasureOrder
from passerby.jobs.measure_many import measure_all
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Step
from passerby.signals.window import WindowLength

pytestmark = pytest.mark.usefixtures("registry_models")
START = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def hours(tmp_path):
    """Two recordings of 1.5 s at 10/s."""
    return [
        MeasuredRecording(clips.make_clip(tmp_path / name, times=range(0, 15 * 1280, 1280)), site)
        for name, site in (("door.mp4", "door"), ("till.mp4", "till"))
    ]


def carried_out(recordings, order, *, before_second=lambda: None):
    """Return the survey; a step of the first recording is the moment to harm the second."""
    harmed = False
    with Stepwise(measure_all(recordings, order)) as steps:
        for event in steps:
            if isinstance(event, Step) and not harmed:
                before_second()
                harmed = True
        return steps.result


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_several_cameras_go_to_one_file_and_one_plot_under_their_own_names(hours, tmp_path):
    pytest.importorskip("matplotlib")
    order = MeasureOrder(tmp_path / "all.csv", tmp_path / "all.svg", window=WindowLength.SECOND)
    survey = carried_out(hours, order)
    told = rows(tmp_path / "all.csv")
    assert {row["site"] for row in told} == {"door", "till"}
    assert len(told) == len(survey.signals) == sum(len(found.signals) for _, found in survey.measured)
    assert min(row["window_start"] for row in told) == "1970-01-01T00:00:00Z"
    assert survey.files == [tmp_path / "all.csv", tmp_path / "all.svg"]
    drawn = (tmp_path / "all.svg").read_text()
    assert "<!-- door -->" in drawn
    assert "<!-- till -->" in drawn


def test_recordings_of_one_camera_make_one_series_without_a_seam(hours, tmp_path):
    one = [MeasuredRecording(each.clip, "door", start=START if at == 0 else None) for at, each in enumerate(hours)]
    survey = carried_out(one, MeasureOrder(tmp_path / "all.csv", one_camera=True))
    (occupancy,) = [row for row in rows(tmp_path / "all.csv") if row["quantity"] == "occupancy"]
    assert occupancy["window_start"] == "2026-11-22T08:00:00Z"
    assert 0.27 < float(occupancy["coverage"]) <= 0.3  # 3 s of 10, half of them from each
    assert survey.together.frames == 30
    assert abs(survey.together.end - START - timedelta(seconds=3)) < timedelta(milliseconds=1)
    (place,) = survey.together.places
    assert place.coverage > 0.9


def test_a_recording_that_fails_is_left_out_whole_and_no_file_without_it_looks_whole(hours, tmp_path):
    copies = [MeasuredRecording(each.clip, each.site, copy=tmp_path / "out" / each.clip.name) for each in hours]
    order = MeasureOrder(tmp_path / "all.csv", window=WindowLength.SECOND)
    survey = carried_out(copies, order, before_second=hours[1].clip.unlink)
    assert [type(error) for error in survey.failed] == [SourceError]
    assert survey.files == [tmp_path / "all.incomplete.csv"]
    assert {row["site"] for row in rows(survey.files[0])} == {"door"}
    assert names(tmp_path) == ["all.incomplete.csv", "door.mp4", "out"]
    assert names(tmp_path / "out") == ["door.mp4"]


def test_what_followed_a_recording_that_failed_has_no_time(hours, tmp_path):
    first, second = hours
    third = clips.make_clip(tmp_path / "third.mp4", times=range(0, 15 * 1280, 1280))
    one = [MeasuredRecording(each, "door") for each in (first.clip, second.clip, third)]
    survey = carried_out(one, MeasureOrder(one_camera=True), before_second=second.clip.unlink)
    assert str(survey.failed[1]) == f"{third}: start unknown because an earlier recording failed; give --start for each"


def test_recordings_of_one_camera_that_overlap_are_refused(hours):
    one = [MeasuredRecording(each.clip, "door", start=START) for each in hours]
    survey = carried_out(one, MeasureOrder(one_camera=True))
    assert "began at 2026-11-22T08:00:00+00:00, but" in str(survey.failed[0])


def test_what_can_be_refused_is_refused_before_any_work(hours, tmp_path):
    places = tmp_path / "places.yaml"
    places.write_text("zones:\n  - {name: far, corners_px: [[900, 900], [950, 900], [950, 950]]}\n")
    taken = tmp_path / "taken.mp4"
    taken.touch()
    first, second = hours
    for wrong, text in (
        (MeasuredRecording(second.clip, "till", places), r"places\.yaml: zone 'far': it lies outside the picture"),
        (
            MeasuredRecording(second.clip, "till", copy=second.clip),
            "would overwrite its source; name another file with --video",
        ),
        (
            MeasuredRecording(second.clip, "till", copy=taken),
            r"taken\.mp4: already exists; give another name with --video",
        ),
    ):
        steps = measure_all([first, wrong], MeasureOrder(tmp_path / "all.csv"))
        with pytest.raises(UsageError, match=text):
            next(steps)
    assert names(tmp_path) == ["door.mp4", "places.yaml", "taken.mp4", "till.mp4"]


def test_the_only_recording_that_fails_is_an_error(hours):
    steps = measure_all(hours[:1], MeasureOrder())
    assert isinstance(next(steps), Step)
    steps.close()
    hours[0].clip.unlink()
    with pytest.raises(SourceError):
        next(measure_all(hours[:1], MeasureOrder()))
