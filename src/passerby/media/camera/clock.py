"""Timestamps of live pictures: UTC that never goes back, whatever the camera's and the system's clock do."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction

MICROSECOND = Fraction(1, 1_000_000)

_SLOWED = 0.99
_WINDOW_S = 3.0
_JUMP_S = 1.0
_LEAST_STEP = 0.8


class SteadyClock:
    """UTC that follows the system clock forwards at once, and backwards only by running slower.

    If the system clock is set back by a second, this clock needs 100 s to match it; until then, one second of this
    clock takes 1.01 s. So times strictly increase, and a period is never understated by more than
    1 %.

    Args:
        utc: System clock, UTC epoch, s.
        monotonic: Clock that is never set, s.
    """

    def __init__(self, utc: Callable[[], float], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._utc = utc
        self._monotonic = monotonic
        self._now_s = utc()
        self._at = monotonic()

    def now_s(self) -> float:
        """Return UTC epoch time, s."""
        at = self._monotonic()
        slowest_s = self._now_s + _SLOWED * (at - self._at)
        self._now_s = max(slowest_s, self._utc())
        self._at = at
        return self._now_s


class CaptureClock:
    """Estimates when each picture of a live stream was captured, on this machine's clock.

    A camera's own timestamps are evenly spaced but on an unknown clock; times of arrival are on our clock but
    jitter. The smallest delay between the two in the last 3 s connects them. If the camera's timestamps jump,
    ours do not: the next picture counts as captured when it arrived.
    """

    def __init__(self) -> None:
        self._delays: deque[tuple[float, float]] = deque()
        self._offset_s = 0.0
        self._last_us = 0
        self._stream_s: float | None = None
        self._arrival_s = 0.0

    def next_us(self, stream_s: float | None, arrival_s: float) -> int | None:
        """Return the time of capture, UTC epoch, us; None for a picture that must be dropped.

        Pictures that were delayed and arrive in a burst could seem closer together than they are, and the time
        between two inspected pictures counts as inspected. So a picture that would follow the one before by less
        than 0.8 of the true time is dropped.

        Args:
            stream_s: The camera's timestamp of the picture, s; None if it sends none.
            arrival_s: When it arrived, UTC epoch, s; never goes back.
        """
        step_s = 0.0
        if stream_s is None:
            time_us = round(arrival_s * 1e6)
        else:
            step_s = self._step(stream_s, arrival_s)
            self._follow(arrival_s - stream_s, arrival_s)
            time_us = round((stream_s + self._offset_s) * 1e6)
        if time_us < self._last_us + max(1, round(_LEAST_STEP * abs(step_s) * 1e6)):
            return None
        self._last_us = time_us
        self._stream_s = stream_s
        self._arrival_s = arrival_s
        return time_us

    def _step(self, stream_s: float, arrival_s: float) -> float:
        """Return the stream's time since the last picture; 0 after a jump, when it is unknown."""
        if self._stream_s is not None:
            step_s = stream_s - self._stream_s
            if -_JUMP_S < step_s < arrival_s - self._arrival_s + _JUMP_S:
                return step_s
        self._delays.clear()
        self._offset_s = arrival_s - stream_s
        return 0.0

    def _follow(self, delay_s: float, arrival_s: float) -> None:
        self._delays.append((arrival_s, delay_s))
        full = self._delays[0][0] < arrival_s - _WINDOW_S
        while self._delays[0][0] < arrival_s - _WINDOW_S:
            self._delays.popleft()
        if delay_s < self._offset_s or full:
            self._offset_s = min(delay for _, delay in self._delays)
