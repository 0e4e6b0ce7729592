"""The nets' small pictures: where things lie in them, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.vision.pictures import frame_of

from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.vision.boxes import canvas_size, keep_best
from passerby.vision.sampling import LARGEST_GAIN, Region, luma, sample, stretched

layouts = st.sampled_from(list(Layout))
sides = st.integers(200, 700)
shares = st.tuples(st.floats(0.0, 0.6), st.floats(0.0, 0.6), st.floats(0.2, 0.4), st.floats(0.2, 0.4))


def with_box(width: int, height: int, box: Region, layout: Layout) -> Frame:
    rgb = np.full((height, width, 3), 40, np.uint8)
    rgb[box[1] : box[3], box[0] : box[2]] = 220
    return frame_of(rgb, layout)


def bright(rgb: np.ndarray) -> list[list[float]]:
    """Bounds of what is brighter than the middle between box and ground, to a part of a pixel."""
    light = np.clip((rgb.mean(axis=2) - 40) / 180, 0, 1) * (rgb.std(axis=2) < 60)
    light[rgb.mean(axis=2) == 114] = 0  # padding
    columns, rows = light.max(axis=0), light.max(axis=1)
    return [
        [
            float(np.flatnonzero(line > 0.5)[0]) if end == 0 else float(np.flatnonzero(line > 0.5)[-1] + 1)
            for end in (0, 1)
            for line in (columns, rows)
        ]
    ]


@settings(max_examples=60)
@given(layouts, sides, sides, shares, st.integers(2, 10), st.integers(2, 10))
@example(Layout.YUV420, 641, 481, (0.0, 0.0, 0.3, 0.3), 5, 5)
@example(Layout.YUV420_10, 699, 201, (0.6, 0.6, 0.4, 0.4), 3, 9)
def test_a_box_comes_back_to_where_it_was_drawn(
    layout: Layout, width: int, height: int, where: tuple[float, float, float, float], across: int, down: int
) -> None:
    x, y = int(where[0] * width), int(where[1] * height)
    box = (x, y, x + int(where[2] * width), y + int(where[3] * height))
    picture = sample(with_box(width, height, box, layout), 32 * across, 32 * down)
    got = picture.to_frame(np.array(bright(picture.rgb), np.float32))[0]
    within = 1 + max(picture.scale_x, picture.scale_y)
    assert np.abs(got - box).max() <= within


@settings(max_examples=40)
@given(layouts, sides, sides, st.integers(0, 40), st.integers(0, 40))
def test_a_box_in_a_region_comes_back_to_where_it_was_drawn(
    layout: Layout, width: int, height: int, left: int, top: int
) -> None:
    region = (2 * left, 2 * top, width - 10, height - 10)
    box = (region[0] + 20, region[1] + 20, region[0] + 60, region[1] + 70)
    picture = sample(with_box(width, height, box, layout), 192, 192, region=region)
    got = picture.to_frame(np.array(bright(picture.rgb), np.float32))[0]
    assert np.abs(got - box).max() <= 1 + max(picture.scale_x, picture.scale_y)


@given(layouts, st.integers(1, 300), st.integers(1, 300), st.integers(1, 10), st.integers(1, 10))
@settings(max_examples=60)
@example(Layout.YUV420, 1, 1, 1, 1)
@example(Layout.YUV420_10, 1, 300, 10, 1)
def test_any_picture_fits_its_canvas_in_its_proportions(
    layout: Layout, width: int, height: int, across: int, down: int
) -> None:
    frame = frame_of(np.full((height, width, 3), 200, np.uint8), layout)
    picture = sample(frame, 32 * across, 32 * down)
    assert picture.rgb.shape == (32 * down, 32 * across, 3)
    assert picture.rgb.dtype == np.uint8
    corner = picture.to_frame(np.array([[0, 0, 32 * across, 32 * down]], np.float32))[0]
    assert corner[2] >= width - 1e-3
    assert corner[3] >= height - 1e-3
    assert (picture.rgb[0, 0] != 114).any()


@pytest.mark.parametrize("layout", list(Layout))
def test_colours_arrive_as_they_are(layout: Layout) -> None:
    rgb = np.zeros((64, 96, 3), np.uint8)
    rgb[:, :32], rgb[:, 32:64], rgb[:, 64:] = (200, 40, 40), (40, 200, 40), (40, 40, 200)
    rgb[:8], rgb[8:16] = 0, 255  # of full contrast, as it is left alone
    got = sample(frame_of(rgb, layout), 96, 64).rgb
    for column in (16, 48, 80):
        assert np.abs(got[32, column].astype(int) - rgb[32, column]).max() <= 4


@pytest.mark.parametrize("layout", list(Layout))
def test_luma_is_brightness_at_any_size(layout: Layout) -> None:
    rgb = np.zeros((50, 80, 3), np.uint8)
    rgb[:, 40:] = 180
    small = luma(frame_of(rgb, layout), 20, 12)
    assert small.shape == (12, 20)
    assert small.dtype == np.uint8
    assert small[:, :9].max() < 40
    assert 150 < small[:, 11:].min() <= small.max() < 190


@given(st.integers(1, 8000), st.integers(1, 8000), st.integers(64, 2000), st.sampled_from([32, 64]))
def test_a_canvas_holds_the_picture_at_the_size_that_was_asked_for(
    width: int, height: int, long_side: int, multiple: int
) -> None:
    columns, rows = canvas_size(width, height, long_side=long_side, multiple=multiple)
    assert columns % multiple == rows % multiple == 0
    assert min(columns, rows) >= multiple
    assert long_side <= max(columns, rows) < long_side + multiple
    ratio = long_side / max(width, height)
    assert columns >= round(width * ratio)
    assert rows >= round(height * ratio)


def test_of_boxes_on_one_place_the_best_is_kept() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [40, 0, 50, 10]], np.float32)
    assert keep_best(boxes, np.array([0.5, 0.9, 0.3], np.float32), overlap=0.5).tolist() == [1, 2]
    assert keep_best(boxes, np.array([0.5, 0.9, 0.3], np.float32), overlap=0.95).tolist() == [1, 0, 2]
    assert not len(keep_best(boxes[:0], np.empty(0, np.float32), overlap=0.5))


@given(st.integers(0, 120), st.integers(20, 80))
def test_a_faint_picture_is_stretched_and_keeps_its_order(dark: int, contrast: int) -> None:
    steps = np.linspace(dark, dark + contrast, 64).astype(np.uint8)
    rgb = np.repeat(np.tile(steps, (48, 1))[..., None], 3, axis=2)
    bright = stretched(rgb).astype(int)
    assert np.ptp(bright) >= min(LARGEST_GAIN * contrast * 0.9, 200)
    assert (np.diff(bright[0, :, 0]) >= 0).all()


def test_a_picture_of_full_contrast_stays_as_it_is() -> None:
    rgb = np.repeat(np.tile(np.arange(0, 256, 4, np.uint8), (48, 1))[..., None], 3, axis=2)
    assert stretched(rgb) is rgb


@settings(max_examples=40)
@given(layouts, sides, sides, shares, st.integers(1, 40))
def test_a_box_beside_mirrored_columns_comes_back_to_where_it_was_drawn(
    layout: Layout, width: int, height: int, where: tuple[float, float, float, float], mirrored: int
) -> None:
    x, y = int((0.2 + where[0] / 3) * width), int(where[1] * height)
    box = (x, y, x + int(where[2] * width), y + int(where[3] * height))
    picture = sample(with_box(width, height, box, layout), 320 + 2 * mirrored, 320, mirrored=mirrored)
    inner = bright(picture.rgb[:, mirrored : mirrored + round(width / picture.scale_x)])
    got = picture.to_frame(np.array(inner, np.float32) + np.array([mirrored, 0, mirrored, 0], np.float32))[0]
    assert np.abs(got - box).max() <= 1 + max(picture.scale_x, picture.scale_y)


def test_who_is_cut_in_half_by_the_side_border_is_whole_in_the_mirror() -> None:
    half = with_box(320, 320, (0, 100, 10, 200), Layout.RGB)
    columns = np.flatnonzero(sample(half, 368, 320, mirrored=24).rgb[150, :, 0] > 130)
    assert columns[0] == 14
    assert columns[-1] == 33
