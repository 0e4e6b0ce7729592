"""Bits that a stream spends on a pixel: over whole groups of pictures, and fair to scenes at rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.media.camera.bits import LEAST_PICTURES, MOST_PICTURES, BitCounter

PIXELS = 1000


def counted(sizes: list[int], *, every: int, pixels: int = PIXELS) -> BitCounter:
    """Count pictures of these sizes, bytes; one in `every` is a keyframe."""
    counter = BitCounter()
    for number, size in enumerate(sizes):
        counter.add(size, key=number % every == 0, pixels=pixels)
    return counter


@given(st.lists(st.integers(1, 10_000), min_size=2 * LEAST_PICTURES, max_size=60), st.integers(1, 15))
def test_a_stream_has_at_least_the_bits_of_its_mean_picture_and_no_more_than_of_its_largest(
    sizes: list[int], every: int
) -> None:
    known = counted(sizes, every=every).bits_per_pixel
    assert 8 * min(sizes) / PIXELS <= known or not known
    assert known <= 8 * max(sizes) / PIXELS


def test_of_a_scene_at_rest_the_key_pictures_tell_how_fine_it_is() -> None:
    fine = counted(([6000] + [10] * 24) * 2 + [6000], every=25)
    coarse = counted(([600] + [10] * 24) * 2 + [600], every=25)
    moving = counted(([6000] + [2000] * 24) * 2 + [6000], every=25)
    assert fine.bits_per_pixel == pytest.approx(8 * 1.0)
    assert coarse.bits_per_pixel == pytest.approx(8 * 0.1)
    assert moving.bits_per_pixel == pytest.approx(8 * 2.16)


def test_nothing_is_known_before_a_group_is_whole_nor_after_another_size_has_come() -> None:
    counter = counted([500] * 25, every=25)
    assert not counter.bits_per_pixel
    counter.add(500, key=True, pixels=PIXELS)
    assert counter.bits_per_pixel
    counter.add(500, key=True, pixels=4 * PIXELS)
    assert not counter.bits_per_pixel


def test_a_stream_without_further_key_pictures_is_known_all_the_same() -> None:
    assert counted([500] * (MOST_PICTURES + 1), every=10_000).bits_per_pixel == pytest.approx(4.0)


def test_a_stream_that_does_not_tell_its_size_is_no_error() -> None:
    assert counted([500] * 30, every=10, pixels=0).bits_per_pixel > 1
