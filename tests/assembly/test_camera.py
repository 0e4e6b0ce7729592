"""One camera wired as its settings say: who looks, and what happens to pictures that masks do not fit."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cameras.reel import scene_reel
from tests.cameras.rtsp import RtspServer
from tests.settings.plans import plan_of
from tests.stage import Sees
from tests.vision.net_files import weights
from tests.waiting import first

from passerby.assembly.camera import live_loop
from passerby.gateway.camera_task import camera_tasks
from passerby.health.status import CameraState, Redaction
from passerby.measure.crowd import MAP
from passerby.measure.reading import Quantity, Reading
from passerby.pipelines.live import CoveredPicture, LiveLoop
from passerby.settings.camera_plan import PlanChoice
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.site import SiteSettings
from passerby.vision.detections import Detections
from passerby.vision.inspect import detector_set
from passerby.vision.models.files import folders

RETAIL = "person-detection-retail-0013"
pytestmark = [pytest.mark.data, pytest.mark.usefixtures("registry_models")]


def looped(folder: Path, address: object, **more: object) -> LiveLoop:
    about = {"name": "door", "address": str(address), "purpose": "See that it works.", "legal_basis": "consent"}
    camera = CameraSettings.model_validate(about | {"effort": "fast", "max_fps": 8} | more)
    task = camera_tasks(SiteSettings(site="test", cameras=(camera,)))["door"]
    chosen = {"masks": task.masks, "places": task.places, "plan": task.plan}
    return live_loop(task.camera, **chosen, state_folder=folder, clock=time.time)


def picture(pictures: Iterator[CoveredPicture | None], what: Callable[[CoveredPicture], bool]) -> CoveredPicture:
    """Return the first picture of which something is true."""
    found = first(pictures, lambda each: each is not None and what(each))
    assert found is not None
    return found


@pytest.fixture(name="clip")
def _clip(data_dir: Path) -> Path:
    return data_dir / "video" / "pets_s2l1_vtest.avi"


@pytest.fixture(name="named", autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERBY_MODELS", os.pathsep.join(map(str, [*folders(), weights(RETAIL).parent])))


def test_a_named_network_looks_too(clip: Path, tmp_path: Path) -> None:
    loop = looped(tmp_path, clip, detectors=[RETAIL])
    shown = picture(loop.pictures(), lambda _: loop.status().state is CameraState.OK)
    assert shown.redaction is Redaction.ACTIVE


def test_a_named_network_that_fails_the_self_test_covers_whole_and_is_named(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blind(Sees):
        def __init__(self, *_: object, **__: object) -> None:
            super().__init__(lambda _: Detections.none())
            self.name = RETAIL

    monkeypatch.setattr(detector_set, "Retail", Blind)
    loop = looped(tmp_path, clip, detectors=[RETAIL])
    shown = picture(loop.pictures(), lambda _: loop.status().state is CameraState.COVERED_WHOLE)
    assert f"{RETAIL} found 0 of 3 drawn figures" in loop.status().detail
    assert shown.redaction is Redaction.WHOLE


def test_masks_and_places_that_do_not_fit_a_new_resolution_cover_whole_until_the_old_one_is_back(
    rtsp_server: Callable[..., RtspServer], drawn_reel: Path, tmp_path: Path
) -> None:
    mask, places = tmp_path / "masks.json", tmp_path / "places.yaml"
    mask.write_text('{"masks": [{"box": [500, 100, 600, 200], "unit": "px", "note": "window"}]}')
    places.write_text("zones:\n  - name: yard\n    corners_px: [[400, 0], [600, 0], [600, 360], [400, 360]]\n")
    server = rtsp_server({"door": drawn_reel})
    loop = looped(tmp_path, server.url("door"), masks=[mask], places=places)
    pictures = loop.pictures()
    picture(pictures, lambda _: loop.status().state is CameraState.OK)
    server.switch("door", scene_reel(tmp_path / "small.reel", size=(322, 242)))
    shown = picture(pictures, lambda _: loop.status().state is CameraState.COVERED_WHOLE)
    assert f"{mask}: mask 1 (window): outside the picture of 322x242; correct the corners" in loop.status().detail
    assert "places are not measured: zone 'yard'" in loop.status().detail
    for _ in range(5):
        shown = picture(pictures, lambda each: each.frame.planes[0].shape == (242, 322))
        assert shown.frame.whole
    server.switch("door", drawn_reel)
    shown = picture(pictures, lambda _: loop.status().state is CameraState.OK)
    assert shown.frame.planes[0].shape == (360, 640)
    assert not loop.status().detail


def test_pictures_of_another_size_than_the_plan_are_covered_whole_and_those_of_its_size_are_not(
    clip: Path, tmp_path: Path
) -> None:
    path = tmp_path / "door.json"
    path.write_text(plan_of(PlanChoice(effort="fast"), picture_px=(640, 480)).to_json())
    loop = looped(tmp_path, clip, plan=path)
    shown = picture(loop.pictures(), lambda _: "the plan is for pictures of 640x480" in loop.status().detail)
    assert shown.frame.whole
    path.write_text(plan_of(PlanChoice(effort="fast")).to_json())
    loop = looped(tmp_path, clip, plan=path)
    picture(loop.pictures(), lambda each: not each.frame.whole and loop.status().state is CameraState.OK)


def test_a_crowd_too_dense_for_boxes_is_counted_by_the_density_map(
    data_dir: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (models_dir / "mcnn_A_660.onnx").is_file():
        pytest.skip(f"{models_dir}: mcnn_A_660.onnx is absent")
    monkeypatch.setenv("PASSERBY_MODELS", os.pathsep.join(map(str, [*folders(), models_dir])))
    crowd, clip = data_dir / "images/crowd/shtA_IMG_146.jpg", tmp_path / "crowd.mp4"  # 479 heads
    scale = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
    words = ["-v", "error", "-loop", "1", "-i", crowd, "-t", "10", "-r", "8", "-vf", scale, "-pix_fmt", "yuv420p", clip]
    subprocess.run(["ffmpeg", *map(str, words)], check=True)
    places = tmp_path / "places.yaml"
    places.write_text("zones:\n  - {name: square, corners_px: [[0, 0], [640, 0], [640, 400], [0, 400]]}\n")
    loop = looped(tmp_path, clip, places=places, crowd_model="mcnn", effort="balanced")
    told: list[Reading] = []

    def counted(_: CoveredPicture) -> bool:
        told.extend(each for each in loop.readings() if each.quantity is Quantity.OCCUPANCY)
        return any(each.estimator == MAP for each in told)

    picture(loop.pictures(), counted)
    assert 479 * 0.5 < told[-1].value < 479 * 1.5
