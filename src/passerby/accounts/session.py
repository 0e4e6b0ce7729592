"""Signing in: credentials, and sessions in memory."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from passerby.accounts.permission import Action, Principal, PrincipalKind
from passerby.errors import SignInError, TooManyTriesError

SESSION_S = 12 * 3600.0
"""A session ends this long after its last use."""
_CHECK_S = 1.0
_SESSIONS = 1000
_TRIES, _TRIES_S = 20, 60.0
_ADDRESSES = 1000


class Credentials(Protocol):
    """Knows the tokens with which people and scripts sign in."""

    def principal_of(self, token: str) -> Principal | None:
        """Return whose token it is, in constant time; None = nobody's."""
        ...


class SharedToken:
    """One token that everybody shares and that opens everything.

    Args:
        token: The token.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._principal = Principal("access token", PrincipalKind.SHARED_TOKEN, frozenset(Action), cameras=None)

    def principal_of(self, token: str) -> Principal | None:
        """Return a principal with all actions if it is the token."""
        return self._principal if hmac.compare_digest(token.encode(), self._token) else None


@dataclass(slots=True)
class _Session:
    principal: Principal
    used_s: float


class Sessions:
    """Who is signed in; nothing of it is written anywhere.

    Args:
        credentials: Whose tokens open a session.
        clock: Monotonic time, s.
    """

    def __init__(self, credentials: Credentials, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._credentials, self._clock = credentials, clock
        self._sessions: dict[str, _Session] = {}
        self._of_scripts: dict[Principal, str] = {}
        self._failed: dict[str, deque[float]] = {}

    def sign_in(self, token: str, address: str = "") -> str:
        """Return a new session.

        Args:
            token: The token that the visitor sent.
            address: Where the request comes from: only this address is locked out after too many wrong tokens.

        Raises:
            SignInError: The token is wrong.
            TooManyTriesError: Too many wrong ones came from this address.
        """
        principal = self._identified(token, address)
        now = self._clock()
        self._sessions = {name: each for name, each in self._sessions.items() if now - each.used_s < SESSION_S}
        if len(self._sessions) >= _SESSIONS:
            del self._sessions[min(self._sessions, key=lambda name: self._sessions[name].used_s)]
        session = secrets.token_urlsafe(32)
        self._sessions[session] = _Session(principal, now)
        return session

    def bearer(self, token: str, address: str = "") -> str:
        """Return the lasting session of a script that sends its token with each request.

        Args:
            token: As `sign_in`.
            address: As `sign_in`.

        Raises:
            SignInError: As `sign_in`.
            TooManyTriesError: As `sign_in`.
        """
        principal = self._identified(token, address)
        if principal not in self._of_scripts and len(self._of_scripts) >= _SESSIONS:
            del self._of_scripts[next(iter(self._of_scripts))]
        return self._of_scripts.setdefault(principal, secrets.token_urlsafe(32))

    def principal(self, session: str) -> Principal:
        """Return whose session it is; asking counts as use.

        Raises:
            SignInError: There is no such session, or it has ended.
        """
        for principal, lasting in self._of_scripts.items():
            if hmac.compare_digest(lasting.encode(), session.encode()):
                return principal
        now = self._clock()
        found = self._sessions.get(session)
        if found is None or now - found.used_s >= SESSION_S:
            self._sessions.pop(session, None)
            msg = "sign in with the access token first"
            raise SignInError(msg)
        found.used_s = now
        return found.principal

    def alive(self, session: str) -> bool:
        """Return whether a session has not ended; asking counts as use."""
        try:
            self.principal(session)
        except SignInError:
            return False
        return True

    async def over(self, session: str) -> None:
        """Return soon after a session has ended."""
        while self.alive(session):
            await asyncio.sleep(_CHECK_S)

    def sign_out(self, session: str) -> None:
        """End a session: its streams end with it."""
        self._sessions.pop(session, None)

    def _identified(self, token: str, address: str) -> Principal:
        now = self._clock()
        failed = self._failed.get(address) or deque(maxlen=_TRIES)
        if len(failed) == _TRIES and now - failed[0] < _TRIES_S:
            raise TooManyTriesError(int(_TRIES_S - (now - failed[0])) + 1)
        principal = self._credentials.principal_of(token)
        if principal is not None:
            return principal
        failed.append(now)
        self._failed.pop(address, None)
        self._failed[address] = failed  # the most recent address is forgotten last
        if len(self._failed) > _ADDRESSES:
            del self._failed[next(iter(self._failed))]
        msg = "this is not the access token; passerby up prints it at its start"
        raise SignInError(msg)
