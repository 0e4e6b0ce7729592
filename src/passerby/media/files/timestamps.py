"""Reliable presentation times: none missing, and strictly increasing."""

from __future__ import annotations

from fractions import Fraction


class TimestampRepair:
    """Repairs the presentation times of one stream, as little as possible.

    A missing time is computed from the one before and the nominal rate; a time that does not increase is
    raised by the smallest amount, one unit of the time base.

    Args:
        rate: Nominal frames per second.
        time_base: Seconds per unit of time.
    """

    def __init__(self, rate: Fraction, time_base: Fraction) -> None:
        self._step = 1 / (rate * time_base)
        self._last: int | None = None
        self._since = 0
        self._anchor = 0

    def next(self, pts: int | None) -> int:
        """Return the time to use for the next frame; `pts` is the file's time for it."""
        if pts is None:
            self._since += 1 if self._last is not None else 0
            pts = self._anchor + round(self._since * self._step)  # from the last known time: no drift
        else:
            self._anchor = pts
            self._since = 0
        if self._last is not None and pts <= self._last:
            pts = self._last + 1
        self._last = pts
        return pts
