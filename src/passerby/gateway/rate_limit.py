"""How much a camera's process may say: one that was taken over, or went mad, must not drown the gateway."""

from __future__ import annotations

from passerby.errors import OutputError

MOST_BYTES_S = 16 << 20
"""Twice what the highest bit rate, a wall stream and small pictures of an upright mosaic come to."""
MOST_MESSAGES_S = 1000
"""Several times 60 pictures a second in both streams, with statuses and readings."""
BURST_S = 10.0
"""A gateway that did not listen for a while hears what waited, all at once."""


class RateLimit:
    """What one process may still say; it grows with time, up to `BURST_S` of it.

    Args:
        now_s: The present, by a clock that nobody sets, s.
    """

    def __init__(self, now_s: float) -> None:
        self._at_s = now_s
        self._bytes, self._messages = MOST_BYTES_S * BURST_S, MOST_MESSAGES_S * BURST_S

    def take(self, size: int, now_s: float) -> None:
        """Take a message of so many bytes.

        Raises:
            OutputError: It is too much.
        """
        passed_s, self._at_s = now_s - self._at_s, now_s
        self._bytes = min(MOST_BYTES_S * BURST_S, self._bytes + MOST_BYTES_S * passed_s) - size
        self._messages = min(MOST_MESSAGES_S * BURST_S, self._messages + MOST_MESSAGES_S * passed_s) - 1
        if min(self._bytes, self._messages) < 0:
            msg = f"its process said more than {MOST_BYTES_S >> 20} MB or {MOST_MESSAGES_S} things a second"
            raise OutputError(msg)
