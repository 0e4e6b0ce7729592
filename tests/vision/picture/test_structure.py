"""Which cells of a picture show anything, so that somebody could be there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.vision.pictures import frame_of

from passerby.media.layout import Layout
from passerby.vision.picture.crowd import grid_shape
from passerby.vision.picture.structure import FLAT_SHARE, structured_cells

SIZE = (360, 640)
CONTRAST = 160.0


def shown(x: int, y: int, level: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the cells of a floor with a faint body of 24 x 60 px on it, and the body's cells."""
    floor = np.full((*SIZE, 3), 120, np.uint8)
    floor[y : y + 60, x : x + 24] = level
    rows, columns = grid_shape(*SIZE)
    body = np.zeros((rows, columns), np.bool_)
    top, bottom = y * rows // SIZE[0], (y + 59) * rows // SIZE[0] + 1
    left, right = x * columns // SIZE[1], (x + 23) * columns // SIZE[1] + 1
    body[top:bottom, left:right] = True
    return structured_cells(frame_of(floor, Layout.YUV420), CONTRAST), body


@given(st.integers(0, 616), st.integers(0, 300), st.sampled_from([60, 85, 155]))
def test_every_cell_of_a_faint_body_counts_and_the_floor_around_does_not(x: int, y: int, level: int) -> None:
    cells, body = shown(x, y, level)
    assert cells[body].all()
    assert cells.mean() < 0.06


def test_a_flat_picture_shows_nothing() -> None:
    flat = np.full((*SIZE, 3), 120, np.uint8)
    grain = np.random.default_rng(2).normal(0, FLAT_SHARE * CONTRAST / 4, flat.shape)
    assert not structured_cells(frame_of(flat, Layout.RGB), CONTRAST).any()
    assert not structured_cells(frame_of((flat + grain).astype(np.uint8), Layout.YUV420), CONTRAST).any()
