"""One camera wired as its settings say: who looks, and what happens to pictures that masks do not fit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.stage import Sees
from tests.vision.nets import weights

from passerby.config.live import live_loop
from passerby.config.site import CameraSettings
from passerby.live import LiveLoop, Shown
from passerby.signals.camera import CameraState, CameraStatus, Redaction
from passerby.vision import lineup
from passerby.vision.catalogue import folders
from passerby.vision.detections import Detections

PATIENCE_S = 90
RETAIL = "person-detection-retail-0013"
pytestmark = [pytest.mark.data, pytest.mark.usefixtures("registry_models")]


def looped(folder: Path, address: object, **more: object) -> LiveLoop:
    about = {"name": "door", "address": str(address), "purpose": "See that it works.", "legal_basis": "consent"}
    camera = CameraSettings.model_validate(about | {"effort": "fast", "max_fps": 8} | more)
    return live_loop(camera, state_folder=folder, clock=time.time)


def until(loop: LiveLoop, what: Callable[[CameraStatus, Shown | None], bool]) -> Shown | None:
    """Run a loop until something holds of its status and its latest picture."""
    end_s = time.monotonic() + PATIENCE_S
    for shown in loop.pictures():
        if what(loop.status(), shown):
            return shown
        assert time.monotonic() < end_s, loop.status()
    raise AssertionError("it ended")


@pytest.fixture(name="clip")
def _clip(data_dir: Path) -> Path:
    return data_dir / "video" / "pets_s2l1_vtest.avi"


@pytest.fixture(name="named", autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERBY_MODELS", os.pathsep.join(map(str, [*folders(), weights(RETAIL).parent])))


def test_a_named_network_looks_too(clip: Path, tmp_path: Path) -> None:
    loop = looped(tmp_path, clip, detectors=[RETAIL])
    shown = until(loop, lambda status, shown: status.state is CameraState.OK and shown is not None)
    assert shown is not None
    assert shown.redaction is Redaction.ACTIVE


def test_a_named_network_that_fails_the_self_test_covers_whole_and_is_named(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blind(Sees):
        def __init__(self, *_: object, **__: object) -> None:
            super().__init__(lambda _: Detections.none())
            self.name = RETAIL

    monkeypatch.setattr(lineup, "Retail", Blind)
    loop = looped(tmp_path, clip, detectors=[RETAIL])
    shown = until(loop, lambda status, shown: status.state is CameraState.COVERED_WHOLE and shown is not None)
    assert f"{RETAIL} found 0 of 3 drawn figures" in loop.status().detail
    assert shown is not None
    assert shown.redaction is Redaction.WHOLE
