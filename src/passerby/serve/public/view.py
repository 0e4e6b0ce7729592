"""The public cameras as anybody may see them: the others are not there."""

from __future__ import annotations

from typing import Annotated, Protocol, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from passerby.gateway.public_pages import PublicFacts


class PublicSource(Protocol):
    """Knows what the public pages say; used from several threads."""

    def facts(self, camera: str) -> PublicFacts | None:
        """Return what anybody may know about a camera; None = it has no public page, or there is no such camera."""
        ...


def _public_facts(connection: HTTPConnection, camera: str) -> PublicFacts:
    """Return what anybody may know about a camera; one without a page is answered like one that does not exist.

    Raises:
        HTTPException: 404.
    """
    source = cast("PublicSource | None", connection.app.state.public)
    facts = source.facts(camera) if source is not None else None
    if facts is None:
        raise HTTPException(404, "there is no public page at this address")
    return facts


PublicFactsHere = Annotated[PublicFacts, Depends(_public_facts)]
