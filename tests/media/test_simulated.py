from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from passerby.errors import RefusedError
from passerby.media.simulated import VENUES, SimulatedCamera


@pytest.mark.parametrize("name", VENUES)
def test_a_venue_shows_people_where_they_stand(name):
    pytest.importorskip("jupedsim")
    camera = SimulatedCamera(name)
    empty = camera._empty.astype(int)
    for arrival in islice(camera, 5):
        picture = arrival.picture.to_ndarray(format="bgr24").astype(int)
        assert len(camera.positions_m) > 3
        for place in camera.positions_m:
            x, y, w = camera.ground_to_image @ [*place, 1]
            left, foot = round(x / w), round(y / w)
            drawn = np.abs(picture - empty).sum(axis=2)[max(0, foot - 20) : foot, max(0, left - 2) : left + 3]
            assert not drawn.size or drawn.max() > 30


def test_the_same_people_come_at_each_start():
    pytest.importorskip("jupedsim")
    first, second = ([a.picture.to_ndarray() for a in islice(SimulatedCamera("plaza"), 3)] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_people_walk_at_walking_speed():
    pytest.importorskip("jupedsim")
    camera = SimulatedCamera("platform")
    pictures = iter(camera)
    next(pictures)
    before = camera.positions_m
    next(pictures)
    moves = [np.hypot(*(camera.positions_m - place).T).min() for place in before]
    assert 0.02 < np.median(moves) < 0.25


def test_an_unknown_venue_is_refused_with_those_there_are():
    with pytest.raises(RefusedError, match="plaza, platform"):
        SimulatedCamera("moon")
