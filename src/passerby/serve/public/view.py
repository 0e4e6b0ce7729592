"""The public cameras as anybody may see them: the others are not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from passerby.gateway.public_pages import PublicFacts
from passerby.health.status import CameraStatus
from passerby.serve.gateway import Gateway


class PublicSource(Protocol):
    """Knows what the public pages say; used from several threads."""

    def facts(self, camera: str) -> PublicFacts | None:
        """Return what anybody may know about a camera; None = it has no public page, or there is no such camera."""
        ...


@dataclass(frozen=True, slots=True)
class PublicCamera:
    """A camera with a public page.

    Args:
        facts: What the page says of it.
        status: How it is doing; None = it is switched off.
    """

    facts: PublicFacts
    status: CameraStatus | None


def _public_camera(connection: HTTPConnection, camera: str) -> PublicCamera:
    """Return a camera with a public page; one without is answered like one that does not exist.

    Raises:
        HTTPException: 404.
    """
    source = cast("PublicSource | None", connection.app.state.public)
    facts = source.facts(camera) if source is not None else None
    if facts is None:
        raise HTTPException(404, "there is no public page at this address")
    statuses = cast("Gateway", connection.app.state.gateway).statuses()
    return PublicCamera(facts, next((each for each in statuses if each.camera == facts.camera), None))


PublicCameraHere = Annotated[PublicCamera, Depends(_public_camera)]
