"""A drawn region follows what is in it, says when it lost it, and gives the same answer each time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from passerby.vision.picture.patch_follower import PatchFollower


def scenes(count, *, step=(2.0, 1.0), growth=0.0, hidden=range(0)):
    """Pictures with a textured patch that moves over a textured ground, and where the patch is."""
    rng = np.random.default_rng(5)
    ground = cv2.GaussianBlur(rng.integers(0, 255, (160, 240), np.uint8), (0, 0), 2)
    patch = cv2.GaussianBlur(rng.integers(0, 255, (40, 20), np.uint8), (0, 0), 1.5)
    pictures, boxes = [], []
    for index in range(count):
        side = 1 + growth * index
        width, height = round(20 * side), round(40 * side)
        x, y = round(30 + step[0] * index), round(40 + step[1] * index)
        picture = ground.copy()
        if index not in hidden:
            picture[y : y + height, x : x + width] = cv2.resize(patch, (width, height))
        pictures.append(picture)
        boxes.append((x, y, x + width, y + height))
    return pictures, boxes


def overlap(one, two):
    across = max(0.0, min(one[2], two[2]) - max(one[0], two[0]))
    down = max(0.0, min(one[3], two[3]) - max(one[1], two[1]))
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, two)]
    return across * down / (sum(areas) - across * down)


def followed(pictures, box):
    follower = PatchFollower(pictures[0], box)
    return [follower.next(picture) for picture in pictures[1:]]


@pytest.mark.parametrize("step", [(2.0, 1.0), (0.0, 0.0), (4.0, -0.5)])
def test_a_moving_patch_is_followed(step):
    pictures, boxes = scenes(30, step=step)
    answers = followed(pictures, boxes[0])
    assert all(each.sure for each in answers)
    assert min(overlap(each.box_px, box) for each, box in zip(answers, boxes[1:], strict=True)) > 0.7


def test_a_patch_is_followed_backwards_in_time():
    pictures, boxes = scenes(30)
    answers = followed(pictures[::-1], boxes[-1])
    assert overlap(answers[-1].box_px, boxes[0]) > 0.7


def test_a_growing_patch_grows_the_region():
    pictures, boxes = scenes(30, step=(1.0, 0.0), growth=0.012)
    last = followed(pictures, boxes[0])[-1].box_px
    assert last[3] - last[1] > 45
    assert overlap(last, boxes[-1]) > 0.6


def test_a_patch_that_is_hidden_is_lost_and_found_again():
    pictures, boxes = scenes(30, hidden=range(12, 18))
    answers = followed(pictures, boxes[0])
    assert not any(each.sure for each in answers[12:16])
    assert answers[-1].sure
    assert overlap(answers[-1].box_px, boxes[-1]) > 0.6


def test_the_same_pictures_give_the_same_places():
    pictures, boxes = scenes(20)
    assert followed(pictures, boxes[0]) == followed(pictures, boxes[0])


@pytest.mark.parametrize("box", [(-30, -30, -10, -10), (0, 0, 1, 1), (239, 159, 240, 160), (-500, -500, 900, 900)])
def test_regions_at_and_beyond_the_border_are_no_error(box):
    pictures, _ = scenes(5)
    answers = followed(pictures, box)
    assert all(np.isfinite(each.box_px).all() for each in answers)


def test_pictures_without_contrast_are_no_error():
    flat = [np.full((60, 80), 90, np.uint8)] * 4
    assert not any(each.sure for each in followed(flat, (10, 10, 30, 30)))
