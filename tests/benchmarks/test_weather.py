from __future__ import annotations

import numpy as np
import pytest

from benchmarks import light, weather

STREET = np.random.default_rng(2).integers(20, 220, (96, 128, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", list(weather.WEATHER))
@pytest.mark.parametrize("strength", [0, 1])
def test_weather_is_the_same_each_time_and_keeps_the_picture_s_shape(name, strength):
    first, again = (weather.WEATHER[name](STREET, 7, strength) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.shape == STREET.shape
    assert first.dtype == np.uint8


@pytest.mark.parametrize("name", ["night", "fog", "infrared"])
def test_the_stronger_form_leaves_less_contrast(name):
    weak, strong = (weather.WEATHER[name](STREET, 0, strength).std() for strength in (0, 1))
    assert strong < weak < STREET.std()


def test_a_head_counts_until_the_light_has_wiped_out_more_than_half_of_it():
    sums = np.zeros((11, 11), np.int32)
    sums[1:, 1:] = np.cumsum(np.cumsum(np.pad(np.ones((10, 5), int), ((0, 0), (0, 5))), 0), 1)
    assert light._share(sums, (0, 0, 5, 10)) == 1.0
    assert light._share(sums, (3, 0, 7, 10)) == 0.5
    assert light._share(sums, (6, 0, 20, 10)) == 0.0
