"""Drawn regions follow forwards and backwards from key frames; where directions disagree, both places count."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.stage import Clip
from tests.vision.picture.test_patch_follower import overlap, scenes

from passerby.pipelines import following
from passerby.pipelines.following import follow, stretches
from passerby.redact.drawn_region import DrawnRegion, KeyFrame, edges_of

COUNT = 30


class Moving(Clip):
    """Frames of a moving patch, one each 40 ms."""

    def __init__(self, pictures):
        super().__init__(range(0, 40 * len(pictures), 40), size=pictures[0].shape)
        self._pictures = pictures
        self.read = 0

    def __iter__(self):
        for frame, picture in zip(super().__iter__(), self._pictures, strict=True):
            self.read += 1
            yield replace(frame, planes=(picture, *frame.planes[1:]))


def key(boxes, index):
    x1, y1, x2, y2 = boxes[index]
    return KeyFrame(0.04 * index, ((x1, y1), (x2, y2)))


def region(*keys, from_s=0.0, to_s=0.04 * (COUNT - 1), follow=True):
    return DrawnRegion("test", keys, from_s, to_s, follow)


def test_a_region_drawn_in_the_middle_is_followed_both_ways():
    pictures, boxes = scenes(COUNT)
    mine = region(key(boxes, 15))
    found = follow(Moving(pictures), [mine])[mine]
    assert len(found.times_s) == COUNT
    for places, box in zip(found.places, boxes, strict=True):
        x1, y1, x2, y2 = edges_of(places[0])
        assert x1 <= box[0] + 2
        assert y1 <= box[1] + 2
        assert x2 >= box[2] - 2
        assert y2 >= box[3] - 2
    assert not found.lost()


def test_key_frames_that_disagree_cover_both_places():
    pictures, boxes = scenes(COUNT)
    elsewhere = KeyFrame(0.04 * 20, ((150.0, 100.0), (170.0, 140.0)))
    mine = region(key(boxes, 0), elsewhere)
    places, sure = follow(Moving(pictures), [mine])[mine].at(0.04 * 10)
    assert len(places) == 2
    assert not sure
    assert max(overlap(edges_of(place), boxes[10]) for place in places) > 0.5
    assert max(overlap(edges_of(place), (150, 100, 170, 140)) for place in places) > 0.5


def test_a_region_that_is_lost_grows():
    pictures, boxes = scenes(COUNT, hidden=range(8, COUNT))
    mine = region(key(boxes, 0))
    found = follow(Moving(pictures), [mine])[mine]
    assert found.lost()
    sizes = [float(np.ptp([y for _, y in places[0]])) for places in found.places]
    assert sizes[-1] > 1.3 * sizes[5]


def test_decoding_ends_with_the_last_region():
    pictures, boxes = scenes(COUNT)
    clip = Moving(pictures)
    follow(clip, [region(key(boxes, 2), to_s=0.2)])
    assert clip.read <= 8
    idle = Moving(pictures)
    assert follow(idle, [region(key(boxes, 2), follow=False)]) == {}
    assert not idle.read


def test_little_memory_makes_pictures_smaller_and_still_follows(monkeypatch):
    pictures, boxes = scenes(COUNT)
    monkeypatch.setattr(following, "WAITING_BYTES", 1 << 18)
    monkeypatch.setattr(following, "_LEAST_SIDE", 100)
    mine = region(key(boxes, 29))
    found = follow(Moving(pictures), [mine])[mine]
    assert overlap(edges_of(found.places[0][0]), boxes[0]) > 0.5


def test_two_runs_give_the_same_places():
    pictures, boxes = scenes(COUNT)
    regions = [region(key(boxes, 3), key(boxes, 20)), region(key(boxes, 10), from_s=0.2)]
    assert follow(Moving(pictures), regions) == follow(Moving(pictures), regions)


@pytest.mark.parametrize(("count", "expected"), [(1, 2), (3, 4)])
def test_every_moment_of_a_region_is_in_a_stretch(count, expected):
    _, boxes = scenes(COUNT)
    parts = stretches(region(*(key(boxes, 5 * (index + 1)) for index in range(count))))
    assert len(parts) == expected
    assert parts[0].start_s == 0.0
    assert all(one.end_s == two.start_s for one, two in pairwise(parts))
