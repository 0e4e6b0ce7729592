"""What somebody must be allowed to do: the dependencies by which routes declare it, and the views that they get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action, Principal, may, may_with_all
from passerby.errors import ForbiddenError
from passerby.health.status import CameraStatus
from passerby.serve.alert_source import AlertSource
from passerby.serve.alert_view import AlertView
from passerby.serve.auth.visitor import SessionHere, SessionsHere, Visit
from passerby.serve.camera_view import CameraView, Readiness
from passerby.serve.gateway import Gateway
from passerby.serve.recording_source import RecordingSource
from passerby.serve.recording_view import RecordingView
from passerby.serve.signal_source import SignalSource
from passerby.serve.signal_view import SignalView


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


class Requires:
    """Declares, as a dependency, what somebody must be allowed to do to use a route about cameras.

    Args:
        action: What.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, connection: HTTPConnection, session: SessionHere, sessions: SessionsHere) -> CamerasVisit:
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

    async def __call__(self, session: SessionHere, sessions: SessionsHere) -> Visit:
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
        self, connection: HTTPConnection, camera: str, session: SessionHere, sessions: SessionsHere
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

    async def __call__(self, connection: HTTPConnection, session: SessionHere, sessions: SessionsHere) -> SignalsVisit:
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

    async def __call__(self, connection: HTTPConnection, session: SessionHere, sessions: SessionsHere) -> AlertsVisit:
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
        self, connection: HTTPConnection, session: SessionHere, sessions: SessionsHere
    ) -> RecordingsVisit:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it.
            RecordingAbsentError: The camera in the path is out of view, or there is none of this name.
        """
        principal = _permitted(sessions.principal(session), self.action)
        source = cast("RecordingSource | None", connection.app.state.recordings)
        if source is None:
            raise HTTPException(404, "this gateway has no recordings")
        view = RecordingView(source, principal, self.action)
        if (camera := connection.path_params.get("camera")) is not None:
            await run_in_threadpool(view.require, camera)
        return RecordingsVisit(session, principal, sessions, view)


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
