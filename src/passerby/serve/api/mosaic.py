"""The mosaic of all cameras: one stream for a large wall."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Query, WebSocket
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from passerby.outputs.stream.fmp4 import FragmentedMp4
from passerby.outputs.stream.mosaic import grid_for
from passerby.outputs.stream.mosaic_stream import NAME, MosaicStream
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.viewer import packets
from passerby.serve.api.sending import send, while_there
from passerby.serve.auth.access import TICKET_S
from passerby.serve.auth.visitor import AccessHere, GatewayHere, SessionHere
from passerby.serve.gateway import Gateway

router = APIRouter(prefix="/api/mosaic", tags=["live"])


class MosaicAddress(BaseModel):
    """Where the mosaic can be opened, soon and in this session only; and which camera stands where in it."""

    packets: str = Field(description="WebSocket; each message is a header of 14 bytes and H.264 with start codes.")
    fragments: str = Field(description="WebSocket; each message is the same header and fragmented MP4.")
    valid_s: int = Field(description="The stream must be opened within this time, s.")
    cameras: list[str] = Field(description="Names, row by row from the left.")
    columns: int = Field(description="Cameras beside each other.")
    rows: int = Field(description="Cameras below each other.")


def mosaic_stream(gateway: Gateway) -> MosaicStream:
    """Return the mosaic of a gateway's cameras."""
    return MosaicStream(lambda: [status.camera for status in gateway.statuses()], gateway.listen_to_walls)


async def _mosaic(connection: HTTPConnection) -> MosaicStream:
    return cast("MosaicStream", connection.app.state.mosaic)


MosaicHere = Annotated[MosaicStream, Depends(_mosaic)]


@router.post("/stream", summary="Address of the mosaic")
async def address(gateway: GatewayHere, access: AccessHere, session: SessionHere) -> MosaicAddress:
    """Return the addresses of the mosaic with a ticket for it."""
    ticket = access.ticket(session, NAME)
    ways = {way: f"{router.prefix}/{way}?ticket={ticket}" for way in ("packets", "fragments")}
    cameras = [status.camera for status in gateway.statuses()]
    grid = grid_for(len(cameras))
    return MosaicAddress(**ways, valid_s=TICKET_S, cameras=cameras, columns=grid.columns, rows=grid.rows)


async def _admitted(access: AccessHere, session: SessionHere, ticket: Annotated[str, Query()]) -> str:
    """Return the session whose ticket opens the mosaic."""
    if not access.admits(ticket, session, NAME):
        raise HTTPException(403, "the stream's address has expired; ask for a new one")
    return session


Admitted = Annotated[str, Depends(_admitted)]


@router.websocket("/packets")
async def watch_packets(socket: WebSocket, mosaic: MosaicHere, *, access: AccessHere, session: Admitted) -> None:
    """Send the mosaic until the viewer goes or the session ends."""
    await socket.accept()
    coming = packets(mosaic.hub, NAME, StreamName.WALL)
    await while_there(socket, send(socket, coming, made=lambda packet: packet.data), access.over(session))


@router.websocket("/fragments")
async def watch_fragments(socket: WebSocket, mosaic: MosaicHere, *, access: AccessHere, session: Admitted) -> None:
    """As packets, in fragments of MP4."""
    await socket.accept()
    coming = packets(mosaic.hub, NAME, StreamName.WALL)
    await while_there(socket, send(socket, coming, made=FragmentedMp4().add), access.over(session))
