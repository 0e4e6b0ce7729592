"""What somebody must be allowed to do: the dependencies by which routes declare it, and the views that they get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Generic, TypeAlias, TypeVar, cast

from fastapi import Depends, HTTPException
from fastapi.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action, Principal, may, may_with_all
from passerby.accounts.session import Sessions
from passerby.errors import ForbiddenError
from passerby.health.status import CameraStatus
from passerby.serve.alert_source import AlertSource
from passerby.serve.alert_view import AlertView
from passerby.serve.auth.refused import note_asker, note_refusal
from passerby.serve.auth.visitor import SessionHere, SessionsHere, Visit
from passerby.serve.camera_view import CameraView, Readiness
from passerby.serve.gateway import Gateway
from passerby.serve.recording_source import RecordingSource
from passerby.serve.recording_view import RecordingView
from passerby.serve.signal_source import SignalSource
from passerby.serve.signal_view import SignalView

_Source = TypeVar("_Source")
_View = TypeVar("_View")


@dataclass(frozen=True, slots=True)
class ViewVisit(Visit, Generic[_View]):
    """A request about cameras, or about a part of the gateway.

    Args:
        view: That with which the principal may do what the route is for.
    """

    view: _View


CamerasVisit: TypeAlias = ViewVisit[CameraView]
SignalsVisit: TypeAlias = ViewVisit[SignalView]
AlertsVisit: TypeAlias = ViewVisit[AlertView]
RecordingsVisit: TypeAlias = ViewVisit[RecordingView]


@dataclass(frozen=True, slots=True)
class CameraVisit(ViewVisit[CameraView]):
    """A request about one camera.

    Args:
        status: The camera's.
    """

    status: CameraStatus


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
        principal = _permitted(connection, sessions.principal(session), self.action)
        view = CameraView(_gateway(connection), principal, self.action)
        return ViewVisit(session, principal, sessions, view)


class RequiresSite:
    """As `Requires`, for routes about the whole site: somebody who is limited to some cameras is refused.

    Args:
        action: What somebody must be allowed to do.
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, connection: HTTPConnection, session: SessionHere, sessions: SessionsHere) -> Visit:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it, or not with all cameras.
        """
        principal = _permitted(connection, sessions.principal(session), self.action)
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
        return await camera_visit(connection, camera, session, sessions, action=self.action)


async def camera_visit(
    connection: HTTPConnection, camera: str, session: str, sessions: Sessions, *, action: Action
) -> CameraVisit:
    """Return the visit of a camera by a session; a camera out of view is answered like one that does not exist.

    Raises:
        ForbiddenError: The principal may not do it with any camera.
    """
    principal = _permitted(connection, sessions.principal(session), action)
    view = CameraView(_gateway(connection), principal, action)
    status = view.status(camera)
    if status is None:
        await note_out_of_view(connection, principal, action, camera)
        raise HTTPException(404, "no camera of this name; /api/cameras lists them")
    return CameraVisit(session, principal, sessions, view, status)


@dataclass(frozen=True, slots=True)
class GatewayPart(Generic[_Source, _View]):
    """A part that a gateway may have, and how its routes see it.

    Args:
        name: Its name in the state of the application.
        view: Makes what a principal may see of it for one action.
        absent: What is answered where the gateway does not have it.
        require_camera: Refuses a camera that is named in the path and is not in view; None = no path names one.
    """

    name: str
    view: Callable[[_Source, Principal, Action], _View]
    absent: str
    require_camera: Callable[[_View, str], None] | None = None

    def seen(self, connection: HTTPConnection, principal: Principal, action: Action) -> _View | None:
        """Return that with which a principal may do something; None where the gateway does not have the part."""
        source = cast("_Source | None", getattr(connection.app.state, self.name))
        return None if source is None else self.view(source, principal, action)


SIGNALS: Final[GatewayPart[SignalSource, SignalView]] = GatewayPart(
    "signals", SignalView, "this gateway has no signals; add places or counters to its site file"
)
ALERTS: Final[GatewayPart[AlertSource, AlertView]] = GatewayPart("alerts", AlertView, "this gateway has no alerts")
RECORDINGS: Final[GatewayPart[RecordingSource, RecordingView]] = GatewayPart(
    "recordings", RecordingView, "this gateway has no recordings", RecordingView.require
)


class RequiresPart(Generic[_Source, _View]):
    """As `Requires`, for routes about a part of the gateway.

    Args:
        part: Which.
        action: What somebody must be allowed to do.
    """

    def __init__(self, part: GatewayPart[_Source, _View], action: Action) -> None:
        self._part = part
        self.action = action

    async def __call__(
        self, connection: HTTPConnection, session: SessionHere, sessions: SessionsHere
    ) -> ViewVisit[_View]:
        """Return the visit.

        Raises:
            ForbiddenError: The principal may not do it.
            RecordingAbsentError: The camera in the path is out of view, or there is none of this name.
        """
        principal = _permitted(connection, sessions.principal(session), self.action)
        view = self._part.seen(connection, principal, self.action)
        if view is None:
            raise HTTPException(404, self._part.absent)
        camera = connection.path_params.get("camera")
        if camera is not None and self._part.require_camera is not None:
            await note_out_of_view(connection, principal, self.action, camera)
            await run_in_threadpool(self._part.require_camera, view, camera)
        return ViewVisit(session, principal, sessions, view)


RequiresSignals: Final = partial(RequiresPart, SIGNALS)
RequiresAlerts: Final = partial(RequiresPart, ALERTS)
RequiresRecordings: Final = partial(RequiresPart, RECORDINGS)


async def _readiness(connection: HTTPConnection) -> Readiness:
    return Readiness(_gateway(connection))


ReadinessHere = Annotated[Readiness, Depends(_readiness)]


def _gateway(connection: HTTPConnection) -> Gateway:
    return cast("Gateway", connection.app.state.gateway)


async def note_out_of_view(connection: HTTPConnection, principal: Principal, action: Action, camera: str) -> None:
    """Write into the audit log that somebody asked for a camera of the site that is out of their view.

    They get the answer of a camera that does not exist; a name that no camera has is not written down.
    """
    if may(principal, action, camera) or camera not in {each.camera for each in _gateway(connection).statuses()}:
        return
    await note_refusal(connection, camera=camera)


def _permitted(connection: HTTPConnection, principal: Principal, action: Action) -> Principal:
    note_asker(connection, principal, action)
    if not may(principal, action):
        msg = f"{principal.name} does not have the permission {action}; ask an administrator for it"
        raise ForbiddenError(msg)
    return principal
