"""Levels of a copy's sound: where it is loud, where it is silent, and nothing that sound could be made of."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from tests.jobs.test_sound import RATE, clip_of, tone
from tests.media.clips import make_clip

from passerby.assembly.loudness import PER_S, _levels, loudness
from passerby.media.files.sound_block import SoundBlock


def test_levels_show_where_a_copy_is_loud_and_where_it_is_silent(tmp_path):
    quiet = np.zeros(2 * RATE, np.float32)
    path = clip_of(tmp_path / "hall.mp4", [np.concatenate([10 * tone(1), quiet, tone(1)])])
    found = loudness(path)
    assert found is not None
    assert found.per_s == PER_S
    levels = np.array(found.levels)
    assert len(levels) / PER_S == pytest.approx(4.0, abs=0.2)  # an encoder's last packet is filled up
    assert levels[2:18].min() > 45
    assert levels[22:58].max() == 0
    assert 3 < levels[63:77].min() <= levels[63:77].max() < 12
    assert levels.max() <= 100


def test_a_copy_without_sound_has_no_levels(tmp_path):
    assert loudness(make_clip(tmp_path / "hall.mp4")) is None


def test_a_block_counts_for_each_part_that_it_touches_and_times_that_cannot_be_count_for_none():
    samples = np.concatenate([np.full(200, 0.5), np.full(200, np.nan), np.full(400, -2.0)])[None].astype(np.float32)
    assert list(_levels(SoundBlock(Fraction(0), samples))) == [(0, 1.0), (1, 1.0)]
    assert list(_levels(SoundBlock(Fraction(0), samples[:, :200]))) == [(0, 0.5)]
    assert list(_levels(SoundBlock(Fraction(-5), samples))) == []
    assert list(_levels(SoundBlock(Fraction(10**9), samples))) == []
    assert list(_levels(SoundBlock(Fraction(0), samples[:, :0]))) == []
