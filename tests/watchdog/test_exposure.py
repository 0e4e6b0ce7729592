"""The bound holds: in simulated weeks with exposures of all lengths it is above the truth at least 95 % of the time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.watchdog.exposure import DetectionChance, exposed_head_frames_per_h
from passerby.watchdog.standing import bounded
from passerby.watchdog.tally import LookTally

CHANCE = DetectionChance(80, 100)
DAY = LookTally(looks=2880, frames=864_000, watched_s=86_400)


def test_without_a_look_nothing_is_said_and_never_zero():
    assert exposed_head_frames_per_h(LookTally(), CHANCE) is None
    assert exposed_head_frames_per_h(LookTally(frames=100, watched_s=10), CHANCE) is None
    bound = exposed_head_frames_per_h(DAY, CHANCE)
    assert bound is not None
    assert bound > 0


def test_what_could_not_be_inspected_counts_as_exposed():
    blind = exposed_head_frames_per_h(LookTally(looks=2879, missed=1, frames=864_000, watched_s=86_400), CHANCE)
    seen = LookTally(looks=2880, exposed=1, most_heads=1, frames=864_000, watched_s=86_400)
    assert blind == exposed_head_frames_per_h(seen, CHANCE)
    all_blind = exposed_head_frames_per_h(LookTally(missed=50, frames=36_000, watched_s=3600), CHANCE)
    assert all_blind == 36_000  # every frame may be exposed


def test_a_watchdog_that_was_never_seen_to_find_anybody_proves_nothing():
    assert exposed_head_frames_per_h(DAY, DetectionChance(0, 0)) == 36_000
    assert exposed_head_frames_per_h(DAY, DetectionChance(0, 50)) == 36_000


@given(st.integers(0, 50), st.integers(1, 3000), st.integers(1, 5))
def test_the_bound_grows_with_findings_and_shrinks_with_looks(exposed, more, heads):
    looks = exposed + more
    found = LookTally(looks=looks, exposed=exposed, most_heads=heads, frames=864_000, watched_s=86_400)
    bound = exposed_head_frames_per_h(found, CHANCE)
    worse = exposed_head_frames_per_h(found + LookTally(looks=1, exposed=1, most_heads=heads), CHANCE)
    better = exposed_head_frames_per_h(found + LookTally(looks=1), CHANCE)
    assert better <= bound <= worse


@pytest.mark.parametrize("burst", [1, 5, 50])
@pytest.mark.parametrize("share", [0.0005, 0.003, 0.02])
def test_in_simulated_days_the_bound_holds(burst, share):
    """The chance of detection is unknown to the watchdog but for planted heads, as in reality."""
    random = np.random.default_rng([burst, round(share * 10_000)])
    frames, slots, chance, held = 96_000, 960, 0.8, 0
    for _ in range(200):
        exposed = np.zeros(frames, np.bool_)
        for start in random.integers(0, frames - burst, random.poisson(share * frames / burst)):
            exposed[start : start + burst] = True
        drawn = np.arange(slots) * (frames // slots) + random.integers(0, frames // slots, slots)
        found = int((exposed[drawn] & (random.random(slots) < chance)).sum())
        planted = DetectionChance(int(random.binomial(100, chance)), 100)
        tally = LookTally(looks=slots, exposed=found, most_heads=int(found > 0), frames=frames, watched_s=frames / 10)
        bound = exposed_head_frames_per_h(tally, planted)
        held += bound >= exposed.sum() / (frames / 10) * 3600
    assert held >= 190


@pytest.mark.parametrize(
    "wrong", [{"looks": -1}, {"looks": 1, "exposed": 2}, {"looks": 1, "exposed": 1}, {"watched_s": float("nan")}]
)
def test_counts_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="impossible counts"):
        LookTally(**wrong)


def test_chances_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="3 of 2"):
        DetectionChance(3, 2)


@given(st.floats(1e-6, 1e9))
def test_rounding_never_makes_a_bound_smaller(value):
    assert value <= float(bounded(value)) * (1 + 1e-9)
    assert float(bounded(value)) <= value * 1.11
