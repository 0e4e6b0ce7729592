from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.media.camera.clock import CaptureClock, SteadyClock


class SetClock:
    def __init__(self):
        self.utc_s, self.monotonic_s = 1000.0, 0.0

    def wait(self, seconds, *, set_by=0.0):
        self.monotonic_s += seconds
        self.utc_s += seconds + set_by

    def steady(self):
        return SteadyClock(lambda: self.utc_s, lambda: self.monotonic_s)


def test_the_clock_follows_the_system_forwards_at_once():
    system = SetClock()
    clock = system.steady()
    system.wait(1, set_by=3600)
    assert clock.now_s() == 4601


def test_the_clock_goes_slower_when_the_system_is_set_back():
    system = SetClock()
    clock = system.steady()
    system.wait(10, set_by=-1)
    assert clock.now_s() == pytest.approx(1009.9)
    for _ in range(200):
        system.wait(1)
        clock.now_s()
    assert clock.now_s() == pytest.approx(system.utc_s)


@given(st.lists(st.tuples(st.floats(0.001, 10), st.floats(-1e5, 1e5)), max_size=40))
def test_the_clock_never_understates_a_stretch_of_time_by_more_than_a_hundredth(waits):
    system = SetClock()
    clock = system.steady()
    before = clock.now_s()
    for seconds, set_by in waits:
        system.wait(seconds, set_by=set_by)
        now = clock.now_s()
        assert now - before >= 0.98 * seconds
        before = now


def captured(arrivals):
    clock = CaptureClock()
    return [clock.next_us(stream_s, arrival_s) for stream_s, arrival_s in arrivals]


def test_trembling_arrivals_become_even_times():
    times = captured([(i / 10, 50 + i / 10 + (i % 3) * 0.02) for i in range(50)])
    assert times == [50_000_000 + 100_000 * i for i in range(50)]


@pytest.mark.parametrize("jump_s", [3600, -3600, 1e6, -2])
def test_a_jump_of_the_cameras_times_is_none_here(jump_s):
    times = captured([(i / 10 + jump_s * (i >= 20), 50 + i / 10) for i in range(60)])
    assert times == [50_000_000 + 100_000 * i for i in range(60)]


def test_pictures_that_were_held_up_keep_their_times():
    late = [(i / 10, max(50 + i / 10, 53.0 if i > 5 else 0)) for i in range(60)]
    assert captured(late) == [50_000_000 + 100_000 * i for i in range(60)]


def test_after_a_lasting_delay_times_follow():
    times = captured([(i / 10, 50 + i / 10 + (2 if i > 20 else 0)) for i in range(100)])
    assert times[-1] == 50_000_000 + 100_000 * 99 + 2_000_000


def test_without_times_of_its_own_a_picture_counts_as_captured_when_it_arrives():
    assert captured([(None, 7.0), (None, 7.5), (None, 7.5)]) == [7_000_000, 7_500_000, None]


@given(st.lists(st.tuples(st.one_of(st.none(), st.floats(-1e6, 1e6)), st.floats(0, 5)), max_size=60))
def test_times_strictly_increase_and_are_never_in_the_future(steps):
    clock, arrival, last = CaptureClock(), 1e9, 0
    for stream_s, wait_s in steps:
        arrival += wait_s
        time_us = clock.next_us(stream_s, arrival)
        if time_us is not None:
            assert last < time_us <= round(arrival * 1e6) + 1
            last = time_us


@given(st.lists(st.floats(0, 4), min_size=2, max_size=80))
def test_a_burst_never_makes_pictures_seem_closer_than_they_are(delays):
    clock, arrival, before = CaptureClock(), 0.0, None
    for index, delay in enumerate(delays):
        arrival = max(arrival, 100 + index / 25 + delay)
        time_us = clock.next_us(index / 25, arrival)
        if time_us is None:
            continue
        if before is not None and arrival - before[2] + 1 > (index - before[0]) / 25:
            assert time_us - before[1] >= 0.79e6 * (index - before[0]) / 25
        before = (index, time_us, arrival)
