"""Signing in: credentials, and sessions in memory."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from passerby.accounts.address_group import address_group
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
        self._credentials = credentials
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._of_scripts: dict[Principal, str] = {}
        self._wrong: dict[str, dict[bytes, float]] = {}
        self._key = secrets.token_bytes(32)

    def sign_in(self, token: str, address: str = "") -> str:
        """Return a new session.

        Args:
            token: The token that the visitor sent.
            address: Where the request comes from. After too many different wrong tokens, further wrong ones from its
                group (see `address_group`) get `TooManyTriesError`. The right one is always accepted.

        Raises:
            SignInError: The token is wrong.
            TooManyTriesError: It is wrong, and too many wrong ones came before.
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

    def knows(self, token: str) -> bool:
        """Return whether a token opens a session; a wrong one does not count as an attempt."""
        return self._credentials.principal_of(token) is not None

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
        """Return whose token it is. A right one always is accepted, whatever came before: many share an address."""
        principal = self._credentials.principal_of(token)
        if principal is None:
            self._count_wrong(token, address_group(address))
            msg = "this is not the access token; passerby up prints it at its start"
            raise SignInError(msg)
        return principal

    def _count_wrong(self, token: str, group: str) -> None:
        """Count different wrong tokens: a script that repeats an old one must not make others wait."""
        now = self._clock()
        seal = hmac.digest(self._key, token.encode(), "sha256")  # no token is kept, and a wrong one may be a typo
        recent = {each: at for each, at in self._wrong.pop(group, {}).items() if now - at < _TRIES_S}
        self._wrong[group] = recent  # the most recent group is forgotten last
        if len(self._wrong) > _ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
        if seal not in recent and len(recent) >= _TRIES:
            raise TooManyTriesError(int(_TRIES_S - (now - min(recent.values()))) + 1)
        recent.setdefault(seal, now)
