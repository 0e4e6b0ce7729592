"""What moves before a still camera, and silence when the camera itself moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.vision.pictures import frame_of

from passerby.media.layout import Layout
from passerby.vision.foreground import Foreground

HEIGHT, WIDTH = 240, 400
RATE = 12
RNG = np.random.default_rng(3)
GROUND: NDArray[np.uint8] = cv2.GaussianBlur(
    RNG.integers(0, 255, (HEIGHT, WIDTH * 3, 3)).astype(np.uint8), (0, 0), 3
).astype(np.uint8)


NOISE = RNG.normal(0, 2.5, (8, HEIGHT, WIDTH, 3)).round().astype(np.int16)
LONG = 10 * RATE
"""Frames after which the model knows its ground well enough to see a walker whole."""


def noisy(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    seen: NDArray[np.uint8] = np.clip(picture + NOISE[RNG.integers(len(NOISE))], 0, 255).astype(np.uint8)
    return seen


def still() -> NDArray[np.uint8]:
    return noisy(GROUND[:, :WIDTH])


def with_walker(k: int) -> NDArray[np.uint8]:
    picture = still()
    picture[100:170, 8 * k : 8 * k + 24] = (20, 20, 30)
    return picture


def shown(
    foreground: Foreground, pictures: list[NDArray[np.uint8]], *, first: int = 0, layout: Layout = Layout.YUV420
) -> list[NDArray[np.float32]]:
    return [
        foreground.boxes(frame_of(picture, layout, time_s=(first + k) / RATE)) for k, picture in enumerate(pictures)
    ]


@pytest.mark.parametrize("layout", list(Layout))
def test_a_walker_before_a_still_and_noisy_ground_is_found(layout: Layout) -> None:
    pictures = [still() for _ in range(LONG)] + [with_walker(k) for k in range(12)]
    boxes = shown(Foreground(), pictures, layout=layout)
    assert sum(len(found) for found in boxes[:LONG]) <= 2
    for k, found in enumerate(boxes[LONG:]):
        x = 8 * k
        around = (found[:, :2] <= (x + 4, 104)).all(axis=1) & (found[:, 2:] >= (x + 20, 166)).all(axis=1)
        assert around.any()
        assert len(found) <= 3


def test_in_the_first_second_nothing_is_said() -> None:
    assert not any(len(found) for found in shown(Foreground(), [with_walker(k) for k in range(RATE)]))


def test_a_panning_camera_is_no_motion() -> None:
    pictures = [noisy(GROUND[:, 6 * k : 6 * k + WIDTH]) for k in range(5 * RATE)]
    assert sum(bool(len(found)) for found in shown(Foreground(), pictures)) <= len(pictures) // 20


def test_a_jump_in_exposure_starts_the_model_anew() -> None:
    foreground = Foreground()
    before = shown(foreground, [still() for _ in range(2 * RATE)])
    brighter = [np.clip(still() * 1.6 + 40, 0, 255).astype(np.uint8) for _ in range(3 * RATE)]
    after = shown(foreground, brighter, first=2 * RATE)
    assert sum(len(found) for found in before + after) <= 2


def test_a_walker_is_found_again_after_a_jump_in_exposure() -> None:
    foreground = Foreground()
    shown(foreground, [still() for _ in range(2 * RATE)])
    dark = [(still() // 2).astype(np.uint8) for _ in range(2 * RATE)]
    walk = [(with_walker(k) // 2).astype(np.uint8) for k in range(10, 20)]
    boxes = shown(foreground, dark + walk, first=2 * RATE)
    assert all(len(found) for found in boxes[-8:])


def test_boxes_are_in_pixels_of_the_frame_whatever_its_size() -> None:
    def large(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return cv2.resize(picture, (WIDTH * 3, HEIGHT * 3)).astype(np.uint8)

    pictures = [large(still()) for _ in range(LONG // 2)] + [large(with_walker(k)) for k in range(20, 24)]
    found = shown(Foreground(), pictures)[-1]
    x = 3 * 8 * 23
    assert ((found[:, 0] <= x + 12) & (found[:, 2] >= x + 60) & (found[:, 2] <= x + 150)).any()
