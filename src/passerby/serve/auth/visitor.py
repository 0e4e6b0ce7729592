"""What a request brings along: the gateway it asks, and its session."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from passerby.health.status import CameraStatus
from passerby.serve.auth.access import Access
from passerby.serve.gateway import Gateway

COOKIE = "passerby_session"


def address_of(connection: HTTPConnection) -> str:
    """Return the IP address that a request comes from."""
    return connection.client.host if connection.client else ""


async def _access(connection: HTTPConnection) -> Access:
    return cast("Access", connection.app.state.access)


async def _gateway(connection: HTTPConnection) -> Gateway:
    return cast("Gateway", connection.app.state.gateway)


AccessHere = Annotated[Access, Depends(_access)]
GatewayHere = Annotated[Gateway, Depends(_gateway)]


async def _session(connection: HTTPConnection, access: AccessHere) -> str:
    """Return the session of a browser's cookie or a script's token."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        return access.bearer(token.strip(), address_of(connection))
    session = connection.cookies.get(COOKIE, "")
    if not access.alive(session):
        raise HTTPException(401, "sign in with the access token first", {"WWW-Authenticate": "Bearer"})
    return session


SessionHere = Annotated[str, Depends(_session)]


async def _status(camera: str, gateway: GatewayHere, _session: SessionHere) -> CameraStatus:
    """Return how the camera named in the path is doing."""
    for status in gateway.statuses():
        if status.camera == camera:
            return status
    raise HTTPException(404, "no camera of this name; /api/cameras lists them")


CameraHere = Annotated[CameraStatus, Depends(_status)]
