"""Small pictures of covered ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from tests.redact.pictures import frame_of

from passerby.errors import OutputError
from passerby.health.status import Redaction
from passerby.media.layout import Layout
from passerby.outputs.stream.wall import WallPicture, wall_picture
from passerby.redact.redactor import blackout, notice

TICK = Fraction(1, 1_000_000)


@pytest.mark.parametrize(
    ("size", "small"),
    [((1280, 720), (320, 180)), ((321, 181), (320, 180)), ((160, 120), (160, 120)), ((90, 720), (90, 720))],
)
def test_it_keeps_proportions_and_is_never_enlarged(size: tuple[int, int], small: tuple[int, int]) -> None:
    frame = notice(["door"], height=size[1], width=size[0], pts=5_000_000, time_base=TICK)
    picture = wall_picture(frame, Redaction.NONE)
    assert (picture.width, picture.height, picture.time_s) == (*small, 5.0)


def test_pictures_of_ten_bits_become_pictures_of_eight() -> None:
    frame = frame_of(Layout.YUV420_10, (48, 64))
    small = wall_picture(blackout(frame, "test"), Redaction.WHOLE)
    eight = wall_picture(blackout(frame_of(Layout.YUV420, (48, 64)), "test"), Redaction.WHOLE)
    assert np.abs(small.packed.astype(int) - eight.packed).max() <= 1


def test_an_rgb_picture_is_refused() -> None:
    with pytest.raises(OutputError, match="YUV"):
        wall_picture(blackout(frame_of(Layout.RGB, (48, 64)), "test"), Redaction.WHOLE)


def test_samples_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(OutputError, match="320x180"):
        WallPicture(np.zeros(7, np.uint8), 320, 180, 0.0, Redaction.ACTIVE)
