from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from tests.media import clips
from tests.settings.plans import plan_of

from passerby.assembly.diagnose import Level, examine
from passerby.settings.camera_plan import PlanChoice
from passerby.settings.site.site import SiteSettings
from passerby.vision.models import files


@pytest.fixture
def site(tmp_path, registry_models):
    clip = clips.make_clip(tmp_path / "clip.mp4", times=range(0, 100 * 512, 512))

    def make(camera=(), **settings):
        door = {"name": "door", "address": str(clip), "purpose": "Notice crowding.", "legal_basis": "public_task"}
        settings = {"web": {"port": 0}, "state_folder": tmp_path / "state", **settings}
        return SiteSettings.model_validate({"site": "here", "cameras": [door | dict(camera)], **settings})

    return make


def found(site, path=Path("site.yaml")):
    return {finding.subject: (finding.level, finding.text) for finding in examine(site, path)}


def test_a_site_that_is_well_has_nothing_wrong(site):
    levels = {subject: level for subject, (level, _) in found(site()).items()}
    assert levels.pop("clock") in {Level.OK, Level.NOTE}
    assert set(levels.values()) == {Level.OK}
    assert set(levels) == {"camera door", "models for people (balanced)", "state_folder", "port 0"}


def test_a_network_that_is_named_must_be_there_and_be_the_right_one(site, models_dir, monkeypatch, tmp_path):
    subject = "models for people (balanced, person-detection-retail-0013)"
    named = {"detectors": ["person-detection-retail-0013"]}
    here = os.pathsep.join(map(str, files.folders()))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PASSERBY_MODELS", here)
    level, text = found(site(named))[subject]
    assert level is Level.WRONG
    assert "copy person-detection-retail-0013.xml and person-detection-retail-0013.bin into a folder" in text
    monkeypatch.setenv("PASSERBY_MODELS", os.pathsep.join((here, str(models_dir))))
    assert found(site(named))[subject][0] is Level.OK
    (tmp_path / "person-detection-retail-0013.xml").write_text("another")
    monkeypatch.setenv("PASSERBY_MODELS", os.pathsep.join((here, str(tmp_path))))
    assert "SHA-256 differs" in found(site(named))[subject][1]


def test_the_networks_for_outlines_are_looked_at_where_a_camera_wants_them(site, monkeypatch, tmp_path):
    assert found(site({"shape": "outline"}))["models for outlines"] == (Level.OK, "loaded")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PASSERBY_MODELS", str(tmp_path))
    level, text = found(site({"shape": "outline"}))["models for outlines"]
    assert level is Level.WRONG
    assert "passerby models fetch deeplab-v3" in text


def test_a_plan_is_shown_with_its_evidence_and_what_does_not_fit_is_wrong(site, tmp_path):
    path = tmp_path / "door.json"
    path.write_text(plan_of(picture_px=(64, 48)).to_json())
    told = found(site({"plan": path}))
    assert told["plan of camera door"] == (Level.OK, plan_of().summary())
    assert told["camera door"][0] is Level.OK
    path.write_text(plan_of(PlanChoice(effort="fast"), picture_px=(640, 480)).to_json())
    told = found(site({"plan": path}))
    assert told["plan of camera door"][0] is Level.NOTE
    assert "effort fast instead of balanced" in told["plan of camera door"][1]
    assert told["camera door"][0] is Level.WRONG
    assert "the plan is for pictures of 640x480" in told["camera door"][1]
    path.write_text("{}")
    assert found(site({"plan": path}))["plan of camera door"][0] is Level.WRONG


def test_a_density_map_that_is_named_must_be_there(site, models_dir, monkeypatch, tmp_path):
    places = tmp_path / "places.yaml"
    places.write_text("zones:\n  - {name: yard, corners_px: [[0, 0], [60, 0], [60, 40]]}\n")
    counted = {"crowd_model": "mcnn", "places": str(places)}
    here = os.pathsep.join(map(str, files.folders()))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PASSERBY_MODELS", here)
    level, text = found(site(counted))["crowd model mcnn"]
    assert level is Level.WRONG
    assert "copy mcnn_A_660.onnx into a folder named in PASSERBY_MODELS" in text
    monkeypatch.setenv("PASSERBY_MODELS", os.pathsep.join((here, str(models_dir))))
    assert found(site(counted))["crowd model mcnn"] == (Level.OK, "found")


def test_each_thing_that_is_wrong_is_named_with_its_mend(site, tmp_path):
    (tmp_path / "state").write_text("a file")
    path = tmp_path / "site.yaml"
    path.write_text("site: here\n\nstate_folder: state\n")
    with socket.socket() as taken, socket.socket() as closed:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        port = taken.getsockname()[1]
        nobody = closed.getsockname()[1]
        wrong = found(
            site(
                {
                    "address": f"rtsp://127.0.0.1:{nobody}/x",
                    "username": "u",
                    "password": "geheim",
                    "publish": {"address": f"rtsp://127.0.0.1:{nobody}/y"},
                },
                web={"port": port},
                mqtt={"host": "127.0.0.1", "port": nobody},
            ),
            path,
        )
    named = {subject for subject, (level, _) in wrong.items() if level is Level.WRONG}
    assert named == {"camera door", f"{path}:3: state_folder", f"port {port}", "MQTT broker", "publish door"}
    assert "connection refused" in wrong["camera door"][1]
    assert "set another web.port" in wrong[f"port {port}"][1]
    assert "geheim" not in str(wrong)


def test_the_port_of_a_gateway_that_runs_is_not_wrong(site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = {finding.subject: finding for finding in examine(site(web={"port": port}), Path("s.yaml"), gateway=77)}
    assert told[f"port {port}"].level is Level.OK
    assert "process 77" in told[f"port {port}"].text


def test_too_little_disk_for_the_recordings_is_noted(site):
    subject = found(site({"record": True}, recording={"disk_gb": 900_000}))["recording.folder"]
    assert subject[0] is Level.NOTE
    assert "lower disk_gb" in subject[1]


def test_a_camera_without_the_pictures_for_cover_is_noted(site, tmp_path):
    slow = clips.make_clip(tmp_path / "slow.mp4", times=range(0, 20 * 12800, 12800))
    level, text = found(site({"address": str(slow)}))["camera door"]
    assert level is Level.NOTE
    assert "higher rate" in text
