"""Cuts are found in any film; light, flashes and motion are none, or cost a pass and no more."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.shots import SIZE, film, frame_of, picture

from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.vision.picture.cuts import (
    RETURN_S,
    START,
    Cuts,
    CutSide,
    ScenePosition,
    changed_share,
    shaken,
    small_planes,
)

Picture = NDArray[np.uint8]


def places(pictures: Sequence[Picture], *, step_ms: int = 40) -> list[ScenePosition]:
    cuts = Cuts()
    return [cuts.place(frame_of(each, k * step_ms)) for k, each in enumerate(pictures)]


def mixed(one: Picture, other: Picture, share: float) -> Picture:
    return np.rint((1 - share) * one + share * other.astype(np.float64)).astype(np.uint8)


def moved(luma: Picture, right: float, down: float) -> Picture:
    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    size = (luma.shape[1], luma.shape[0])
    return np.asarray(cv2.warpAffine(luma, shift, size, borderMode=cv2.BORDER_REFLECT), np.uint8)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=12), st.integers(12, 60), st.integers(0, 10_000))
def test_no_take_holds_frames_of_two_shots(lengths: list[int], rate: int, first: int) -> None:
    cuts = Cuts()
    shots: dict[int, set[int]] = {}
    for frame, shot in film(lengths, step_ms=1000 / rate, first=first):
        shots.setdefault(cuts.place(frame).take, set()).add(shot)
    assert all(len(each) == 1 for each in shots.values())


def test_a_clean_cut_begins_another_scene() -> None:
    got = places([picture(1)] * 5 + [picture(2)] * 5)
    assert got == [START] * 5 + [ScenePosition(1, 1)] * 5


def test_a_cut_in_the_dark_is_one_too() -> None:
    got = places([picture(1) // 8 + 16] * 5 + [picture(2) // 8 + 16] * 5)
    assert got[5] == ScenePosition(1, 1)


def test_a_cut_between_pictures_that_differ_in_colour_alone_is_seen() -> None:
    cuts = Cuts()
    luma = np.full(SIZE, 128, np.uint8)
    got = [cuts.place(frame_of(luma, 40 * k, tint=90 if k < 4 else 170)) for k in range(8)]
    assert [place.take for place in got] == [0] * 4 + [1] * 4


def test_a_flash_is_looked_at_and_the_scene_goes_on_behind_it() -> None:
    white = np.full(SIZE, 250, np.uint8)
    got = places([picture(1)] * 5 + [white] * 2 + [picture(1)] * 5)
    assert [place.take for place in got] == [0] * 5 + [1] * 2 + [2] * 5
    assert got[-1].scene == 0
    assert got[5].scene != 0


def test_a_scene_that_was_left_long_ago_does_not_come_back() -> None:
    away = int(RETURN_S * 1000 / 40) + 2
    got = places([picture(1)] * 5 + [picture(2)] * away + [picture(1)] * 5)
    assert [got[0].scene, got[5].scene, got[-1].scene] == [0, 1, 2]


@pytest.mark.parametrize("gain", [0.5, 1.6], ids=["darker", "brighter"])
def test_other_light_is_no_other_scene(gain: float) -> None:
    lit = np.clip(picture(1) * gain, 0, 255).astype(np.uint8)
    got = places([picture(1)] * 5 + [lit] * 5)
    assert {place.scene for place in got} == {0}
    assert got[5].take == 1


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 8, 25])
def test_a_fade_counts_as_both_scenes(frames: int) -> None:
    fade = [mixed(picture(1), picture(2), (k + 1) / (frames + 1)) for k in range(frames)]
    got = places([picture(1)] * 8 + fade + [picture(2)] * 8)
    middle = {place.scene for place in got[8 : 8 + frames]}
    assert got[8 + frames].scene in middle  # what is found behind it reaches back into it
    if frames > 2:
        assert got[7].scene in middle


def test_a_slow_pan_and_a_shaken_camera_are_one_take_at_most_a_few() -> None:
    scene = picture(3, size=(270, 480))
    pan = [moved(scene, 3 * k, 0)[90:180, 160:320] for k in range(60)]
    rng = np.random.default_rng(4)
    shaken = [moved(scene, *rng.uniform(-2, 2, 2))[90:180, 160:320] for _ in range(60)]
    for pictures in (pan, shaken):
        got = places(pictures)
        assert {place.scene for place in got} == {0}
        assert got[-1].take <= 3


def test_a_camera_that_is_jerked_stays_in_its_scene() -> None:
    scene, rng = picture(3, size=(270, 480)), np.random.default_rng(9)
    views = [moved(scene, *rng.uniform(-12, 12, 2))[90:180, 160:320] for _ in range(40)]
    assert {place.scene for place in places(views)} == {0}


@pytest.mark.parametrize("size", [(0, 0), (200, 0), (0, 90)], ids=str)
def test_a_plain_or_distant_picture_is_not_a_shaken_one(size: tuple[int, int]) -> None:
    first = small_planes(frame_of(picture(1), 0))
    other = picture(2)
    other[: size[1], : size[0]] = 128
    assert not shaken(first, small_planes(frame_of(other, 0)))


def test_somebody_who_appears_from_one_frame_to_the_next_is_looked_at() -> None:
    scene = picture(5)
    visited = scene.copy()
    visited[30:54, 70:82] = 255 - visited[30:54, 70:82] // 2
    got = places([scene] * 10 + [visited] * 2 + [scene] * 10)
    assert [got[k].take for k in (9, 10, 11, 12)] == [0, 1, 1, 2]
    assert {place.scene for place in got} == {0}


def test_noise_of_a_camera_is_no_jump() -> None:
    rng = np.random.default_rng(6)
    noisy = [np.clip(picture(6) + rng.normal(0, 6, SIZE), 0, 255).astype(np.uint8) for _ in range(40)]
    assert places(noisy)[-1] == START


@pytest.mark.parametrize("scale", [1, 5], ids=["bright", "dark"])
def test_a_lamp_that_flickers_costs_few_passes_and_a_shot_in_its_light_is_still_found(scale: int) -> None:
    lit = [np.clip(picture(1 if k not in {30, 31} else 2) / scale * (1 + 0.25 * (k % 2)), 0, 255) for k in range(60)]
    got = places([each.astype(np.uint8) for each in lit])
    assert got[29].take <= 3
    assert len({place.take for place in got[:30]} & {place.take for place in got[30:32]}) == 0
    assert len({place.take for place in got[30:32]} & {place.take for place in got[32:]}) == 0


def test_in_a_strobe_every_frame_is_a_take_and_both_views_go_on() -> None:
    got = places([picture(1 + k % 2) for k in range(20)])
    assert [place.take for place in got] == list(range(20))
    assert {place.scene for place in got} <= {0, 1}


@pytest.mark.parametrize("layout", [Layout.YUV420, Layout.YUV420_10, Layout.RGB])
@pytest.mark.parametrize("size", [(2, 2), (36, 64), (91, 161), (1080, 1920), (1920, 1080)])
def test_frames_of_any_layout_and_size_have_small_planes(layout: Layout, size: tuple[int, int]) -> None:
    rows, columns = size
    chroma = (-(-rows // 2), -(-columns // 2))
    if layout is Layout.RGB:
        planes = (np.full((*size, 3), 90, np.uint8),)
    elif layout is Layout.YUV420:
        planes = tuple(np.full(shape, 90, np.uint8) for shape in (size, chroma, chroma))
    else:
        planes = tuple(np.full(shape, 360, np.uint16) for shape in (size, chroma, chroma))
    frame = Frame(planes, layout, 0, frame_of(picture(0), 0).time_base, "shots")
    small = small_planes(frame)
    assert [(plane.shape, plane.dtype) for plane in small] == [((36, 64), np.uint8)] + [((18, 32), np.uint8)] * 2
    assert abs(int(small[0][18, 32]) - 90) <= 1
    assert changed_share(small, small) == 0


def test_a_frame_lies_beside_a_cut_when_a_neighbour_is_of_another_take() -> None:
    a, b, c = ScenePosition(0, 0), ScenePosition(1, 0), ScenePosition(2, 1)
    assert CutSide.of(None, a, None) is CutSide.NONE
    assert CutSide.of(a, a, a) is CutSide.NONE
    assert CutSide.of(a, a, b) is CutSide.CUT
    assert CutSide.of(a, b, b) is CutSide.CUT
    assert CutSide.of(b, c, c) is CutSide.NEW_SCENE
    assert CutSide.of(b, c, a) is CutSide.NEW_SCENE
