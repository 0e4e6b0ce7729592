"""Covered streams to browsers: an address with a ticket, then packets over a WebSocket."""

from __future__ import annotations

import time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, WebSocket
from pydantic import BaseModel, Field

from passerby.outputs.stream.fmp4 import FragmentedMp4
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.viewer import packets
from passerby.serve.api.sending import send, while_there
from passerby.serve.auth.access import TICKET_S
from passerby.serve.auth.visitor import AccessHere, CameraHere, GatewayHere, SessionHere

router = APIRouter(prefix="/api", tags=["live"])


class StreamAddress(BaseModel):
    """Where one covered stream can be opened, soon and in this session only."""

    packets: str = Field(description="WebSocket; each message is a header of 14 bytes and H.264 with start codes.")
    fragments: str = Field(description="WebSocket; each message is the same header and fragmented MP4.")
    whep: str = Field(description="WebRTC-HTTP egress protocol: POST an SDP offer.")
    valid_s: int = Field(description="The stream must be opened within this time, s.")


@router.post("/cameras/{camera}/streams/{stream}", summary="Address of a covered stream")
async def address(status: CameraHere, stream: StreamName, access: AccessHere, session: SessionHere) -> StreamAddress:
    """Return the addresses of a covered stream with a ticket for it."""
    path = f"/api/live/{quote(status.camera)}/{stream}"
    ticket = access.ticket(session, f"{status.camera}/{stream}")
    ways = {way: f"{path}/{way}?ticket={ticket}" for way in ("packets", "fragments", "whep")}
    return StreamAddress(**ways, valid_s=TICKET_S)


class GatewayClock(BaseModel):
    """The gateway's clock."""

    time_ms: float = Field(description="UTC, ms since 1970.")


@router.get("/clock", summary="The gateway's clock")
async def clock(_session: SessionHere) -> GatewayClock:
    """Return the time here, so that a viewer elsewhere can tell how old a picture is."""
    return GatewayClock(time_ms=time.time() * 1000)


def _admitted(
    status: CameraHere, stream: StreamName, *, access: AccessHere, session: SessionHere, ticket: Annotated[str, Query()]
) -> str:
    """Return the camera whose stream a ticket opens."""
    if not access.admits(ticket, session, f"{status.camera}/{stream}"):
        raise HTTPException(403, "the stream's address has expired; ask for a new one")
    return status.camera


AdmittedCamera = Annotated[str, Depends(_admitted)]


@router.websocket("/live/{camera}/{stream}/packets")
async def watch_packets(
    socket: WebSocket,
    stream: StreamName,
    *,
    camera: AdmittedCamera,
    access: AccessHere,
    session: SessionHere,
    gateway: GatewayHere,
) -> None:
    """Send a covered stream's packets until the viewer goes, the camera is no more or the session ends."""
    await socket.accept()
    coming = packets(gateway.hub, camera, stream)
    await while_there(socket, send(socket, coming, made=lambda packet: packet.data), access.over(session))


@router.websocket("/live/{camera}/{stream}/fragments")
async def watch_fragments(
    socket: WebSocket,
    stream: StreamName,
    *,
    camera: AdmittedCamera,
    access: AccessHere,
    session: SessionHere,
    gateway: GatewayHere,
) -> None:
    """As packets, in fragments of MP4."""
    await socket.accept()
    coming = packets(gateway.hub, camera, stream)
    await while_there(socket, send(socket, coming, made=FragmentedMp4().add), access.over(session))
