"""Who asks and what they may see: the dependencies by which routes declare the permission that they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from passerby.accounts.account import Account
from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Action, Principal, PrincipalKind, may, may_with_all
from passerby.accounts.session import Sessions
from passerby.accounts.sign_in import Origin
from passerby.accounts.ticket import Tickets
from passerby.errors import ForbiddenError, SignInError
from passerby.health.status import CameraStatus
from passerby.serve.alert_source import AlertSource
from passerby.serve.alert_view import AlertView
from passerby.serve.auth.cookie import Cookies
from passerby.serve.camera_view import CameraView, Readiness
from passerby.serve.gateway import Gateway
from passerby.serve.recording_source import RecordingSource
from passerby.serve.recording_view import RecordingView
from passerby.serve.signal_source import SignalSource
from passerby.serve.signal_view import SignalView


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
    """Return the session of a browser's cookie or a script's token."""
    if (token := _bearer_token(connection)) is not None:
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
    if (token := _bearer_token(connection)) is not None:
        return sessions.knows(token=token)
    return bool(cookie_session(connection))


def cookie_session(connection: HTTPConnection) -> str:
    """Return the session of a browser's cookie; "" = it has none, or it has ended."""
    cookies = cast("Cookies", connection.app.state.cookies)
    secret = connection.cookies.get(cookies.session, "")
    sessions = _accounts_of(connection).sessions
    return sessions.of_cookie(secret) if secret and sessions.knows(cookie=secret) else ""


def _bearer_token(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def _accounts_of(connection: HTTPConnection) -> Accounts:
    return cast("Accounts", connection.app.state.accounts)


_SessionHere = Annotated[str, Depends(_session)]


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
        """Return whether the session has not ended; asking counts as use."""
        return self.sessions.alive(self.session)

    async def over(self) -> None:
        """Return soon after the session has ended."""
        await self.sessions.over(self.session)

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


@dataclass(frozen=True, slots=True)
class CamerasVisit(Visit):
    """A request about cameras.

    Args:
        cameras: Those with which the principal may do what the route is for.
    """

    cameras: CameraView


@dataclass(frozen=True, slots=True)
class CameraVisit(CamerasVisit):
    """A request about one camera.

    Args:
        status: The camera's.
    """

    status: CameraStatus


@dataclass(frozen=True, slots=True)
class SignalsVisit(Visit):
    """A request about signals.

    Args:
        signals: Those with which the principal may do what the route is for.
    """

    signals: SignalView


@dataclass(frozen=True, slots=True)
class AlertsVisit(Visit):
    """A request about alerts.

    Args:
        alerts: Those with which the principal may do what the route is for.
    """

    alerts: AlertView


@dataclass(frozen=True, slots=True)
class RecordingsVisit(Visit):
    """A request about recordings.

    Args:
        recordings: Those with which the principal may do what the route is for.
    """

    recordings: RecordingView


class SignedIn:
    """Declares, as a dependency, that a route is for everybody who is signed in, whatever they may do.

    Args:
        reason: Why.
    """

    action = None

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self, session: _SessionHere, sessions: SessionsHere) -> Visit:
        """Return the visit."""
        return Visit(session, sessions.principal(session), sessions)


class Requires:
    """Declares, as a dependency, what somebody must be allowed to do to use a route about cameras.

    Args:
        action: What.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, connection: HTTPConnection, session: _SessionHere, sessions: SessionsHere) -> CamerasVisit:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it.
        """
        principal = _permitted(sessions.principal(session), self.action)
        view = CameraView(_gateway(connection), principal, self.action)
        return CamerasVisit(session, principal, sessions, view)


class RequiresSite:
    """As `Requires`, for routes about the whole site: somebody who is limited to some cameras is refused.

    Args:
        action: What somebody must be allowed to do.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, session: _SessionHere, sessions: SessionsHere) -> Visit:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it, or not with all cameras.
        """
        principal = _permitted(sessions.principal(session), self.action)
        if not may_with_all(principal, self.action, ()):
            msg = f"{principal.name} is limited to some cameras, and {self.action} concerns all of them"
            raise ForbiddenError(msg)
        return Visit(session, principal, sessions)


class RequiresCamera:
    """As `Requires`, for routes about the camera that is named in the path.

    Args:
        action: What somebody must be allowed to do with this camera.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(
        self, connection: HTTPConnection, camera: str, session: _SessionHere, sessions: SessionsHere
    ) -> CameraVisit:
        """Return the visit; a camera out of view is answered like one that does not exist.

        Raises:
            ForbiddenError: The principal may not do it with any camera.
        """
        principal = _permitted(sessions.principal(session), self.action)
        view = CameraView(_gateway(connection), principal, self.action)
        status = view.status(camera)
        if status is None:
            raise HTTPException(404, "no camera of this name; /api/cameras lists them")
        return CameraVisit(session, principal, sessions, view, status)


class RequiresSignals:
    """As `Requires`, for routes about signals.

    Args:
        action: What somebody must be allowed to do.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, connection: HTTPConnection, session: _SessionHere, sessions: SessionsHere) -> SignalsVisit:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it.
        """
        principal = _permitted(sessions.principal(session), self.action)
        view = signals_in_view(connection, principal, self.action)
        if view is None:
            raise HTTPException(404, "this gateway has no signals; add places or counters to its site file")
        return SignalsVisit(session, principal, sessions, view)


class RequiresAlerts:
    """As `Requires`, for routes about alerts.

    Args:
        action: What somebody must be allowed to do.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, connection: HTTPConnection, session: _SessionHere, sessions: SessionsHere) -> AlertsVisit:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it.
        """
        principal = _permitted(sessions.principal(session), self.action)
        view = alerts_in_view(connection, principal, self.action)
        if view is None:
            raise HTTPException(404, "this gateway has no alerts")
        return AlertsVisit(session, principal, sessions, view)


class RequiresRecordings:
    """As `Requires`, for routes about recordings and their exports.

    Args:
        action: What somebody must be allowed to do.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(
        self, connection: HTTPConnection, session: _SessionHere, sessions: SessionsHere
    ) -> RecordingsVisit:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it.
        """
        principal = _permitted(sessions.principal(session), self.action)
        source = cast("RecordingSource | None", connection.app.state.recordings)
        if source is None:
            raise HTTPException(404, "this gateway has no recordings")
        return RecordingsVisit(session, principal, sessions, RecordingView(source, principal, self.action))


def alerts_in_view(connection: HTTPConnection, principal: Principal, action: Action) -> AlertView | None:
    """Return the alerts with which a principal may do something; None where the gateway has none."""
    source = cast("AlertSource | None", connection.app.state.alerts)
    return None if source is None else AlertView(source, principal, action)


def signals_in_view(connection: HTTPConnection, principal: Principal, action: Action) -> SignalView | None:
    """Return the signals with which a principal may do something; None where the gateway has none."""
    source = cast("SignalSource | None", connection.app.state.signals)
    return None if source is None else SignalView(source, principal, action)


async def _readiness(connection: HTTPConnection) -> Readiness:
    return Readiness(_gateway(connection))


ReadinessHere = Annotated[Readiness, Depends(_readiness)]


def _gateway(connection: HTTPConnection) -> Gateway:
    return cast("Gateway", connection.app.state.gateway)


def _permitted(principal: Principal, action: Action) -> Principal:
    if not may(principal, action):
        msg = f"{principal.name} does not have the permission {action}; ask an administrator for it"
        raise ForbiddenError(msg)
    return principal
