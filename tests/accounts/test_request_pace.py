"""Whoever is signed in may ask often, not without end, and nobody else waits for it."""

from __future__ import annotations

import pytest
from tests.accounts.made import Clock

from passerby.accounts.request_pace import BURST, REQUESTS_S, RequestPace
from passerby.errors import TooManyRequestsError


def answered(pace: RequestPace, name: str, requests: int) -> int:
    """Return how many requests were answered."""
    count = 0
    for _ in range(requests):
        try:
            pace.spend(name)
        except TooManyRequestsError:
            continue
        count += 1
    return count


def test_after_a_burst_the_rate_is_limited_and_grows_again_with_time():
    clock = Clock(0.0)
    pace = RequestPace(clock=clock)
    assert answered(pace, "anna", int(BURST) + 100) == BURST
    clock.now_s += 2
    assert answered(pace, "anna", 10_000) == 2 * REQUESTS_S
    clock.now_s += 3600
    assert answered(pace, "anna", 10_000) == BURST


def test_another_account_and_a_token_of_the_same_account_go_on():
    pace = RequestPace(clock=Clock(0.0))
    answered(pace, "anna", 10_000)
    assert answered(pace, "ben", 10) == 10
    assert answered(pace, "anna/prometheus", 10) == 10


def test_a_refusal_says_how_long_to_wait():
    clock = Clock(0.0)
    pace = RequestPace(clock=clock)
    answered(pace, "anna", int(BURST))
    with pytest.raises(TooManyRequestsError, match="anna asks too often; ask again in 1 s") as caught:
        pace.spend("anna")
    clock.now_s += caught.value.wait_s
    pace.spend("anna")


def test_a_clock_that_goes_back_gives_and_takes_nothing():
    clock = Clock(100.0)
    pace = RequestPace(clock=clock)
    assert answered(pace, "anna", int(BURST) - 1) == BURST - 1
    clock.now_s = 50.0
    assert answered(pace, "anna", 5) == 1
