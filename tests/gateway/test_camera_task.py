"""A camera's task is values: it survives the way to another machine and holds nothing of this one."""

from __future__ import annotations

import json
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.settings.plans import plan_of

from passerby.errors import UsageError
from passerby.gateway.camera_task import CameraTask, camera_tasks
from passerby.redact.choice import CoverKind, StyleName
from passerby.redact.static_mask import StaticMask
from passerby.settings.camera_plan import PlanChoice, SizeScore
from passerby.settings.cover_choice import LIVE_HOLD_S
from passerby.settings.places import PlacesSettings
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.recording import RecordingSettings
from passerby.settings.site.site import SiteSettings
from passerby.vision.effort import Effort

DOOR = {"name": "door", "address": "rtsp://10.0.0.5/1", "purpose": "See that it works.", "legal_basis": "consent"}
PLACES = "picture_px: [640, 360]\nzones:\n  - name: yard\n    corners_px: [[0, 0], [9, 0], [9, 9]]\n"
MASKS = '{"masks": [{"box": [0, 0, 0.5, 0.1], "unit": "share", "note": "window"}]}'
finite = st.floats(0, 1e4, allow_nan=False)
points = st.tuples(finite, finite)


@st.composite
def tasks(draw: st.DrawFn) -> CameraTask:
    text = st.text(max_size=20)
    has_places = draw(st.booleans())
    places = {"places": "yard.yaml", "crowd_model": draw(st.sampled_from([None, "mcnn"]))} if has_places else {}
    camera = DOOR | {
        "address": draw(st.sampled_from(["rtsp://10.0.0.5/1", "clips/a.mp4", "./a.mp4", "/dev/video0", "~/a.mkv"])),
        "username": draw(text),
        "password": draw(text),
        "cover": draw(st.sets(st.sampled_from(CoverKind), min_size=1)) | {CoverKind.PEOPLE},
        "effort": draw(st.sampled_from(Effort)),
        "style": draw(st.sampled_from(StyleName)),
        "masks": draw(st.lists(st.sampled_from(["a.json", "b.json"]), max_size=2)),
        "hold_s": draw(st.floats(0.5, 10)),
        "publish": draw(st.none() | st.just({"address": "rtsp://nvr/door", "password": "s3cret"})),
        "record": draw(st.booleans()),
        **places,
    }
    zone = {"name": "yard", "corners_px": draw(st.just([[0, 0], [9.1, 0], [9, 9.7]]))}
    shapes = draw(st.lists(st.tuples(text, st.lists(points, min_size=2, max_size=6).map(tuple), st.booleans())))
    return CameraTask(
        CameraSettings.model_validate(camera),
        tuple(StaticMask(*shape, -inf, inf) for shape in shapes),
        PlacesSettings.model_validate({"zones": [zone]}) if has_places else None,
        RecordingSettings(segment_s=draw(st.floats(5, 600)), folder=draw(st.none() | st.just(Path("films")))),
        draw(text),
    )


@given(tasks())
def test_a_task_survives_json(task: CameraTask) -> None:
    text = task.to_json()
    again = CameraTask.from_json(text)
    assert again == task
    assert again.camera.password.get_secret_value() == task.camera.password.get_secret_value()
    json.loads(text, parse_constant=pytest.fail)  # no NaN or Infinity, which are not JSON


def site(folder: Path, **camera: object) -> SiteSettings:
    other = DOOR | {"name": "other", "password": "of-the-other"}
    return SiteSettings.model_validate({"site": "test", "state_folder": folder, "cameras": [DOOR | camera, other]})


def test_a_task_holds_the_content_of_its_files_and_no_path_of_this_machine(tmp_path: Path, data_dir: Path) -> None:
    tsai = data_dir / "gt/pets_s2l1/View_001.xml"
    (tmp_path / "yard.yaml").write_text(
        f"ground: {{tsai: {tsai}}}\nzones:\n  - name: yard\n    corners_px: [[0, 0], [9, 0], [9, 9]]\n"
    )
    (tmp_path / "masks.json").write_text(MASKS)
    task = camera_tasks(site(tmp_path, masks=[tmp_path / "masks.json"], places=tmp_path / "yard.yaml"))["door"]
    assert task.problem == ""
    assert task.places is not None
    plan = task.places.plan()
    (tmp_path / "yard.yaml").unlink()
    (tmp_path / "masks.json").unlink()
    again = CameraTask.from_json(task.to_json().replace(str(data_dir), "/nowhere"))
    assert again.places is not None
    assert again.places.plan().zones == plan.zones
    assert again.places.plan().size_px == plan.size_px == (768, 576)
    (mask,) = again.masks
    assert (mask.points, mask.shares, mask.to_s) == (((0, 0), (0.5, 0.1)), True, inf)
    named = json.loads(task.to_json())
    del named["masks"]  # their names are for messages
    assert str(tmp_path) not in json.dumps(named)
    assert str(data_dir) not in json.dumps(named)


def test_a_task_holds_no_secret_of_another_camera(tmp_path: Path) -> None:
    assert "of-the-other" not in camera_tasks(site(tmp_path))["door"].to_json()


def test_another_mask_is_another_task_and_the_same_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "masks.json").write_text(MASKS)
    asked = site(tmp_path, masks=[tmp_path / "masks.json"])
    first = camera_tasks(asked)
    assert camera_tasks(asked) == first
    (tmp_path / "masks.json").write_text(MASKS.replace("0.5", "0.6"))
    assert camera_tasks(asked)["door"] != first["door"]
    assert camera_tasks(asked)["other"] == first["other"]


def test_a_wrong_mask_file_stops_its_own_camera_only(tmp_path: Path) -> None:
    (tmp_path / "masks.json").write_text("{}")
    door, other = camera_tasks(site(tmp_path, masks=[tmp_path / "masks.json"])).values()
    assert "masks.json" in door.problem
    assert other.problem == ""


def test_a_task_holds_its_plan_and_covers_no_less_than_without(tmp_path: Path) -> None:
    choice = PlanChoice(effort=Effort.THOROUGH, hold_s=0.3, sizes=(SizeScore(below=1.0, score=0.1),))
    (tmp_path / "door.json").write_text(plan_of(choice).to_json())
    task = camera_tasks(site(tmp_path, plan=tmp_path / "door.json"))["door"]
    assert task.problem == ""
    assert (task.camera.effort, task.camera.hold_s) == (Effort.THOROUGH, LIVE_HOLD_S)
    again = CameraTask.from_json(task.to_json())
    assert again == task
    assert again.plan == plan_of(choice)
    assert str(tmp_path) not in task.to_json()


def test_a_wrong_plan_stops_its_own_camera_only(tmp_path: Path) -> None:
    (tmp_path / "door.json").write_text("{}")
    door, other = camera_tasks(site(tmp_path, plan=tmp_path / "door.json")).values()
    assert "door.json" in door.problem
    assert other.problem == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"camera": {"name": "door", "password": "s3cret"}}'])
def test_what_is_no_task_is_refused_without_its_content(text: str) -> None:
    with pytest.raises(UsageError, match="not a camera's task") as caught:
        CameraTask.from_json(text)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__
