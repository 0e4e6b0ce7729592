"""Whether the camera moves, or only what it looks at."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from passerby.vision.picture.camera_motion import REFERENCE_S, CameraMotion

SIZE = (180, 320)
RATE = 25
Picture = NDArray[np.uint8]


def wall(seed: int = 4) -> Picture:
    """Blocks of grey, larger than the view."""
    rng = np.random.default_rng(seed)
    picture = np.full((400, 600), 120, np.uint8)
    for x, y, width, height, level in rng.integers((0, 0, 6, 6, 20), (580, 380, 40, 40, 230), (400, 5)).tolist():
        picture[y : y + height, x : x + width] = level
    return picture


def view(matrix: list[list[float]]) -> Picture:
    seen = cv2.warpAffine(
        wall(), np.array(matrix, np.float64), SIZE[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return seen.astype(np.uint8)


def moved(at: Callable[[int], Picture], seconds: float) -> bool:
    camera = CameraMotion()
    return any(camera.moves(at(k), k / RATE) for k in range(round(seconds * RATE)))


def pan(step: float) -> Callable[[int], Picture]:
    return lambda k: view([[1, 0, 50 + step * k], [0, 1, 50]])


def zoom(step: float) -> Callable[[int], Picture]:
    return lambda k: view([[1 - step * k, 0, 50 + 160 * step * k], [0, 1 - step * k, 50 + 90 * step * k]])


def walker(k: int) -> Picture:
    """A large body of many corners that crosses a third of the view."""
    picture = pan(0)(0)
    picture[20:170, 10 + 2 * k : 90 + 2 * k] = wall(9)[20:170, 100:180]
    return picture


@pytest.mark.parametrize("how", [pan(2.0), pan(0.1), pan(-0.5), zoom(0.003)], ids=["fast", "slow", "left", "zoom"])
def test_a_camera_that_turns_or_zooms_moves(how: Callable[[int], Picture]) -> None:
    assert moved(how, REFERENCE_S)


def test_a_still_camera_does_not_move_whoever_walks_before_it() -> None:
    assert not moved(pan(0), 2.0)
    assert not moved(walker, 2.0)


def test_a_mast_that_trembles_by_a_pixel_is_still() -> None:
    assert not moved(lambda k: view([[1, 0, 50 + 0.8 * np.sin(k)], [0, 1, 50]]), 3.0)


def test_plain_pictures_and_changes_of_size_say_nothing() -> None:
    assert not moved(lambda k: np.full((90 + k % 2, 160), 90, np.uint8), 1.0)
