"""Who asks and what they may see: the dependencies by which routes declare the permission that they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action, Principal, may
from passerby.accounts.session import Sessions
from passerby.accounts.ticket import Tickets
from passerby.errors import ForbiddenError, SignInError
from passerby.health.status import CameraStatus
from passerby.serve.alert_source import AlertSource
from passerby.serve.alert_view import AlertView
from passerby.serve.camera_view import CameraView, Readiness
from passerby.serve.gateway import Gateway
from passerby.serve.signal_source import SignalSource
from passerby.serve.signal_view import SignalView

_COOKIE = "passerby_session"


def cookie_name(gateway: str, *, secure: bool) -> str:
    """Return the name of the session cookie of one gateway.

    A browser sends a cookie to every port of a host: with one name for all, gateways under one host name would replace
    each other's sessions.

    Args:
        gateway: The gateway's id.
        secure: It serves by TLS. Browsers then take the cookie from this very host only, and never without TLS.

    >>> cookie_name("00112233aabbccdd", secure=True)
    '__Host-passerby_session_00112233aabbccdd'
    """
    return f"{'__Host-' * secure}{_COOKIE}_{gateway}"


def address_of(connection: HTTPConnection) -> str:
    """Return the IP address that a request comes from."""
    return connection.client.host if connection.client else ""


async def _cookie(connection: HTTPConnection) -> str:
    return cast("str", connection.app.state.cookie)


async def _sessions(connection: HTTPConnection) -> Sessions:
    return cast("Sessions", connection.app.state.sessions)


async def _tickets(connection: HTTPConnection) -> Tickets:
    return cast("Tickets", connection.app.state.tickets)


CookieHere = Annotated[str, Depends(_cookie)]
SessionsHere = Annotated[Sessions, Depends(_sessions)]
TicketsHere = Annotated[Tickets, Depends(_tickets)]


async def _session(connection: HTTPConnection, sessions: SessionsHere, cookie: CookieHere) -> str:
    """Return the session of a browser's cookie or a script's token."""
    if (token := _bearer_token(connection)) is not None:
        return sessions.bearer(token, address_of(connection))
    session = connection.cookies.get(cookie, "")
    if not sessions.alive(session):
        msg = "sign in with the access token first"
        raise SignInError(msg)
    return session


def is_signed_in(connection: HTTPConnection) -> bool:
    """Return whether a request comes from somebody with a session or a token; a wrong one is no attempt yet."""
    state = connection.app.state
    sessions = cast("Sessions", state.sessions)
    if (token := _bearer_token(connection)) is not None:
        return sessions.knows(token)
    return sessions.alive(connection.cookies.get(state.cookie, ""))


def _bearer_token(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


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
