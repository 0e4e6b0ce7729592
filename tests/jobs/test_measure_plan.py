from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from passerby.errors import SourceError, UsageError
from passerby.jobs.measure_plan import MeasureRequest, recordings

EIGHT, NINE = (datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (8, 9))
ZONE = "zones:\n  - {{name: {name}, corners_px: [[0, 0], [9, 0], [9, 9]]}}\n"


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("door.mp4", "till.mp4", "still.jpg", "north/0800.mp4", "south/0800.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    for name in ("door", "till"):
        (tmp_path / f"{name}.yaml").write_text(ZONE.format(name=name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(*names, **given):
    return recordings(names, MeasureRequest(**given))[0]


def test_images_alone_are_counted(hall):
    found, notes = recordings([str(hall / "*.jpg")], MeasureRequest())
    assert [each.clip.suffix for each in found] == [".jpg"]
    assert notes == []


@pytest.mark.usefixtures("hall")
def test_each_recording_has_its_own_name_and_copy():
    door, till = planned("door.mp4", "till.mp4", video="covered/")
    assert (door.site, till.site) == ("door", "till")
    assert (door.copy, till.copy) == (Path("covered/door_redacted.mp4"), Path("covered/till_redacted.mp4"))


@pytest.mark.usefixtures("hall")
def test_a_copy_of_one_recording_has_the_name_that_was_given():
    (door,) = planned("door.mp4", video="covered.mp4")
    assert door.copy == Path("covered.mp4")


def test_a_folder_gives_its_recordings_and_leaves_out_pictures(hall):
    found, notes = recordings([str(hall)], MeasureRequest())
    assert [each.clip.name for each in found] == ["door.mp4", "till.mp4"]
    assert notes == ["images left out: 1; name them to count who is in them"]


@pytest.mark.usefixtures("hall")
def test_places_and_starts_are_for_all_or_for_each():
    both = planned("door.mp4", "till.mp4", places=[Path("door.yaml")], starts=[EIGHT])
    assert {(each.places, each.start) for each in both} == {(Path("door.yaml"), EIGHT)}
    each = planned("door.mp4", "till.mp4", places=[Path("door.yaml"), Path("till.yaml")], starts=[EIGHT, NINE])
    assert [one.places for one in each] == [Path("door.yaml"), Path("till.yaml")]
    assert [one.start for one in each] == [EIGHT, NINE]


@pytest.mark.usefixtures("hall")
def test_recordings_of_one_camera_have_one_name_and_follow_each_other():
    first, second = planned("north/0800.mp4", "south/0800.mp4", one_camera=True, starts=[EIGHT])
    assert (first.site, second.site) == ("0800", "0800")
    assert (first.start, second.start) == (EIGHT, None)


@pytest.mark.usefixtures("hall")
def test_cameras_of_one_site_have_places_of_different_names():
    both = planned("door.mp4", "till.mp4", site="hall", places=[Path("door.yaml"), Path("till.yaml")])
    assert {each.site for each in both} == {"hall"}


@pytest.mark.usefixtures("hall")
@pytest.mark.parametrize(
    ("names", "given", "text"),
    [
        (["north/0800.mp4", "south/0800.mp4"], {}, "both would be place 'picture' of site '0800'; rename one"),
        (["door.mp4", "till.mp4"], {"site": "hall", "places": [Path("door.yaml")]}, "place 'door' of site 'hall'"),
        (["door.mp4", "till.mp4"], {"video": "door.yaml"}, "--video door.yaml: is a file, but there are several"),
        (
            ["north/0800.mp4", "south/0800.mp4"],
            {"video": "out", "one_camera": True},
            "the same as that of north/0800.mp4",
        ),
        (["door.mp4", "till.mp4", "north/0800.mp4"], {"starts": [EIGHT, NINE]}, "--start: given 2 times for 3"),
    ],
)
def test_what_could_not_be_told_apart_or_does_not_fit_is_refused(names, given, text):
    with pytest.raises(UsageError, match=text.replace("*", r"\*")):
        planned(*names, **given)


@pytest.mark.usefixtures("hall")
def test_all_files_that_are_not_there_are_named_at_once():
    with pytest.raises(SourceError, match=r"(?s)gone\.mp4: no such file.*lost\.mp4: no such file"):
        planned("gone.mp4", "door.mp4", "lost.mp4")
