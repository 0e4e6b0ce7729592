"""What counts as a bare head."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.close_ups import head_share

FACE = (40, 40, 60, 65)


def test_a_head_is_covered_where_its_ellipse_is_whatever_is_beside_it() -> None:
    mask = np.zeros((120, 100), np.uint8)
    assert head_share(mask, FACE) == 0
    mask[25:75, 30:70] = 1
    assert head_share(mask, FACE) == 1
    mask[:, 50:] = 0
    assert head_share(mask, FACE) == pytest.approx(0.5, abs=0.05)


def test_hair_above_a_face_belongs_to_the_head() -> None:
    mask = np.zeros((120, 100), np.uint8)
    mask[40:65, 35:65] = 1
    assert head_share(mask, FACE) < 0.85


def test_a_head_outside_the_picture_is_not_bare() -> None:
    assert head_share(np.zeros((10, 10), np.uint8), FACE) == 1.0
