"""Short-lived tickets for stream addresses, where a browser cannot send a header."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from passerby.errors import SignInError

TICKET_S = 60
"""A stream must be opened within this time of its address being given out."""
_MOST_PASSES: Final = 10_000


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


@dataclass(frozen=True, slots=True)
class _Pass:
    session: str
    stream: str
    origin: str
    until_s: float


class StreamPasses:
    """Gives out what opens one covered stream once, where a page of another origin has no cookie; held in memory only.

    Several threads may use it at once.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._busy = threading.Lock()
        self._open: OrderedDict[str, _Pass] = OrderedDict()

    def give(self, session: str, stream: str, origin: str) -> str:
        """Return what opens one stream, soon and once, for a session and from pages of one origin only."""
        secret = secrets.token_urlsafe(32)
        with self._busy:
            self._forget()
            while len(self._open) >= _MOST_PASSES:
                self._open.popitem(last=False)
            self._open[secret] = _Pass(session, stream, origin, self._clock() + TICKET_S)
        return secret

    def knows(self, secret: str) -> bool:
        """Return whether somebody was given this and has not used it yet; asking is no use of it."""
        with self._busy:
            self._forget()
            return secret in self._open

    def take(self, secret: str, stream: str, origin: str) -> str:
        """Return the session for which a stream may be opened now; the same secret opens nothing again.

        Raises:
            SignInError: It was not given out, not for this, was used, or has expired.
        """
        with self._busy:
            self._forget()
            found = self._open.pop(secret, None)
        if found is None or (found.stream, found.origin) != (stream, origin):
            msg = "the stream's address has expired or was used; ask for a new one"
            raise SignInError(msg)
        return found.session

    def _forget(self) -> None:
        """Forget what has expired: all last equally long, so the first is the oldest."""
        now_s = self._clock()
        while self._open and next(iter(self._open.values())).until_s <= now_s:
            self._open.popitem(last=False)
