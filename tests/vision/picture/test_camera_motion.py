"""Whether the camera moves, or only what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.shots import picture

from passerby.vision.picture.camera_motion import REFERENCE_S, CameraMotion
from passerby.vision.picture.similarity import STILL, Similarity

SIZE = (180, 320)
RATE = 25
Picture = NDArray[np.uint8]


def wall(seed: int = 4) -> Picture:
    """Blocks of grey, larger than the view."""
    rng = np.random.default_rng(seed)
    blocks = np.full((400, 600), 120, np.uint8)
    for x, y, width, height, level in rng.integers((0, 0, 6, 6, 20), (580, 380, 40, 40, 230), (400, 5)).tolist():
        blocks[y : y + height, x : x + width] = level
    return blocks


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
    room = pan(0)(0)
    room[20:170, 10 + 2 * k : 90 + 2 * k] = wall(9)[20:170, 100:180]
    return room


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


def ground() -> Picture:
    """Something to look at, larger than the view, with fine structure as a street has."""
    rng = np.random.default_rng(3)
    fine = cv2.GaussianBlur(rng.integers(0, 256, (400, 640)).astype(np.uint8), (0, 0), 2.0)
    return np.asarray(cv2.addWeighted(picture(3, size=(400, 640)), 0.5, fine, 0.5, 0), np.uint8)


GROUND = ground()


def seen(right: float, down: float = 0.0, zoom: float = 1.0) -> Picture:
    """The view from a place, in px of the ground."""
    rows, columns = SIZE
    how = np.array(
        [[zoom, 0, columns / 2 - zoom * (320 + right)], [0, zoom, rows / 2 - zoom * (200 + down)]], np.float32
    )
    return np.asarray(cv2.blur(cv2.warpAffine(GROUND, how, (columns, rows)), (3, 3)), np.uint8)


def drifting(pictures: Sequence[Picture]) -> list[bool]:
    camera, rng = CameraMotion(), np.random.default_rng(5)
    noisy = [np.clip(each + rng.normal(0, 2, each.shape), 0, 255).astype(np.uint8) for each in pictures]
    found = []
    for k, each in enumerate(noisy):
        camera.moves(each, k / RATE)
        found.append(camera.drifts)
    return found


DRIFTS: dict[str, Callable[[float], Picture]] = {
    "slow pan": lambda time_s: seen(3 * time_s),
    "pan": lambda time_s: seen(15 * time_s),
    "tilt": lambda time_s: seen(0, 5 * time_s),
    "zoom": lambda time_s: seen(0, 0, 1 + 0.05 * time_s),
}


@pytest.mark.parametrize("how", DRIFTS.values(), ids=DRIFTS.keys())
def test_a_camera_that_moves_slowly_is_noticed_within_a_second_and_a_half(how: Callable[[float], Picture]) -> None:
    got = drifting([how(k / RATE) for k in range(4 * RATE)])
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
        street = seen(0)
        left = 3 * k
        street[90:170, left : left + 150] = GROUND[100:180, 100 : 100 + min(150, 320 - left)]
        pictures.append(street)
    assert not any(drifting(pictures))


@pytest.mark.parametrize("across", [False, True], ids=["towards the camera", "across the view"])
def test_a_car_that_fills_half_of_the_picture_is_no_movement_of_the_camera(across: bool) -> None:
    camera, rng = CameraMotion(), np.random.default_rng(5)
    found = []
    for k in range(5 * RATE):
        street, done = seen(0), min(k / (4 * RATE), 1.0)
        rows, columns = (130, 220) if across else (round(20 + 110 * done), round(30 + 190 * done))
        left = round(-210 + 510 * done) if across else (320 - columns) // 2
        car = cv2.resize(GROUND[150:300, 100:360], (columns, rows))
        begin, end = max(0, left), min(320, left + columns)
        if end > begin:
            street[15 : 15 + rows, begin:end] = car[:, begin - left : end - left]
        noisy = np.clip(street + rng.normal(0, 2, street.shape), 0, 255).astype(np.uint8)
        found.append(camera.moves(noisy, k / RATE))
        assert camera.step == STILL
    assert not any(found)


def test_points_that_something_large_hides_do_not_hide_a_pan() -> None:
    def street(k: int) -> Picture:
        view_of = seen(0.6 * k)
        view_of[30:180, 4 * k : 4 * k + 120] = 90
        return view_of

    assert moved(street, 2.0)


def test_a_cut_to_another_size_ends_the_drift() -> None:
    camera = CameraMotion()
    for k in range(2 * RATE):
        camera.moves(seen(15 * k / RATE), k / RATE)
    assert camera.drifts
    camera.moves(np.zeros((90, 160), np.uint8), 2.0)
    assert not camera.drifts


def steps(pictures: Sequence[Picture]) -> list[Similarity]:
    camera = CameraMotion()
    found = []
    for k, each in enumerate(pictures):
        camera.moves(each, k / RATE)
        found.append(camera.step)
    return found


def test_the_steps_of_a_pan_say_where_the_view_went() -> None:
    places = [4.0 * k + 3 * np.sin(k) for k in range(40)]
    went = sum(step.shift for step in steps([seen(place - 80) for place in places])[5:])
    assert abs(went + (places[-1] - places[4])) < 1.5


def test_the_steps_of_a_zoom_grow_the_picture_about_its_middle() -> None:
    zooms = [1 + 0.01 * k for k in range(40)]
    total = reduce(Similarity.then, steps([seen(0, 0, zoom) for zoom in zooms])[5:])
    assert abs(total.turn) == pytest.approx(zooms[-1] / zooms[4], rel=0.01)
    middle = complex(SIZE[1], SIZE[0]) / 2
    assert abs(total.shifts(np.array([middle]))[0]) < 1.5


def test_a_still_camera_makes_no_step_whoever_walks_before_it() -> None:
    assert set(steps([walker(k) for k in range(50)])) == {STILL}
    assert set(steps([seen(0.8 * np.sin(k)) for k in range(50)])) == {STILL}


@pytest.mark.parametrize("clip", [[GROUND[:180, :320], GROUND[220:400, 320:]] * 10], ids=["cuts"])
def test_where_nothing_is_shared_there_is_no_step(clip: list[Picture]) -> None:
    assert set(steps(clip)) == {STILL}
