"""Crowds too dense for boxes: which pictures count as such, and what of them is covered."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.stage import found
from tests.vision.net_files import net
from tests.vision.pictures import drawn

from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.vision.detections import Detections, Kind
from passerby.vision.picture.crowd import (
    BUSY_HITS,
    DENSE_HITS,
    FAINT_SCORE,
    cell_boxes,
    crowd_cells,
    faint_hits,
    grid_shape,
    runs,
)


@st.composite
def grids(draw: st.DrawFn) -> NDArray[np.bool_]:
    rows, columns = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    flat = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    return np.array(flat).reshape(rows, columns)


@given(grids())
def test_rectangles_hold_exactly_the_cells_and_each_once(cells: NDArray[np.bool_]) -> None:
    count = np.zeros(cells.shape, int)
    for x1, y1, x2, y2 in runs(cells).astype(int).tolist():
        count[y1:y2, x1:x2] += 1
    assert np.array_equal(count, cells.astype(int))


@given(grids(), st.integers(1, 9), st.integers(1, 9))
def test_boxes_of_cells_fill_the_picture_to_its_border(cells: NDArray[np.bool_], across: int, down: int) -> None:
    rows, columns = cells.shape
    mask = np.zeros((rows * down, columns * across), np.bool_)
    for x1, y1, x2, y2 in np.rint(cell_boxes(cells, height=rows * down, width=columns * across)).astype(int).tolist():
        mask[y1:y2, x1:x2] = True
    assert np.array_equal(mask, np.kron(cells, np.ones((down, across), np.bool_)))


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_the_grid_has_square_like_cells_and_at_least_one(height: int, width: int) -> None:
    rows, columns = grid_shape(height, width)
    assert min(rows, columns) >= 1
    assert max(rows, columns) <= 64
    if min(rows, columns) > 4:
        assert 0.8 < (height / rows) / (width / columns) < 1.25


def test_traces_of_each_kind_are_counted_by_the_net_that_reports_fewest() -> None:
    box = (10.0, 10.0, 20.0, 30.0)
    bodies, faces, cars = frozenset({Kind.PERSON, Kind.CAR}), frozenset({Kind.FACE}), frozenset({Kind.CAR})
    answers = [found(*[box] * 3), found(*[box] * 5), found(*[box] * 2, kind=Kind.FACE), found(box, kind=Kind.CAR)]
    assert faint_hits(answers, [bodies, bodies, faces, cars]) == 5
    assert faint_hits(answers[1:], [bodies, faces, cars]) == 7
    assert faint_hits([Detections.none(), answers[1]], [bodies, bodies]) == 0
    assert faint_hits([found(box, score=FAINT_SCORE / 2)], [bodies]) == 0
    assert faint_hits([], []) == 0


def test_a_crowd_is_covered_where_its_traces_lie() -> None:
    rng = np.random.default_rng(1)
    corners = rng.uniform((0, 0), (300, 170), (3000, 2))
    answer = found(*[(x, y, x + 8, y + 16) for x, y in corners.tolist()], score=0.1)
    grey = np.full((360, 640, 3), 90, np.uint8)
    frame = Frame((grey,), Layout.RGB, 0, drawn(Layout.RGB, 1.0).time_base, "grey")
    cells = crowd_cells(frame, [answer])
    assert cells.shape == grid_shape(360, 640)
    assert cells[:16, :28].all()
    assert not cells[26:, :].any()
    assert not cells[:, 44:].any()


def test_in_a_plain_picture_without_traces_no_cell_is_crowd() -> None:
    grey = np.full((90, 160, 3), 90, np.uint8)
    assert not crowd_cells(Frame((grey,), Layout.RGB, 0, Fraction(1, 25), "grey"), [Detections.none()]).any()


NETS = [("efficientdet-lite0", 640), ("efficientdet-lite0", 1024), ("centerface", 640), ("centerface", 1280)]


def looked_at(frame: Frame) -> tuple[list[Detections], int]:
    """The answers of a thorough line-up, and the faint hits of them all."""
    detectors = [net(*which) for which in NETS]
    answers = [detector.detect([frame])[0] for detector in detectors]
    return answers, faint_hits(answers, [detector.finds for detector in detectors])


@pytest.mark.data
@pytest.mark.parametrize("name", ["shtA_IMG_150", "ucf_35"])
def test_nearly_every_head_of_a_real_dense_crowd_is_covered(data_dir: Path, name: str) -> None:
    folder = data_dir / "images" / "crowd"
    (frame,) = open_source(folder / f"{name}.jpg")
    answers, hits = looked_at(frame)
    assert hits >= DENSE_HITS
    cells = crowd_cells(frame, answers)
    heads = np.loadtxt(folder / f"{name}.points.csv", delimiter=",", skiprows=1, usecols=(0, 1))
    rows = np.clip(heads[:, 1] * cells.shape[0] / frame.height, 0, cells.shape[0] - 1).astype(int)
    columns = np.clip(heads[:, 0] * cells.shape[1] / frame.width, 0, cells.shape[1] - 1).astype(int)
    assert cells[rows, columns].mean() >= 0.97


@pytest.mark.data
def test_a_few_people_in_a_real_street_are_no_crowd(data_dir: Path) -> None:
    source = open_source(data_dir / "video" / "pets_s2l1_vtest.avi")
    frame = next(islice(source, 125, None))
    source.close()
    assert 0 < looked_at(frame)[1] < BUSY_HITS
