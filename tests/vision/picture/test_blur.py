"""Which pictures are full of shapes without a sharp edge."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.vision.pictures import frame_of

from passerby.media.layout import Layout
from passerby.vision.picture.blur import is_blurred


def grey_frame(grey):
    return frame_of(np.repeat(grey[:, :, None], 3, axis=2), Layout.RGB)


def heads(*, every_px: int, blur_px: float, size: tuple[int, int] = (480, 640)):
    """Return a picture with a head every so many px, blurred."""
    grey = np.full(size, 60, np.uint8)
    tones = np.random.default_rng(5)
    for y in range(0, size[0], every_px):
        for x in range(0, size[1], every_px):
            cv2.ellipse(grey, (x, y), (every_px // 3, every_px // 2), 0, 0, 360, int(tones.integers(100, 240)), -1)
    return cv2.GaussianBlur(grey, (0, 0), blur_px) if blur_px else grey


@pytest.mark.parametrize(("blur_px", "blurred"), [(0, False), (2, True), (4, True)])
@pytest.mark.parametrize("every_px", [24, 40])
def test_a_picture_full_of_heads_is_blurred_if_none_has_a_sharp_edge(every_px, blur_px, blurred):
    assert is_blurred(grey_frame(heads(every_px=every_px, blur_px=blur_px))) is blurred


def test_one_sharp_part_of_a_tenth_is_enough():
    grey = heads(every_px=40, blur_px=3)
    assert is_blurred(grey_frame(grey))
    grey[:, :130] = heads(every_px=24, blur_px=0)[:, :130]
    assert not is_blurred(grey_frame(grey))


def test_an_empty_wall_shows_nothing_that_could_be_blurred():
    assert not is_blurred(grey_frame(np.full((480, 640), 128, np.uint8)))
