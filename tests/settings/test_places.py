from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from passerby.errors import UsageError
from passerby.measure.place import Space
from passerby.measure.service_level import Use
from passerby.settings.ground import ground_settings
from passerby.settings.places import read_places
from passerby.settings.places_text import places_yaml
from passerby.vision.detections import Kind

GROUND = """
picture_px: [800, 600]
ground:
  points:
    - {picture_px: [100, 500], ground_m: [0, 0]}
    - {picture_px: [700, 500], ground_m: [6, 0]}
    - {picture_px: [550, 200], ground_m: [6, 12]}
    - {picture_px: [250, 200], ground_m: [0, 12]}
"""
PLACES = (
    GROUND
    + """
lines:
  - {name: door, from_px: [400, 150], to_px: [400, 450], into: hall, count: [person, bicycle]}
  - {name: road, from_m: [0, 6], to_m: [6, 6], count: [car], one_way: true, headway: true, turns: true}
  - {name: lane, from_m: [0, 3], to_m: [6, 3], count: [car], turns: true}
zones:
  - name: hall
    corners_m: [[0, 0], [6, 0], [6, 12], [0, 12]]
    holes_m: [[[2, 2], [3, 2], [3, 3]]]
    use: queue
    queue: true
"""
)


def written(folder: Path, text: str) -> Path:
    path = folder / "places.yaml"
    path.write_text(text)
    return path


def test_a_places_file_makes_a_plan(tmp_path):
    plan = read_places(written(tmp_path, PLACES)).plan()
    door, road, _ = plan.lines
    assert (door.line.space, door.line.into, door.kinds) == (Space.PICTURE, "hall", (Kind.PERSON, Kind.BICYCLE))
    assert (road.line.space, road.one_way, road.headway, road.gate) == (Space.GROUND, True, True, True)
    assert plan.zones[0].zone.area == 71.5
    assert (plan.zones[0].use, plan.zones[0].queue) == (Use.QUEUE, True)
    assert plan.ground.to_ground(np.array([[100.0, 500]])) == pytest.approx(np.zeros((1, 2)), abs=1e-9)
    assert plan.size_px == (800, 600)


def test_the_floor_that_people_can_be_on_has_obstacles(tmp_path):
    floor = "  walkable_m: [[0, 0], [6, 0], [6, 12], [0, 12]]\n  obstacles_m: [[[1, 1], [2, 1], [2, 2], [1, 2]]]\n"
    plan = read_places(written(tmp_path, PLACES.replace("\nlines:", floor + "lines:"))).plan()
    assert plan.walkable.area == 71


def test_all_errors_come_at_once_with_line_and_mend(tmp_path):
    path = written(
        tmp_path,
        """zones:
  - name: a
    corners_px: [[0, 0], [2, 2], [2, 0], [0, 2]]
  - name: b
    corners_px: [[0, 0], [.nan, 2], [2, 0]]
lines:
  - name: c
    from_px: [1, 1]
  - name: d
    from_px: [1, 1]
    to_px: [1, 1]
    colour: red
""",
    )
    with pytest.raises(UsageError) as caught:
        read_places(path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(f"{path}:2: zones[0]: zone 'a': edge 1 crosses edge 3; give the corners in order")
    assert lines[1].startswith(f"{path}:5: zones[1].corners_px")
    assert lines[2].startswith(f"{path}:7: lines[0]: give from_px and to_px")
    assert lines[3].startswith(f"{path}:12: lines[1].colour: no such key")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lines:\n  - {name: a, from_px: [1, 1], to_px: [1, 1]}", "needs a length"),
        ("lines:\n  - {name: a, from_m: [1, 1], to_m: [2, 1]}", "metres need a ground"),
        ("zones:\n  - {name: a, corners_m: [[0, 0], [1, 0], [1, 1]]}", "metres need a ground"),
        (PLACES + "  - {name: DOOR, corners_m: [[0, 0], [1, 0], [1, 1]]}", "two places have the name door"),
        ("zones:\n  - {name: counters, corners_px: [[0, 0], [9, 0], [9, 9]]}", "a place cannot be named counters"),
        (GROUND.replace("[700, 500]", "[100, 500]"), "picture points 1 and 2 are the same"),
        (GROUND + "  obstacles_m: [[[1, 1], [2, 1], [2, 2]]]", "give its corners as walkable_m"),
        (GROUND + "  walkable_m: [[0, 0], [6, 12], [6, 0], [0, 12]]", "edge 1 crosses edge 3"),
        (GROUND + "  tsai: camera.xml", "give one of points, tsai and tsai_xml"),
        ("ground: {tsai: none.xml}", "cannot be read"),
        ("zones:\n  - {name: a, corners_px: [[0, 0], [1e9, 0], [9, 9]]}", "less than or equal to 100000000"),
        ("zones:\n  - {name: a, corners_px: [[0, 0], [9, 0], [9, 9], [0, 0]]}", "the first corner stands last"),
        ("zones:\n  - {name: a, corners_px: [[0, 0], [9, 0], [9, 0], [9, 9]]}", "corner 2 stands twice"),
        ("picture_px: [8, 8]", "greater than or equal to 16"),
        ("lines:\n  - {name: a, from_px: [1, 1], to_px: [2, 1], count: [car, car]}", "a class is given twice"),
        ("lines:\n  - {name: a, from_px: [1, 1], to_px: [2, 1], one_way: true}", "one_way needs vehicles"),
        ("lines:\n  - {name: a, from_px: [1, 1], to_px: [2, 1], turns: true}", "give turns to a second line"),
        (GROUND.replace("[6, 0]", "[-6, 0]").replace("[6, 12]", "[-6, 12]"), "swap in and out"),
        (
            "lines:\n  - {name: 'a/b', from_px: [1, 1], to_px: [2, 1]}",
            "'a/b' has a sign that a name cannot have: none of /",
        ),
    ],
)
def test_a_wrong_place_is_refused(tmp_path, text, complaint):
    with pytest.raises(UsageError, match=complaint):
        read_places(written(tmp_path, text))


def test_what_calibrate_writes_is_read_back(tmp_path):
    read = read_places(written(tmp_path, PLACES))
    lens = {"focal_px": [700, 700], "centre_px": [400, 300], "distortion": [-0.1, 0, 0, 0]}
    ground = ground_settings(points=read.ground.points, lens=lens)
    again = read_places(written(tmp_path, places_yaml(ground, (800, 600))))
    assert again.ground == ground
    assert again.picture_px == (800, 600)


@pytest.mark.data
def test_an_imported_calibration_says_how_large_its_picture_is(tmp_path, data_dir):
    ground = f"ground: {{tsai: {data_dir}/gt/pets_s2l1/View_001.xml}}\n"
    assert read_places(written(tmp_path, ground)).plan().size_px == (768, 576)
    with pytest.raises(UsageError, match="for a picture of 768x576"):
        read_places(written(tmp_path, ground + "picture_px: [384, 288]"))
