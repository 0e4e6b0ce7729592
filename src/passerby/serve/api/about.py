"""What runs here: the version, and the networks with which it finds people."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from passerby.serve.auth.visitor import SignedIn, Visit
from passerby.version import __version__
from passerby.vision.models.catalogue import MODELS

router = APIRouter(prefix="/api/about", tags=["about"])

_Asking = Annotated[Visit, Depends(SignedIn("the same for everybody, and public anyway"))]


class NetworkInfo(BaseModel):
    """A network that this version knows; a file with another hash is rejected."""

    name: str = Field(description="Its name on the command line.")
    finds: list[str] = Field(description="What it finds.")
    licence: str = Field(description="Licence of its weights.")
    sha256: str = Field(description="SHA-256 of its file.")


class AboutInfo(BaseModel):
    """What runs here."""

    version: str = Field(description="Version of passerby.")
    networks: list[NetworkInfo] = Field(description="The networks that it knows, by name.")


@router.get("", summary="What runs here")
async def about(_visit: _Asking) -> AboutInfo:
    """Return the version, and the networks that it knows with their hashes and licences."""
    networks = [
        NetworkInfo(
            name=each.name,
            finds=[kind.name.lower() for kind in sorted(each.finds)],
            licence=each.licence,
            sha256=each.sha256,
        )
        for _, each in sorted(MODELS.items())
    ]
    return AboutInfo(version=__version__, networks=networks)
