"""Cover: shapes are checked, and nothing takes cover away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.redact.pictures import cover_of, covers, sizes

from passerby.errors import RedactionError
from passerby.redact.mask import Cover

NO_BODIES = np.empty(0, np.bool_)


@pytest.mark.parametrize(
    ("boxes", "bodies", "polygons"),
    [
        (np.zeros((1, 4), np.int32), NO_BODIES, ()),
        (np.zeros(4, np.int32), np.ones(4, np.bool_), ()),
        (np.zeros((1, 4), np.int64), np.ones(1, np.bool_), ()),
        (np.array([[5, 5, 4, 9]], np.int32), np.ones(1, np.bool_), ()),
        (np.empty((0, 4), np.int32), NO_BODIES, (np.zeros((2, 2), np.int32),)),
        (np.empty((0, 4), np.int32), NO_BODIES, (np.zeros((3, 2), np.float32),)),
    ],
    ids=["bodies missing", "flat", "dtype", "inside out", "two points", "polygon dtype"],
)
def test_nonsense_is_refused(boxes: np.ndarray, bodies: np.ndarray, polygons: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(RedactionError, match="cover"):
        Cover(boxes, bodies, polygons)


@given(sizes, covers(), covers())
def test_cover_only_grows_when_more_is_joined(size: tuple[int, int], first: Cover, second: Cover) -> None:
    both = first.join(second)
    either = first.raster(*size) | second.raster(*size)
    assert np.array_equal(both.raster(*size), either)
    assert np.array_equal(second.join(first).raster(*size), either)
    assert len(both.bodies) == len(first.bodies) + len(second.bodies)


@given(covers())
def test_a_whole_cover_stays_whole_whatever_is_joined(cover: Cover) -> None:
    assert cover.join(Cover.all("late")).whole == "late"
    assert Cover.all("late").join(cover).share(5, 5) == 1.0
    assert Cover.joined([]).share(5, 5) == 0.0


@given(sizes, covers())
def test_clipping_takes_nothing_away_inside_the_picture(size: tuple[int, int], cover: Cover) -> None:
    clipped = cover.clipped(*size)
    assert np.array_equal(clipped.raster(*size), cover.raster(*size))
    height, width = size
    assert (clipped.boxes_px >= 0).all()
    assert (clipped.boxes_px <= [width, height, width, height]).all()


@given(sizes, covers())
def test_share_counts_overlaps_once(size: tuple[int, int], cover: Cover) -> None:
    assert cover.share(*size) == pytest.approx(cover.raster(*size).mean())


@given(sizes, covers(), st.integers(1, 4))
def test_scaling_the_picture_scales_the_cover(size: tuple[int, int], cover: Cover, factor: int) -> None:
    boxes_only = Cover(cover.boxes_px, cover.bodies)
    height, width = size
    large = boxes_only.scaled(factor, factor).raster(height * factor, width * factor)
    assert np.array_equal(large, boxes_only.raster(*size).repeat(factor, 0).repeat(factor, 1))


@given(sizes, covers(), st.floats(0.3, 3), st.floats(0.3, 3))
def test_scaling_never_uncovers_a_pixel_of_a_box(
    size: tuple[int, int], cover: Cover, across: float, down: float
) -> None:
    scaled = cover.scaled(across, down)
    height, width = size
    for box, old in zip(scaled.boxes_px, cover.boxes_px * [across, down, across, down], strict=True):
        assert (box[:2] <= old[:2] + 1e-9).all()
        assert (box[2:] >= old[2:] - 1e-9).all()
    assert scaled.clipped(height, width).share(height, width) <= 1.0


def test_a_polygon_covers_its_edge() -> None:
    mask = cover_of(polygons=([(2, 1), (6, 1), (6, 4)],)).raster(8, 8)
    assert mask[1, 2:7].all()
    assert mask[1:5, 6].all()
    assert not mask[5:].any()
