"""The upper bound of Clopper and Pearson, against what defines it."""

from __future__ import annotations

import numpy as np
import pytest

from passerby.evaluate.bound import upper_bound


@pytest.mark.parametrize("heads", [100, 1000, 4650])
def test_without_a_miss_at_most_three_in_n_are_proved(heads):
    assert upper_bound(0, heads) == pytest.approx(3 / heads, rel=0.02)
    assert upper_bound(0, heads) == pytest.approx(1 - 0.05 ** (1 / heads))


@pytest.mark.parametrize(("misses", "heads"), [(1, 40), (7, 300), (30, 1000)])
def test_at_the_bound_so_few_misses_have_a_chance_of_one_in_twenty(misses, heads):
    share = upper_bound(misses, heads)
    drawn = np.random.default_rng(7).binomial(heads, share, 200_000)
    assert (drawn <= misses).mean() == pytest.approx(0.05, abs=0.003)


def test_more_misses_and_fewer_heads_prove_less():
    assert upper_bound(0, 500) < upper_bound(1, 500) < upper_bound(2, 500)
    assert upper_bound(0, 500) < upper_bound(0, 100)
    assert upper_bound(5, 5) == upper_bound(0, 0) == 1.0
