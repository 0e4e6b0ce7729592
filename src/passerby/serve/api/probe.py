"""Tries a camera's address before it is written into the site file, for those who may change settings."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, HTTPException, Response
from pydantic import BaseModel, Field, SecretStr
from starlette.requests import HTTPConnection

from passerby.audit.entry import AuditKind
from passerby.errors import DetectorError, ModelError, RefusedError, SourceError, UsageError
from passerby.gateway.camera_probe import covered_picture_apart, probe_apart
from passerby.media.address import Address, Transport
from passerby.serve.api.site import Changing
from passerby.serve.auth.visitor import AccountsHere

router = APIRouter(prefix="/api/site", tags=["settings"])

_PICTURE: Final = "image/jpeg"
_WHOLE: Final = "Passerby-Covered-Whole"
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


class PictureOrder(ProbeOrder):
    """A camera of which a covered picture is wanted."""

    width_px: int = Field(
        default=960, ge=160, le=1920, description="Width of the picture, px; a smaller one keeps its size."
    )


async def one_at_a_time(connection: HTTPConnection) -> threading.Lock:
    """Return what is held while a camera is tried or searched for."""
    return cast("threading.Lock", connection.app.state.probing)


async def _state_folder(connection: HTTPConnection) -> Path:
    folder = cast("Path | None", connection.app.state.state_folder)
    if folder is None:
        raise HTTPException(404, "this gateway has no state folder, where networks are prepared")
    return folder


_Folder = Annotated[Path, Depends(_state_folder)]
_Probing = Annotated[threading.Lock, Depends(one_at_a_time)]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {_PICTURE: {"schema": {"type": "string", "format": "binary"}}},
        "description": f"The covered picture; the header {_WHOLE} says why all of it is covered, if it is.",
    }
}


@router.post("/probe", summary="Try a camera")
def try_camera(body: ProbeOrder, _visit: Changing, probing: _Probing) -> ProbeInfo:
    """Connect to a camera for three seconds, as `passerby camera add` does; only its own host and port are asked.

    Its pictures stay in a process of their own; `probe/picture` shows a covered one.
    """
    address = _address(body)
    try:
        with _alone(probing):
            found = probe_apart(address, transport=body.transport)
    except SourceError as error:
        refused = isinstance(error, RefusedError)
        return ProbeInfo(works=False, refused=refused, detail=str(error), codec="", width=0, height=0, fps=0)
    return ProbeInfo(
        works=True,
        refused=False,
        detail=str(found),
        codec=found.codec,
        width=found.width,
        height=found.height,
        fps=round(found.fps, 2),
    )


@router.post("/probe/picture", summary="A covered picture of a camera", response_class=Response, responses=_ANSWERS)
def show_camera(
    body: PictureOrder, visit: Changing, accounts: AccountsHere, probing: _Probing, *, folder: _Folder
) -> Response:
    """Connect to a camera, and return its first picture that the networks have covered; it takes up to a minute.

    It is covered in a process of its own, as live cameras are: what no network has inspected is covered whole, and
    where a network is missing nothing is shown. The view is in the audit log.
    """
    address = _address(body)
    try:
        with _alone(probing):
            found = covered_picture_apart(
                address, transport=body.transport, state_folder=folder, width_px=body.width_px
            )
    except (ModelError, DetectorError) as error:
        raise HTTPException(503, f"nothing can be covered, so nothing is shown: {error}") from error
    said = "picture of a camera that is not added yet"
    accounts.trail.note(AuditKind.PICTURE_VIEWED, visit.principal.name, str(address), stream=said)
    return Response(found.jpeg, media_type=_PICTURE, headers={_WHOLE: found.whole} if found.whole else {})


def _address(body: ProbeOrder) -> Address:
    text = body.address.get_secret_value()
    if _SCHEMES.match(text) is None:
        msg = "this is not the address of a camera; write rtsp://, http(s)://, /dev/video0 or simulation:NAME"
        raise UsageError(msg)
    address = Address(text)
    return address.with_credentials(body.username, body.password.get_secret_value()) if body.username else address


@contextmanager
def _alone(probing: threading.Lock) -> Iterator[None]:
    """Try one camera at a time."""
    if not probing.acquire(blocking=False):
        raise HTTPException(503, "another camera is being tried; try again in a few seconds", {"Retry-After": "5"})
    try:
        yield
    finally:
        probing.release()
