"""Draws cannot be foreseen without the seed, and can be computed by anybody who has it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.errors import OutputError
from passerby.watchdog.schedule import DrawSchedule, commitment_of, day_of, load_secret, seed_of_day

SECRET = bytes(range(32))
DAY = date(2026, 11, 28)


@given(st.integers(0, 10**9), st.floats(1, 600), st.text(max_size=20))
def test_every_slot_has_one_moment_in_it(slot, every_s, camera):
    schedule = DrawSchedule(SECRET, every_s)
    moment_s = schedule.moment_s(camera, slot)
    assert slot * every_s <= moment_s <= (slot + 1) * every_s
    assert moment_s == DrawSchedule(SECRET, every_s).moment_s(camera, slot)


def test_moments_are_spread_evenly_and_differ_by_camera_day_and_secret():
    schedule = DrawSchedule(seed_of_day(SECRET, DAY), 1.0)
    shares = np.array([schedule.moment_s("door", slot) - slot for slot in range(4000)])
    counts, _ = np.histogram(shares, 10, (0, 1))
    assert (abs(counts - 400) < 5 * 400**0.5).all()
    others = [
        schedule.moment_s("hall", 7),
        DrawSchedule(seed_of_day(SECRET, date(2026, 11, 29)), 1.0).moment_s("door", 7),
        DrawSchedule(seed_of_day(SECRET[::-1], DAY), 1.0).moment_s("door", 7),
    ]
    assert len({*others, schedule.moment_s("door", 7)}) == 4


def test_a_commitment_binds_to_one_seed_and_is_shown_without_it():
    schedule = DrawSchedule(seed_of_day(SECRET, DAY), 30.0)
    assert schedule.commitment == commitment_of(schedule.seed) != commitment_of(SECRET)
    assert schedule.seed.hex() not in repr(schedule)


@pytest.mark.parametrize(("seed", "every_s"), [(b"short", 30.0), (SECRET, 0.0), (SECRET, float("nan"))])
def test_a_schedule_that_could_be_guessed_or_never_draws_is_refused(seed, every_s):
    with pytest.raises(ValueError, match="a schedule needs"):
        DrawSchedule(seed, every_s)


def test_days_are_those_of_utc():
    assert day_of(1_795_910_399.0) == date(2026, 11, 28)
    assert day_of(1_795_910_400.0) == date(2026, 11, 29)


def test_the_secret_is_made_once_readable_by_its_user_alone_and_a_damaged_one_is_refused(tmp_path):
    folder = tmp_path / "watch"
    secret = load_secret(folder)
    (path,) = folder.iterdir()
    assert load_secret(folder) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"half")
    with pytest.raises(OutputError, match="damaged, 4 bytes"):
        load_secret(folder)


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="--state"):
        load_secret(tmp_path / "file" / "watch")
