"""How much a camera's process may send: one that was taken over or is broken must not flood the gateway."""

from __future__ import annotations

from passerby.errors import OutputError

MOST_BYTES_S = 16 << 20
"""Twice the sum of the highest bit rate, a wall stream and small pictures of an upright mosaic."""
MOST_MESSAGES_S = 1000
"""Several times 60 pictures a second in both streams, with statuses and readings."""
BURST_S = 10.0
"""After a pause of the gateway, what waited arrives all at once."""


class RateLimit:
    """What one process may still send; it grows with time, up to `BURST_S` of it.

    Args:
        now_s: The present, by a monotonic clock, s.
    """

    def __init__(self, now_s: float) -> None:
        self._at_s = now_s
        self._bytes = MOST_BYTES_S * BURST_S
        self._messages = MOST_MESSAGES_S * BURST_S

    def spend(self, size: int, now_s: float) -> None:
        """Count a message of so many bytes.

        Raises:
            OutputError: It is too much.
        """
        passed_s = now_s - self._at_s
        self._at_s = now_s
        self._bytes = min(MOST_BYTES_S * BURST_S, self._bytes + MOST_BYTES_S * passed_s) - size
        self._messages = min(MOST_MESSAGES_S * BURST_S, self._messages + MOST_MESSAGES_S * passed_s) - 1
        if min(self._bytes, self._messages) < 0:
            msg = f"its process sent more than {MOST_BYTES_S >> 20} MB or {MOST_MESSAGES_S} messages a second"
            raise OutputError(msg)
