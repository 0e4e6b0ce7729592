"""What moves before a still camera, and silence when the camera itself moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.vision.pictures import frame_of

from passerby.media.layout import Layout
from passerby.vision.picture.foreground import LEAST_CELLS, Foreground, bare_blobs
from passerby.vision.picture.foreground import WIDTH as WATCHED

HEIGHT, WIDTH = 240, 400
RATE = 12
RNG = np.random.default_rng(3)
GROUND: NDArray[np.uint8] = cv2.GaussianBlur(
    RNG.integers(0, 255, (HEIGHT, WIDTH * 3, 3)).astype(np.uint8), (0, 0), 3
).astype(np.uint8)


NOISE = RNG.normal(0, 2.5, (8, HEIGHT, WIDTH, 3)).round().astype(np.int16)
NOTHING = np.empty((0, 4), np.float32)
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
    """Boxes round what moves in each picture, when nothing is covered yet."""
    found = []
    for k, picture in enumerate(pictures):
        mask = foreground.mask(frame_of(picture, layout, time_s=(first + k) / RATE))
        found.append(NOTHING if mask is None else bare_blobs(mask, NOTHING, size=(picture.shape[0], picture.shape[1])))
    return found


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
    foreground = Foreground()
    frames = [frame_of(with_walker(k), Layout.YUV420, time_s=k / RATE) for k in range(RATE)]
    assert [foreground.mask(frame) for frame in frames] == [None] * RATE


@pytest.mark.parametrize("size", [(240, 400), (720, 1280), (1280, 720), (90, 160), (1, 1)], ids=str)
def test_the_mask_has_the_proportions_of_the_picture(size: tuple[int, int]) -> None:
    foreground = Foreground()
    picture = np.full((*size, 3), 90, np.uint8)
    masks = [foreground.mask(frame_of(picture, Layout.RGB, time_s=k / RATE)) for k in range(RATE + 3)]
    assert masks[-1] is not None
    assert masks[-1].shape == (max(2, round(size[0] * WATCHED / size[1])), WATCHED)


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


blocks = st.lists(
    st.tuples(st.integers(0, 310), st.integers(0, 170), st.integers(2, 60), st.integers(2, 60)), min_size=1, max_size=4
)


def boxes_of(found: list[tuple[int, int, int, int]]) -> NDArray[np.float32]:
    return np.array([(x, y, x + width, y + height) for x, y, width, height in found], np.float32).reshape(-1, 4)


def drawn(boxes: NDArray[np.float32]) -> NDArray[np.uint8]:
    mask = np.zeros((180, WATCHED), np.uint8)
    for x1, y1, x2, y2 in boxes.astype(int).tolist():
        mask[y1:y2, x1:x2] = 255
    return mask


@given(blocks, blocks, st.integers(1, 4))
def test_blobs_hold_whatever_moves_outside_the_cover_and_is_no_noise(
    moving: list[tuple[int, int, int, int]], covered: list[tuple[int, int, int, int]], scale: int
) -> None:
    mask, cover = drawn(boxes_of(moving)), boxes_of(covered)
    blobs = bare_blobs(mask, cover * scale, size=(180 * scale, WATCHED * scale))
    bare = (mask > 0) & (drawn(cover) == 0) & (drawn(np.clip(blobs / scale, 0, WATCHED)) == 0)
    _, _, left, _ = cv2.connectedComponentsWithStats(bare.astype(np.uint8))
    assert (left[1:, cv2.CC_STAT_AREA] < LEAST_CELLS).all()


def test_cover_outside_the_picture_hides_nothing_in_it() -> None:
    mask = drawn(np.array([[0, 0, 12, 30], [300, 150, 320, 180]], np.float32))
    beyond = np.array([[-50, 0, 0, 180], [320, 0, 400, 180], [0, -9, 320, 0], [0, 180, 320, 250]], np.float32)
    blobs = bare_blobs(mask, beyond, size=(180, WATCHED))
    assert len(blobs) == 2
    assert (drawn(blobs) >= mask).all()


def test_head_and_feet_of_one_body_are_one_blob_and_the_cover_between_them_stays_apart() -> None:
    parts = np.array([[100, 50, 110, 60], [100, 64, 110, 90]], np.float32)
    (body,) = bare_blobs(drawn(parts), NOTHING, size=(180, WATCHED))
    assert (body[:2] <= parts[0, :2]).all()
    assert (body[2:] >= parts[1, 2:]).all()
    assert not len(bare_blobs(drawn(parts), np.array([[90, 40, 120, 100]], np.float32), size=(180, WATCHED)))


def test_a_camera_that_pans_slowly_has_no_opinion_of_motion() -> None:
    foreground = Foreground()
    crops = [
        cv2.warpAffine(GROUND, np.float32([[1, 0, -0.4 * k], [0, 1, 0]]), (WIDTH, HEIGHT)) for k in range(4 * RATE)
    ]
    masks = [
        foreground.mask(frame_of(noisy(np.asarray(crop, np.uint8)), Layout.YUV420, time_s=k / RATE))
        for k, crop in enumerate(crops)
    ]
    assert all(mask is None for mask in masks[int(1.5 * RATE) :])
