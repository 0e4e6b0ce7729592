"""Who may look: one access token, sessions in memory, and short-lived tickets for stream addresses."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable

from fastapi import HTTPException

from passerby.errors import SettingError
from passerby.settings.site.web import WebSettings

SESSION_S = 12 * 3600.0
"""A session ends this long after its last use."""
TICKET_S = 60
"""A stream must be opened within this time of its address being given out."""
_LOOK_S = 1.0
_SESSIONS = 1000
_TRIES, _TRIES_S = 20, 60.0
_VISITORS = 1000
_SHORTEST_TOKEN = 16


def access_token(web: WebSettings) -> str:
    """Return the token that opens the page: that of `token_file`, or a new random one.

    Raises:
        SettingError: The file cannot be read or its token is too short.
    """
    if web.token_file is None:
        return secrets.token_urlsafe(24)
    try:
        token = web.token_file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        msg = f"{web.token_file}: {reason}; make one with: openssl rand -base64 24"
        raise SettingError(msg, "web.token_file") from error
    if len(token) < _SHORTEST_TOKEN:
        msg = f"{web.token_file}: a token has at least {_SHORTEST_TOKEN} characters"
        raise SettingError(msg, "web.token_file")
    return token


class Access:
    """Sessions and tickets; nothing of them is written anywhere.

    Args:
        token: What a browser or script must know to come in.
        clock: Monotonic time, s.
    """

    def __init__(self, token: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = token
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._script = secrets.token_urlsafe(32)
        self._used: dict[str, float] = {}
        self._failed: dict[str, deque[float]] = {}

    def sign_in(self, token: str, visitor: str = "") -> str:
        """Return a new session.

        Args:
            token: What the visitor knows.
            visitor: Address that the request comes from: who guesses shuts the door for this one alone.

        Raises:
            HTTPException: The token is wrong (401), or too many wrong ones came (429).
        """
        self._check(token, visitor)
        now = self._clock()
        self._used = {session: at for session, at in self._used.items() if now - at < SESSION_S}
        if len(self._used) >= _SESSIONS:
            del self._used[min(self._used, key=self._used.__getitem__)]
        session = secrets.token_urlsafe(32)
        self._used[session] = now
        return session

    def bearer(self, token: str, visitor: str = "") -> str:
        """Return the lasting session of scripts that send the token with each request.

        Args:
            token: As `sign_in`.
            visitor: As `sign_in`.

        Raises:
            HTTPException: As `sign_in`.
        """
        self._check(token, visitor)
        return self._script

    def alive(self, session: str) -> bool:
        """Return whether a session goes on; asking counts as use."""
        now = self._clock()
        if session == self._script:
            return True
        if now - self._used.get(session, now - SESSION_S) >= SESSION_S:
            self._used.pop(session, None)
            return False
        self._used[session] = now
        return True

    async def over(self, session: str) -> None:
        """Return soon after a session has ended."""
        while self.alive(session):
            await asyncio.sleep(_LOOK_S)

    def sign_out(self, session: str) -> None:
        """End a session: its streams end with it."""
        self._used.pop(session, None)

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

    def _check(self, token: str, visitor: str) -> None:
        now = self._clock()
        failed = self._failed.get(visitor) or deque(maxlen=_TRIES)
        if len(failed) == _TRIES and now - failed[0] < _TRIES_S:
            wait = str(int(_TRIES_S - (now - failed[0])) + 1)
            raise HTTPException(429, f"too many wrong tokens; try again in {wait} s", {"Retry-After": wait})
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            failed.append(now)
            self._failed.pop(visitor, None)
            self._failed[visitor] = failed  # the last to fail is the last to be forgotten
            if len(self._failed) > _VISITORS:
                del self._failed[next(iter(self._failed))]
            raise HTTPException(401, "this is not the access token; passerby up prints it at its start")
