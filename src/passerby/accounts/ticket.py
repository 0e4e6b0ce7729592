"""Short-lived tickets for stream addresses, where a browser cannot send a header."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

TICKET_S = 60
"""A stream must be opened within this time of its address being given out."""


class Tickets:
    """Seals tickets with a key of this start; nothing of them is stored.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def ticket(self, session: str, stream: str) -> str:
        """Return what opens one stream, soon, and for this session only."""
        return self._sealed(session, stream, int(self._clock()) + TICKET_S)

    def admits(self, ticket: str, session: str, stream: str) -> bool:
        """Return whether a ticket opens a stream for a session now."""
        until = ticket.partition(".")[0]
        if not (until.isascii() and until.isdigit() and len(until) < 12):
            return False
        genuine = hmac.compare_digest(ticket.encode(), self._sealed(session, stream, int(until)).encode())
        return genuine and self._clock() < int(until)

    def _sealed(self, session: str, stream: str, until: int) -> str:
        text = "\n".join((session, stream, str(until)))
        return f"{until}.{hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()}"
