"""A camera's process may say all that a camera has to say, and not much more."""

from __future__ import annotations

import pytest

from passerby.errors import OutputError
from passerby.gateway.rate_limit import BURST_S, MOST_BYTES_S, MOST_MESSAGES_S, RateLimit


def test_the_most_that_settings_allow_is_heard_for_ever() -> None:
    allowance = RateLimit(0.0)
    for second in range(3600):
        for _ in range(2 * 60 + 5 + 2 + 60):  # two streams at 60 pictures a second, small pictures, statuses, readings
            allowance.spend(8_000_000 // 187, float(second))


def test_what_waited_while_the_gateway_slept_is_heard_at_once() -> None:
    allowance = RateLimit(0.0)
    for _ in range(round(BURST_S * MOST_MESSAGES_S)):
        allowance.spend(10_000, 500.0)


@pytest.mark.parametrize(("size", "rate"), [(1, 2 * MOST_MESSAGES_S), (1 << 20, 2 * MOST_BYTES_S >> 20)])
def test_a_flood_of_words_or_of_bytes_is_refused_soon(size: int, rate: int) -> None:
    allowance = RateLimit(0.0)

    def flood() -> None:
        for number in range(round(3 * BURST_S * rate)):
            allowance.spend(size, number / rate)

    with pytest.raises(OutputError, match="more than"):
        flood()
