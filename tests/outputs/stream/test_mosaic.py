from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.health.status import Redaction
from passerby.outputs.stream.mosaic import WIDEST, MosaicComposer, grid_for
from passerby.outputs.stream.wall import WallPicture


def plain(luma, *, size=(320, 180), time_s=1.0):
    width, height = size
    packed = np.full(width * height * 3 // 2, 128, np.uint8)
    packed[: width * height] = luma
    return WallPicture(packed, width, height, time_s, Redaction.ACTIVE)


def luma_of(mosaic, pictures):
    grid = mosaic.grid
    return mosaic.packed(pictures)[: grid.width * grid.height].reshape(grid.height, grid.width)


@given(st.integers(0, 400))
def test_every_camera_has_its_place_in_a_picture_that_players_take(count):
    grid = grid_for(count)
    assert grid.columns * grid.rows >= count
    assert grid.columns * (grid.rows - 1) < max(count, 1)
    assert grid.width <= WIDEST
    assert grid.width % 4 == 0
    assert grid.height % 2 == 0


@pytest.mark.parametrize("count", [1, 3, 5, 64])
def test_each_picture_stands_in_its_tile_and_nowhere_else(count):
    mosaic = MosaicComposer([f"camera-{index}" for index in range(count)])
    grid = mosaic.grid
    index = count - 1
    luma = luma_of(mosaic, {f"camera-{index}": plain(200)})
    left, top = index % grid.columns * grid.tile_width, index // grid.columns * grid.tile_height
    tile = luma[top : top + grid.tile_height, left : left + grid.tile_width]
    assert (tile == 200).all()
    assert np.count_nonzero(luma == 200) == tile.size


def test_who_has_no_picture_is_slate_and_a_stranger_is_not_shown():
    luma = luma_of(MosaicComposer(["door", "hall"]), {"door": plain(200), "stranger": plain(250)})
    assert set(np.unique(luma).tolist()) == {200, int(luma[-1, -1])}
    assert 40 < luma[-1, -1] < 70


@pytest.mark.parametrize("size", [(320, 240), (180, 320), (32, 18), (320, 60)])
def test_pictures_keep_their_proportions(size):
    mosaic = MosaicComposer(["door"])
    luma = luma_of(mosaic, {"door": plain(200, size=size)})
    rows, columns = np.nonzero(luma == 200)
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    assert width / height == pytest.approx(size[0] / size[1], rel=0.05)
    assert width == mosaic.grid.tile_width or height == mosaic.grid.tile_height
