"""A camera that pans, zooms or is carried slowly is noticed; one that stands, trembles or sees a bus is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.shots import picture

from passerby.vision.picture.drift import Drift

Picture = NDArray[np.uint8]
SIZE = (180, 320)
RATE = 25


def ground() -> Picture:
    """Something to look at, larger than the view, with fine structure as a street has."""
    rng = np.random.default_rng(3)
    fine = cv2.GaussianBlur(rng.integers(0, 256, (400, 640)).astype(np.uint8), (0, 0), 2.0)
    return np.asarray(cv2.addWeighted(picture(3, size=(400, 640)), 0.5, fine, 0.5, 0), np.uint8)


GROUND = ground()


def seen(right: float, down: float = 0.0, zoom: float = 1.0) -> Picture:
    """The view from a place, in px of the ground."""
    rows, columns = SIZE
    view = np.array(
        [[zoom, 0, columns / 2 - zoom * (320 + right)], [0, zoom, rows / 2 - zoom * (200 + down)]], np.float32
    )
    return np.asarray(cv2.blur(cv2.warpAffine(GROUND, view, (columns, rows)), (3, 3)), np.uint8)


def drifting(pictures: Sequence[Picture]) -> list[bool]:
    drift, rng = Drift(), np.random.default_rng(5)
    noisy = [np.clip(each + rng.normal(0, 2, each.shape), 0, 255).astype(np.uint8) for each in pictures]
    return [drift.observe(each, k / RATE) for k, each in enumerate(noisy)]


MOVES: dict[str, Callable[[float], Picture]] = {
    "slow pan": lambda time_s: seen(3 * time_s),
    "pan": lambda time_s: seen(15 * time_s),
    "tilt": lambda time_s: seen(0, 5 * time_s),
    "zoom": lambda time_s: seen(0, 0, 1 + 0.05 * time_s),
}


@pytest.mark.parametrize("view", MOVES.values(), ids=MOVES.keys())
def test_a_camera_that_moves_slowly_is_noticed_within_a_second_and_a_half(view: Callable[[float], Picture]) -> None:
    got = drifting([view(k / RATE) for k in range(4 * RATE)])
    assert all(got[int(1.5 * RATE) :])


def test_a_camera_that_stops_is_still_again_soon() -> None:
    got = drifting([seen(6 * min(2.0, k / RATE)) for k in range(5 * RATE)])
    assert got[2 * RATE - 1]
    assert not any(got[3 * RATE :])


def test_a_camera_that_stands_or_trembles_does_not_drift() -> None:
    rng = np.random.default_rng(8)
    assert not any(drifting([seen(0)] * (4 * RATE)))
    assert not any(drifting([seen(*rng.uniform(-1.5, 1.5, 2)) for _ in range(4 * RATE)]))


def test_a_bus_that_crosses_the_picture_is_no_drift() -> None:
    pictures = []
    for k in range(4 * RATE):
        view = seen(0)
        left = 3 * k
        view[90:170, left : left + 150] = GROUND[100:180, 100 : 100 + min(150, 320 - left)]
        pictures.append(view)
    assert not any(drifting(pictures))


@pytest.mark.parametrize("size", [(2, 320), (20, 320), (180, 320)])
def test_plain_pictures_of_any_height_do_not_drift(size: tuple[int, int]) -> None:
    drift = Drift()
    assert not any(drift.observe(np.full(size, 90, np.uint8), k / 4) for k in range(20))
