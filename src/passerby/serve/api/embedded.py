"""One covered camera in a page of another origin: how it is doing, and its stream."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, WebSocket
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.accounts.ticket import TICKET_S
from passerby.health.status import CameraState, Redaction
from passerby.media.fault import Fault
from passerby.outputs.stream.fmp4 import FragmentedMp4
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.viewer import packets
from passerby.serve.api.sending import send, while_there
from passerby.serve.auth.embedded import EmbeddedVisit, PassesHere, RequiresTicket
from passerby.serve.auth.viewing import viewing
from passerby.serve.auth.visitor import AccountsHere
from passerby.serve.foreign_page import PASS, ROUTES

router = APIRouter(prefix=ROUTES.rstrip("/"), tags=["foreign pages"])

Embedded = Annotated[EmbeddedVisit, Depends(RequiresTicket(Action.WATCH_LIVE))]


class EmbeddedCamera(BaseModel):
    """How a camera is doing, as a page of another origin may know: what is needed to show its picture truthfully."""

    name: str = Field(description="Its name in the site file.")
    state: CameraState = Field(description="What it is doing.")
    redaction: Redaction = Field(description="What viewers get, as in GET /api/cameras.")
    faults: list[Fault] = Field(description="What is wrong with its picture.")
    fault_since: dict[Fault, datetime] = Field(description="When each of these faults began, UTC.")
    detail: str = Field(description="Why, in one line.")
    fps: float = Field(description="Covered pictures in a second.")
    lag_ms: float = Field(description="From capture to covered picture, median, ms.")
    time_ms: float = Field(description="The gateway's clock: UTC, ms since 1970.")
    timezone: str = Field(description="The site's time zone.")


class EmbeddedStream(BaseModel):
    """Where a covered stream can be opened, soon, once, and from pages of this origin only."""

    packets: str = Field(description="WebSocket, as of POST /api/cameras/{camera}/streams/{stream}.")
    fragments: str = Field(description="WebSocket, as above.")
    valid_s: int = Field(description="The stream must be opened within this time, s.")


@router.get("/{camera}", summary="One camera, for a page of another origin")
async def embedded_camera(visit: Embedded) -> EmbeddedCamera:
    """Return how the camera of the page's ticket is doing."""
    status = visit.status
    return EmbeddedCamera(
        name=status.camera,
        state=status.state,
        redaction=status.redaction,
        faults=sorted(status.faults),
        fault_since={fault: datetime.fromtimestamp(at_s, UTC) for fault, at_s in status.fault_since_s.items()},
        detail=status.detail,
        fps=round(status.fps, 2),
        lag_ms=round(status.lag_ms, 1),
        time_ms=time.time() * 1000,
        timezone=visit.view.timezone,
    )


@router.post("/{camera}/streams/{stream}", summary="Address of a covered stream, for a page of another origin")
async def embedded_stream(visit: Embedded, stream: StreamName, passes: PassesHere) -> EmbeddedStream:
    """Return the addresses of a covered stream; each can be opened once."""
    camera = visit.status.camera
    ways = {
        way: f"{ROUTES}{quote(camera)}/{stream}/{way}?{PASS}="
        + passes.give(visit.session, f"{camera}/{stream}", visit.origin)
        for way in ("packets", "fragments")
    }
    return EmbeddedStream(**ways, valid_s=TICKET_S)


@router.websocket("/{camera}/{stream}/packets")
async def embedded_packets(socket: WebSocket, stream: StreamName, visit: Embedded, accounts: AccountsHere) -> None:
    """Send a covered stream's packets until the viewer leaves, the camera is removed or the ticket ends."""
    camera = visit.status.camera
    where = {"origin": visit.origin}
    async with viewing(accounts.trail, visit.principal.name, camera, f"{stream} packets", details=where):
        await socket.accept()
        coming = packets(visit.view, camera, stream)
        await while_there(socket, send(socket, coming, made=lambda packet: packet.data), visit.over())


@router.websocket("/{camera}/{stream}/fragments")
async def embedded_fragments(socket: WebSocket, stream: StreamName, visit: Embedded, accounts: AccountsHere) -> None:
    """Send a covered stream like `packets`, in fragments of MP4."""
    camera = visit.status.camera
    where = {"origin": visit.origin}
    async with viewing(accounts.trail, visit.principal.name, camera, f"{stream} fragments", details=where):
        await socket.accept()
        coming = packets(visit.view, camera, stream)
        await while_there(socket, send(socket, coming, made=FragmentedMp4().add), visit.over())
