from __future__ import annotations

import numpy as np
import pytest
from benchmarks.covers import Covered, FrameCover


def test_an_ellipse_touches_the_middle_of_its_box_and_leaves_the_corners():
    mask = FrameCover(ellipses=[[10, 20, 30, 60]]).raster(80, 40)
    assert mask[40, 20] == 1
    assert mask[20:60, 10:30].mean() == pytest.approx(np.pi / 4, abs=0.05)
    assert not mask[[20, 20, 59, 59], [10, 29, 10, 29]].any()
    assert mask.sum() == mask[20:60, 10:30].sum()


def test_a_box_over_the_border_covers_up_to_the_last_row_and_column():
    mask = FrameCover(boxes=[[-5, -5, 3, 3], [17, 17, 99, 99]]).raster(20, 20)
    assert mask[:3, :3].all()
    assert mask[17:, 17:].all()
    assert mask.sum() == 18


def test_shares_are_those_of_the_part_within_the_picture():
    covered = Covered(FrameCover(boxes=[[0, 0, 10, 20]]).raster(20, 20))
    assert covered.area == 0.5
    assert covered.share([5, 0, 15, 20]) == 0.5
    assert covered.share([-10, -10, 10, 40]) == 1.0
    assert covered.share([12, 3, 12, 3]) == 1.0, "a box without a pixel shows none"


def test_a_frame_covered_whole_leaves_nothing():
    assert FrameCover(whole=True).raster(7, 9).all()
