"""A metric lattice over a picture, and where a metre has enough pixels."""

from __future__ import annotations

import numpy as np
import pytest

from passerby.measure.ground import Ground
from passerby.measure.lattice import MOST_LINES, lattice, trusted

SIZE = (640, 360)


def level_ground(px_per_m):
    """Return a ground that a camera looks straight down on."""
    seen = np.array([[0, 0], [640, 0], [640, 360], [0, 360]], np.float64)
    return Ground.from_points(seen, seen * (1, -1) / px_per_m)


@pytest.fixture
def tilted():
    """A hall of 8 by 10 m, whose far end is narrow in the picture."""
    seen = np.array([[80, 350], [560, 350], [430, 120], [210, 120]], np.float64)
    return Ground.from_points(seen, np.array([[0, 0], [8, 0], [8, 10], [0, 10]], np.float64))


def test_lines_of_a_level_ground_are_straight_and_a_step_apart():
    found = lattice(level_ground(50.0), SIZE, least_px_per_m=5)
    assert found.step_m == 0.5
    upright = sorted({round(float(line[0, 0]), 1) for line in found.lines_px if np.ptp(line[:, 0]) < 1e-6})
    assert upright == pytest.approx([25.0 * number for number in range(26)])


def test_lines_lie_where_the_ground_puts_them_and_within_the_picture(tilted):
    found = lattice(tilted, SIZE, least_px_per_m=5)
    for line in found.lines_px:
        assert ((line >= 0) & (line <= SIZE)).all()
        on_ground = tilted.to_ground(line)
        offs = [
            np.abs(on_ground[:, axis] / found.step_m - np.round(on_ground[:, axis] / found.step_m)) for axis in (0, 1)
        ]
        assert min(off.max() for off in offs) < 1e-6
    assert len(found.lines_px) > 10


def test_a_lattice_never_hides_the_picture():
    found = lattice(level_ground(0.5), SIZE, least_px_per_m=0.1)
    assert found.step_m == 50.0
    assert len(found.lines_px) <= 2 * (MOST_LINES + 1)
    assert len(lattice(level_ground(0.001), SIZE, least_px_per_m=0.0001).lines_px) <= 2 * (MOST_LINES + 1)


def test_where_a_metre_has_too_few_pixels_nothing_is_drawn_or_trusted():
    ground = level_ground(4.0)
    assert lattice(ground, SIZE, least_px_per_m=5).lines_px == ()
    assert len(trusted(ground, SIZE, least_px_per_m=5)) == 0


def test_the_trusted_region_is_what_has_enough_pixels(tilted):
    found = trusted(tilted, SIZE, least_px_per_m=20)
    points = np.random.default_rng(5).uniform((0, 0), SIZE, (4000, 2))
    inside = np.zeros(len(points), np.bool_)
    for left, top, right, bottom in found:
        inside |= ((points >= (left, top)) & (points < (right, bottom))).all(axis=1)
    enough = np.nan_to_num(tilted.px_per_m(points)) >= 20
    assert 0.1 < enough.mean() < 0.9
    assert (inside == enough).mean() > 0.97  # cells have a size
