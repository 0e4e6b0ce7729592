"""Covered streams to browsers: an address with a ticket, then packets over a WebSocket."""

from __future__ import annotations

import time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, WebSocket
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.accounts.ticket import TICKET_S
from passerby.errors import ForbiddenError
from passerby.outputs.stream.fmp4 import FragmentedMp4
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.viewer import packets
from passerby.serve.api.sending import send, while_there
from passerby.serve.auth.requirement import CamerasVisit, CameraVisit, Requires, RequiresCamera
from passerby.serve.auth.viewing import viewing
from passerby.serve.auth.visitor import AccountsHere, TicketsHere

router = APIRouter(prefix="/api", tags=["live"])

WatchingCamera = Annotated[CameraVisit, Depends(RequiresCamera(Action.WATCH_LIVE))]


class StreamAddress(BaseModel):
    """Where one covered stream can be opened, soon and in this session only."""

    packets: str = Field(description="WebSocket; each message is a header of 14 bytes and H.264 with start codes.")
    fragments: str = Field(description="WebSocket; each message is the same header and fragmented MP4.")
    whep: str = Field(description="WebRTC-HTTP egress protocol: POST an SDP offer.")
    valid_s: int = Field(description="The stream must be opened within this time, s.")


@router.post("/cameras/{camera}/streams/{stream}", summary="Address of a covered stream")
async def address(visit: WatchingCamera, stream: StreamName, tickets: TicketsHere) -> StreamAddress:
    """Return the addresses of a covered stream with a ticket for it."""
    path = f"/api/live/{quote(visit.status.camera)}/{stream}"
    ticket = tickets.ticket(visit.session, f"{visit.status.camera}/{stream}")
    ways = {way: f"{path}/{way}?ticket={ticket}" for way in ("packets", "fragments", "whep")}
    return StreamAddress(**ways, valid_s=TICKET_S)


class GatewayClock(BaseModel):
    """The gateway's clock."""

    time_ms: float = Field(description="UTC, ms since 1970.")
    timezone: str = Field(description="The site's time zone, in which the page shows times.")


@router.get("/clock", summary="The gateway's clock")
async def clock(visit: Annotated[CamerasVisit, Depends(Requires(Action.SEE_CAMERAS))]) -> GatewayClock:
    """Return the time here, so that a viewer elsewhere can tell how old a picture is."""
    return GatewayClock(time_ms=time.time() * 1000, timezone=visit.view.timezone)


def _admitted(
    visit: WatchingCamera, stream: StreamName, tickets: TicketsHere, ticket: Annotated[str, Query()]
) -> CameraVisit:
    """Return the visit of the camera whose stream a ticket opens."""
    if not tickets.admits(ticket, visit.session, f"{visit.status.camera}/{stream}"):
        msg = "the stream's address has expired; ask for a new one"
        raise ForbiddenError(msg)
    return visit


Admitted = Annotated[CameraVisit, Depends(_admitted)]


@router.websocket("/live/{camera}/{stream}/packets")
async def watch_packets(socket: WebSocket, stream: StreamName, visit: Admitted, accounts: AccountsHere) -> None:
    """Send a covered stream's packets until the viewer leaves, the camera is removed or the session ends."""
    camera = visit.status.camera
    async with viewing(accounts.trail, visit.principal.name, camera, f"{stream} packets"):
        await socket.accept()
        coming = packets(visit.view, camera, stream)
        await while_there(socket, send(socket, coming, made=lambda packet: packet.data), visit.over())


@router.websocket("/live/{camera}/{stream}/fragments")
async def watch_fragments(socket: WebSocket, stream: StreamName, visit: Admitted, accounts: AccountsHere) -> None:
    """Send a covered stream like `packets`, in fragments of MP4."""
    camera = visit.status.camera
    async with viewing(accounts.trail, visit.principal.name, camera, f"{stream} fragments"):
        await socket.accept()
        coming = packets(visit.view, camera, stream)
        await while_there(socket, send(socket, coming, made=FragmentedMp4().add), visit.over())
