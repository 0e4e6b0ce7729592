"""Whether people can be found in a picture: what light, weather, focus and a poor stream do to it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from benchmarks.weather import WEATHER
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.stage import plain
from tests.vision.pictures import frame_of

from passerby.media.files.video_file import open_source
from passerby.media.layout import Layout
from passerby.vision.picture.visibility import THIN_BITS, Visibility, VisibilityMonitor, measure

SIZE = (240, 320)


def street(seed: int = 3) -> NDArray[np.uint8]:
    """Grey blocks with sharp edges: contrast and focus of a street by day."""
    rng = np.random.default_rng(seed)
    picture = np.full(SIZE, 120, np.uint8)
    for x, y, width, height, level in rng.integers((0, 0, 8, 8, 20), (300, 220, 60, 60, 220), (120, 5)).tolist():
        picture[y : y + height, x : x + width] = level
    return picture


def grainy(picture: NDArray[np.uint8], sigma: float, seed: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def test_a_sharp_street_by_day_is_neither_poor_nor_blind() -> None:
    seen = measure(street(), street())
    assert not seen.poor
    assert not seen.blind


@given(st.integers(60, 200))
def test_a_plain_picture_shows_nobody_and_is_not_covered_for_it(level: int) -> None:
    assert not measure(np.full(SIZE, level, np.uint8)).blind


def test_dark_veiled_and_blurred_pictures_are_blind_and_say_why() -> None:
    day = street().astype(np.float32)
    blurred = cv2.GaussianBlur(day, (0, 0), 6.0)
    assert measure((day * 0.08).astype(np.uint8)).blind == "too dark to inspect"
    assert measure((day * 0.08 + 180).astype(np.uint8)).blind == "too little contrast to inspect"
    assert measure(blurred.astype(np.uint8)).blind == "too blurred to inspect"


def test_noise_before_a_still_camera_is_poor_and_then_blind() -> None:
    assert measure(grainy(street(), 3, 1), grainy(street(), 3, 2)).poor
    assert measure(grainy(street(), 20, 1), grainy(street(), 20, 2)).blind == "too noisy to inspect"


def test_a_moving_camera_is_not_taken_for_noise() -> None:
    texture = grainy(street(), 20, 1)
    assert not measure(np.roll(texture, 5, axis=1), texture).poor


def test_glare_that_spreads_is_poor_and_a_white_wall_is_not() -> None:
    wall = street()
    wall[:40, :160] = 255
    y, x = np.ogrid[: SIZE[0], : SIZE[1]]
    bloom = 280 * np.exp(-((x - 160) ** 2 + y**2) / (2 * 60**2))
    blinded = np.clip(street() * 0.5 + bloom, 0, 255).astype(np.uint8)
    assert not measure(wall).poor
    assert measure(blinded).harsh
    assert not measure(blinded).blind


def test_one_flaw_is_poor_and_two_are_harsh() -> None:
    day = street()
    veiled = (day * 0.3 + 120).astype(np.uint8)
    assert (measure(veiled).poor, measure(veiled).harsh) == (True, False)
    assert measure(grainy(veiled, 3, 1), grainy(veiled, 3, 2)).harsh


def test_the_grain_of_a_bare_floor_is_no_noise() -> None:
    floor = replace(measure(street()), contrast=41, noise=0.006)
    assert (floor.poor, floor.harsh) == (True, False)
    assert replace(floor, noise=0.012).harsh


@given(st.floats(0.1, 1.0), st.floats(0.0, 1.0))
def test_less_light_is_never_seen_better(share: float, less: float) -> None:
    bright, dim = ((street() * part).astype(np.uint8) for part in (share, share * less))
    assert measure(dim).poor >= measure(bright).poor
    assert measure(dim).plain or bool(measure(dim).blind) >= bool(measure(bright).blind)


@pytest.mark.parametrize(("bits", "poor"), [(0.0, False), (THIN_BITS * 0.5, True), (THIN_BITS * 4, False)])
def test_a_stream_of_few_bits_is_poor_and_one_of_unknown_bits_is_not(bits: float, poor: bool) -> None:
    rgb = np.repeat(street()[..., None], 3, axis=2)
    assert VisibilityMonitor().judge(replace(frame_of(rgb, Layout.YUV420), bits_per_pixel=bits)).poor == poor


@pytest.mark.parametrize(("detailed", "lost"), [(True, False), (False, True)])
def test_with_hardly_any_bits_nobody_can_be_inspected_unless_fine_structure_is_left(detailed: bool, lost: bool) -> None:
    large = cv2.resize(street(), (960, 720), interpolation=cv2.INTER_CUBIC)
    large = grainy(large, 9, 1) if detailed else cv2.GaussianBlur(large, (0, 0), 2.5)
    frame = frame_of(np.repeat(large.astype(np.uint8)[..., None], 3, axis=2), Layout.YUV420)
    assert VisibilityMonitor().judge(replace(frame, bits_per_pixel=0.006)).squeezed == lost
    assert not VisibilityMonitor().judge(replace(frame, bits_per_pixel=0.012)).squeezed


@given(st.integers(2, 60), st.integers(2, 60))
def test_pictures_of_any_size_are_judged_twice(height: int, width: int) -> None:
    eye = VisibilityMonitor()
    for time_ms in (0, 40):
        assert isinstance(eye.judge(plain(time_ms, size=(height, width))), Visibility)


@pytest.mark.data
@pytest.mark.parametrize(
    ("weather", "strength", "poor", "blind"),
    [
        ("clear", 0, False, ""),
        ("night", 0, True, ""),
        ("night", 1, True, "too dark to inspect"),
        ("rain", 0, True, ""),
        ("rain", 1, True, "too noisy to inspect"),
        ("infrared", 1, True, ""),
        ("smeared", 1, True, "too blurred to inspect"),
    ],
)
def test_a_real_street_in_bad_weather(data_dir: Path, weather: str, strength: int, poor: bool, blind: str) -> None:
    source = open_source(data_dir / "video" / "pets_s2l1_vtest.avi")
    eye, change = VisibilityMonitor(), WEATHER[weather]
    for number, frame in enumerate(islice(source, 2)):
        packed = np.concatenate([plane.ravel() for plane in frame.planes]).reshape(-1, frame.width)
        picture = change(cv2.cvtColor(packed, cv2.COLOR_YUV2BGR_I420).astype(np.uint8), number, strength)
        seen = eye.judge(frame_of(np.ascontiguousarray(picture[..., ::-1]), Layout.YUV420))
    source.close()
    assert (seen.poor, seen.blind) == (poor, blind)


def test_noise_lasts_and_one_change_of_a_soft_picture_is_no_noise() -> None:
    def judged(pictures: list[NDArray[np.uint8]]) -> list[bool]:
        eye = VisibilityMonitor()
        frames = (frame_of(np.repeat(each[..., None], 3, axis=2), Layout.RGB) for each in pictures)
        return [eye.judge(frame).poor for frame in frames]

    once = [street()] * 3 + [grainy(street(), 6, 1)] + [street()] * 3
    assert not any(judged(once)[3:4])
    assert all(judged([grainy(street(), 6, seed) for seed in range(6)])[1:])


def test_light_that_leaves_the_rest_of_the_picture_its_contrast_does_not_blind() -> None:
    bright = replace(measure(street()), glare=0.2, bloom=0.9)
    assert replace(bright, detail=12.0).harsh
    assert not replace(bright, detail=30.0).poor


def test_a_soft_background_is_not_poor_where_something_is_in_focus() -> None:
    soft = cv2.GaussianBlur(street(), (0, 0), 2.0)
    assert measure(soft).poor
    soft[60:180, 100:220] = street()[60:180, 100:220]
    seen = measure(soft)
    assert not seen.poor


@pytest.mark.data
def test_ordinary_photographs_never_count_as_poor(data_dir: Path) -> None:
    poor = []
    for path in sorted((data_dir / "images").glob("*/*.jpg")):
        with closing(open_source(path)) as source:
            seen = VisibilityMonitor().judge(next(iter(source)))
        if seen.poor or seen.blind:
            poor.append(path.name)
    assert not poor
