"""Tries a camera's address before it is written into the site file, for those who may change settings."""

from __future__ import annotations

import re
import threading
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field, SecretStr
from starlette.requests import HTTPConnection

from passerby.errors import RefusedError, SourceError, UsageError
from passerby.gateway.camera_probe import probe_apart
from passerby.media.address import Address, Transport
from passerby.serve.api.site import Changing

router = APIRouter(prefix="/api/site", tags=["settings"])

_SCHEMES: Final = re.compile(r"(?i)(rtsps?|https?)://[^\s/]+|simulation:[a-z-]+$|/dev/video\d+$")


class ProbeOrder(BaseModel):
    """A camera to be tried; nothing of it is stored or logged."""

    address: SecretStr = Field(
        min_length=1, max_length=2000, description="rtsp://, http(s)://, /dev/video0 or simulation:NAME."
    )
    username: str = Field(default="", max_length=200, description="User name on the camera.")
    password: SecretStr = Field(default=SecretStr(""), max_length=200, description="Password on the camera.")
    transport: Transport = Field(default=Transport.TCP, description="Transport of RTSP.")


class ProbeInfo(BaseModel):
    """What a camera sends."""

    works: bool = Field(description="Whether it sends pictures that can be used.")
    refused: bool = Field(description="Whether it rejects the password, or its stream can never be used.")
    detail: str = Field(description="What it sends, or why it cannot be used, in one line without secrets.")
    codec: str = Field(description="Codec; empty: none.")
    width: int = Field(description="px; 0: none.")
    height: int = Field(description="px; 0: none.")
    fps: float = Field(description="Pictures a second; 0: fewer than two in three seconds.")


async def one_at_a_time(connection: HTTPConnection) -> threading.Lock:
    """Return what is held while a camera is tried or searched for."""
    return cast("threading.Lock", connection.app.state.probing)


@router.post("/probe", summary="Try a camera")
def try_camera(
    body: ProbeOrder, _visit: Changing, probing: Annotated[threading.Lock, Depends(one_at_a_time)]
) -> ProbeInfo:
    """Connect to a camera for three seconds, as `passerby camera add` does; it leads only to its own host and port.

    Its pictures stay in a process of their own, and are not shown: a camera is seen, covered, once it is in the site.
    """
    text = body.address.get_secret_value()
    if _SCHEMES.match(text) is None:
        msg = "this is no address of a camera; write rtsp://, http(s)://, /dev/video0 or simulation:NAME"
        raise UsageError(msg)
    address = Address(text)
    if body.username:
        address = address.with_credentials(body.username, body.password.get_secret_value())
    if not probing.acquire(blocking=False):
        raise HTTPException(503, "another camera is being tried; try again in a few seconds", {"Retry-After": "5"})
    try:
        found = probe_apart(address, transport=body.transport)
    except SourceError as error:
        refused = isinstance(error, RefusedError)
        return ProbeInfo(works=False, refused=refused, detail=str(error), codec="", width=0, height=0, fps=0)
    finally:
        probing.release()
    return ProbeInfo(
        works=True,
        refused=False,
        detail=str(found),
        codec=found.codec,
        width=found.width,
        height=found.height,
        fps=round(found.fps, 2),
    )
