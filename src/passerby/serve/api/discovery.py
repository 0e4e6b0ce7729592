"""Finds cameras on the gateway's own network, for those who may change settings."""

from __future__ import annotations

import threading
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field, SecretStr

from passerby.gateway.camera_search import find_cameras
from passerby.serve.api.probe import one_at_a_time
from passerby.serve.api.site import Changing

router = APIRouter(prefix="/api/site", tags=["settings"])


class DiscoveryOrder(BaseModel):
    """How cameras are asked for their addresses; nothing of it is stored or logged."""

    username: str = Field(default="", max_length=200, description="ONVIF user name of the cameras; empty: none.")
    password: SecretStr = Field(default=SecretStr(""), max_length=200, description="Its password.")


class DiscoveredCamera(BaseModel):
    """A camera that answered."""

    host: str = Field(description="Its IP address.")
    model: str = Field(description="Its model according to itself; empty: not given.")
    address: str = Field(description="Of its first stream, without credentials; empty: it gives none.")
    problem: str = Field(description="Why it gives none; empty: it does.")


@router.post("/discovery", summary="Find cameras on the network")
def discover(
    body: DiscoveryOrder, _visit: Changing, probing: Annotated[threading.Lock, Depends(one_at_a_time)]
) -> list[DiscoveredCamera]:
    """Ask the gateway's own network for ONVIF cameras for three seconds; no camera is changed or moved."""
    if not probing.acquire(blocking=False):
        raise HTTPException(503, "a camera is being tried; try again in a few seconds", {"Retry-After": "5"})
    try:
        found = find_cameras(username=body.username, password=body.password.get_secret_value())
    finally:
        probing.release()
    return [
        DiscoveredCamera(host=each.host, model=each.model, address=each.address, problem=each.problem) for each in found
    ]
