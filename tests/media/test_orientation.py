"""Pictures come out upright."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from passerby.media.orientation import Orientation, of_exif, of_matrix

PICTURE = np.arange(12, dtype=np.uint8).reshape(3, 4)


def matrix(a: float, b: float, c: float, d: float) -> bytes:
    one = 1 << 16
    return np.array([a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30]).astype(np.int32).tobytes()


@pytest.mark.parametrize("tag", range(10))
def test_exif_orientations_agree_with_pillow(tag: int):
    exif = Image.Exif()
    exif[274] = tag
    memory = io.BytesIO()
    Image.fromarray(PICTURE).save(memory, "PNG", exif=exif)
    assert np.array_equal(of_exif(tag).apply(PICTURE), np.asarray(ImageOps.exif_transpose(Image.open(memory))))


@given(st.integers(0, 3), st.booleans(), st.floats(-40, 40))
def test_a_matrix_near_a_quarter_turn_is_that_turn(quarters: int, mirrored: bool, off_degrees: float):
    angle = np.radians(90 * quarters + off_degrees)
    sign = -1 if mirrored else 1
    got = of_matrix(matrix(sign * np.cos(angle), sign * np.sin(angle), -np.sin(angle), np.cos(angle)))
    assert got == Orientation(quarters, mirrored)


def test_a_matrix_of_zeros_leaves_the_picture_alone():
    assert of_matrix(bytes(36)).is_upright


def test_turned_planes_cannot_be_written():
    assert not Orientation(1).apply(PICTURE).flags.writeable
