"""Who asks: the session of a request, the address that it comes from, and routes for everybody who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from passerby.accounts.account import Account
from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Principal, PrincipalKind
from passerby.accounts.session import Sessions
from passerby.accounts.sign_in import Origin
from passerby.accounts.ticket import Tickets
from passerby.errors import ForbiddenError, SignInError
from passerby.serve.auth.cookie import Cookies
from passerby.serve.auth.refused import note_asker
from passerby.serve.foreign_page import PASS, ROUTES


def address_of(connection: HTTPConnection) -> str:
    """Return the IP address that a request comes from: the visitor's, if the trusted reverse proxy names it."""
    named = _accounts_of(connection).proxy.address(connection.headers.getlist)
    if named:
        return named
    return connection.client.host if connection.client else ""


async def _cookies(connection: HTTPConnection) -> Cookies:
    return cast("Cookies", connection.app.state.cookies)


async def _accounts(connection: HTTPConnection) -> Accounts:
    return _accounts_of(connection)


async def _sessions(connection: HTTPConnection) -> Sessions:
    return _accounts_of(connection).sessions


async def _tickets(connection: HTTPConnection) -> Tickets:
    return _accounts_of(connection).tickets


async def _origin(connection: HTTPConnection, cookies: CookiesHere) -> Origin:
    return Origin(address_of(connection), connection.cookies.get(cookies.browser, ""))


CookiesHere = Annotated[Cookies, Depends(_cookies)]
AccountsHere = Annotated[Accounts, Depends(_accounts)]
SessionsHere = Annotated[Sessions, Depends(_sessions)]
TicketsHere = Annotated[Tickets, Depends(_tickets)]
OriginHere = Annotated[Origin, Depends(_origin)]
"""Where an attempt to sign in comes from."""


async def _session(connection: HTTPConnection, sessions: SessionsHere, cookies: CookiesHere) -> str:
    """Return the session of a browser's cookie or a script's token, which has not asked too often."""
    session = _session_of(connection, sessions, cookies)
    _accounts_of(connection).pace.spend(sessions.principal(session).name)
    return session


def _session_of(connection: HTTPConnection, sessions: Sessions, cookies: Cookies) -> str:
    if (token := bearer_token(connection)) is not None:
        return sessions.of_bearer(token, address_of(connection))
    session = sessions.of_cookie(connection.cookies.get(cookies.session, ""))
    named = _accounts_of(connection).proxy.named(connection.headers.getlist)
    if named and named.casefold() != sessions.account(session).name.casefold():  # somebody else uses this browser now
        msg = "the reverse proxy names another account than that of this session; sign in again"
        raise SignInError(msg)
    return session


def is_signed_in(connection: HTTPConnection) -> bool:
    """Return whether a request comes from somebody with a session or a token; a wrong one is no attempt yet."""
    sessions = _accounts_of(connection).sessions
    if (token := bearer_token(connection)) is not None:
        return sessions.knows(token=token)
    if connection.scope["path"].startswith(ROUTES):  # a stream in a page of another origin, where cookies do not count
        return _accounts_of(connection).passes.knows(connection.query_params.get(PASS, ""))
    return bool(cookie_session(connection))


def cookie_session(connection: HTTPConnection) -> str:
    """Return the session of a browser's cookie; "" = it has none, or it has ended."""
    cookies = cast("Cookies", connection.app.state.cookies)
    secret = connection.cookies.get(cookies.session, "")
    sessions = _accounts_of(connection).sessions
    return sessions.of_cookie(secret) if secret and sessions.knows(cookie=secret) else ""


def bearer_token(connection: HTTPConnection) -> str | None:
    """Return the token of a request that sends one; None = it sends none."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def _accounts_of(connection: HTTPConnection) -> Accounts:
    return cast("Accounts", connection.app.state.accounts)


SessionHere = Annotated[str, Depends(_session)]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who may make it.

    Args:
        session: Its session.
        principal: Whose session it is.
        sessions: All sessions.
    """

    session: str
    principal: Principal
    sessions: Sessions

    def alive(self) -> bool:
        """Return whether the session has not ended and may do all that it could then; asking counts as use."""
        return self.sessions.holds(self.session, self.principal)

    async def over(self) -> None:
        """Return soon after the session has ended, or may no longer do all that it could when it asked."""
        await self.sessions.over(self.session, self.principal)

    def sign_out(self) -> Account:
        """End the session of the person who asks, and all its streams; return whose it was.

        Raises:
            ForbiddenError: A script asks, with a token, which has no session.
        """
        if self.principal.kind is not PrincipalKind.PERSON:
            msg = "a token cannot sign out, and works until it ends; revoke it with: passerby token revoke"
            raise ForbiddenError(msg)
        account = self.account
        self.sessions.sign_out(self.session)
        return account

    @property
    def account(self) -> Account:
        """The account of the person whose session it is.

        Raises:
            ForbiddenError: A script asks, with a token.
        """
        if self.principal.kind is not PrincipalKind.PERSON:
            msg = "a token cannot change how its owner signs in; sign in with a browser"
            raise ForbiddenError(msg)
        return self.sessions.account(self.session)


class SignedIn:
    """Declares, as a dependency, that a route is for everybody who is signed in, whatever they may do.

    Args:
        reason: Why.
    """

    action = None

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self, connection: HTTPConnection, session: SessionHere, sessions: SessionsHere) -> Visit:
        """Return the visit."""
        principal = sessions.principal(session)
        note_asker(connection, principal, None)
        return Visit(session, principal, sessions)
