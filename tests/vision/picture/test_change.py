"""What a moved, turned or blinded camera looks like, and what people and vehicles do not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from passerby.media.files.video_file import VideoFile
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.vision.picture.change import Change


def frame(luma: NDArray[np.uint8], time_s: float) -> Frame:
    chroma = np.full((luma.shape[0] // 2, luma.shape[1] // 2), 128, np.uint8)
    return Frame((luma, chroma, chroma), Layout.YUV420, round(time_s * 100), Fraction(1, 100), "stage")


def wide(seed: int = 1) -> NDArray[np.uint8]:
    """A landscape wider than the camera sees."""
    rough = np.random.default_rng(seed).integers(30, 220, (30, 60)).astype(np.uint8)
    return np.asarray(cv2.resize(rough, (1800, 720), interpolation=cv2.INTER_CUBIC), np.uint8)


def said(*pictures: NDArray[np.uint8]) -> list[str]:
    """What is said of each picture after the first, which was inspected."""
    change = Change()
    change.of(frame(pictures[0], 0.0))
    change.inspected(0.0)
    return [change.of(frame(each, index / 10)) for index, each in enumerate(pictures[1:], 1)]


def test_a_still_camera_sees_no_change_in_noise() -> None:
    noise = np.random.default_rng(2)
    view = wide()[:, :1280].astype(int)
    assert not any(said(*[np.clip(view + noise.normal(0, 12, view.shape), 0, 255).astype(np.uint8) for _ in range(4)]))


def test_a_turning_camera_a_cut_and_a_light_switch_are_changes() -> None:
    view = wide()
    assert said(view[:, :1280], view[:, 60:1340]) == ["the camera moved"]
    assert said(view[:, :1280], wide(5)[:, :1280]) == ["the scene changed"]
    assert said(view[:, :1280], view[:, :1280] // 2) == ["the brightness jumped"]


def test_a_change_is_told_until_the_new_scene_was_inspected() -> None:
    old, new = wide()[:, :1280], wide(5)[:, :1280]
    change = Change()
    change.of(frame(old, 0.0))
    change.inspected(0.0)
    assert change.of(frame(new, 0.1))
    assert change.of(frame(new, 0.2))
    change.inspected(0.1)
    assert change.seen_s == pytest.approx(0.1)
    assert not change.of(frame(new, 0.3))


@pytest.mark.data
@pytest.mark.parametrize("name", ["pets_s2l1_vtest.avi", "mot20-05_night_dense.mp4", "vehicle_counting_input.mp4"])
def test_people_and_vehicles_before_a_still_camera_are_no_change(data_dir: Path, name: str) -> None:
    change, inspected_s = Change(), -1.0
    for index, each in enumerate(islice(VideoFile(data_dir / "video" / name, threads=1), 400)):
        here = replace(each, pts=index, time_base=Fraction(1, 25))
        assert not change.of(here)
        if here.time_s - inspected_s >= 0.2:
            inspected_s = here.time_s
            change.inspected(inspected_s)
