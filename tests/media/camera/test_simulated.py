from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest

from passerby.errors import RefusedError
from passerby.media.camera.simulated import SimulatedCamera
from passerby.media.camera.walk import VENUES, packed, simulate, walk


@pytest.mark.parametrize("name", VENUES)
def test_a_venue_shows_people_where_they_stand(name):
    camera = SimulatedCamera(name)
    empty = camera._empty.astype(int)
    for arrival in islice(camera, 5):
        picture = arrival.picture.to_ndarray(format="rgb24").astype(int)
        assert len(camera.positions_m) > 2
        for place in camera.positions_m:
            x, y, w = camera.ground_to_image @ [*place, 1]
            left, foot = round(x / w), round(y / w)
            drawn = np.abs(picture - empty).sum(axis=2)[max(0, foot - 60) : foot, max(0, left - 8) : left + 9]
            assert not drawn.size or drawn.max() > 60


def test_people_of_a_recorded_walk_walk_at_walking_speed():
    moments = list(islice(walk("platform"), 301, 340))
    moves = [
        np.hypot(*(after[:, :2] - place).T).min() for before, after in pairwise(moments) for place in before[:, :2]
    ]
    assert 0.02 < np.median(moves) < 0.25


def test_the_same_people_come_at_each_fresh_start():
    pytest.importorskip("jupedsim")
    first, second = (list(islice(simulate("plaza"), 200)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("name", VENUES)
def test_a_recorded_walk_is_what_jupedsim_gave(name):
    pytest.importorskip("jupedsim")
    fresh = packed(list(islice(simulate(name), 400)))
    kept = packed(list(islice(walk(name), 400)))
    assert np.array_equal(fresh["counts"], kept["counts"])
    assert np.abs(fresh["people"][:, :2] - kept["people"][:, :2]).max() <= 2


def test_an_unknown_venue_is_refused_with_those_there_are():
    with pytest.raises(RefusedError, match="plaza, platform"):
        SimulatedCamera("moon")


@pytest.mark.usefixtures("registry_models")
def test_networks_find_the_simulated_people():
    from fractions import Fraction

    from passerby.media.frame import Frame
    from passerby.media.layout import Colour, Layout, Shape
    from passerby.vision.detections import Kind
    from passerby.vision.effort import Effort
    from passerby.vision.inspect.detector_set import covering_detectors

    camera = SimulatedCamera("plaza")
    picture = next(iter(camera)).picture.to_ndarray(format="rgb24")
    shape = Shape(1280, 720, Layout.RGB, Colour(), Fraction(10), Fraction(1, 10))
    (net, *_) = covering_detectors(shape, frozenset({Kind.PERSON}), effort=Effort.BALANCED)
    (found,) = net.detect([Frame((picture,), Layout.RGB, 0, Fraction(1, 10), "plaza")])
    boxes = found.of(frozenset({Kind.PERSON}), 0.15).boxes_px
    feet = np.column_stack([camera.positions_m, np.ones(len(camera.positions_m))]) @ camera.ground_to_image.T
    feet = feet[:, :2] / feet[:, 2:]
    hit = [((boxes[:, :2] <= foot - [0, 20]) & (foot - [0, 20] <= boxes[:, 2:])).all(axis=1).any() for foot in feet]
    assert np.mean(hit) > 0.6
