"""The mosaic of all cameras: one stream for a large wall."""

from __future__ import annotations

from typing import Annotated, cast
from weakref import WeakValueDictionary

from fastapi import APIRouter, Depends, Query, WebSocket
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action
from passerby.accounts.ticket import TICKET_S
from passerby.errors import ForbiddenError
from passerby.outputs.stream.fmp4 import FragmentedMp4
from passerby.outputs.stream.mosaic import grid_for
from passerby.outputs.stream.mosaic_stream import NAME, MosaicStream
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.viewer import packets
from passerby.serve.api.sending import send, while_there
from passerby.serve.auth.requirement import CamerasVisit, Requires
from passerby.serve.auth.viewing import viewing
from passerby.serve.auth.visitor import AccountsHere, TicketsHere
from passerby.serve.camera_view import CameraView

router = APIRouter(prefix="/api/mosaic", tags=["live"])


class MosaicAddress(BaseModel):
    """Where the mosaic can be opened, soon and in this session only, and the position of each camera in it."""

    packets: str = Field(description="WebSocket; each message is a header of 14 bytes and H.264 with start codes.")
    fragments: str = Field(description="WebSocket; each message is the same header and fragmented MP4.")
    valid_s: int = Field(description="The stream must be opened within this time, s.")
    cameras: list[str] = Field(description="Names, row by row from the left.")
    columns: int = Field(description="Cameras beside each other.")
    rows: int = Field(description="Cameras below each other.")


class Mosaics:
    """Mosaics by what their viewers may see: those with equal scopes share one, encoded once.

    One without viewers is forgotten, so there are never more than there are scopes among those who watch.
    """

    def __init__(self) -> None:
        self._by_scope: WeakValueDictionary[frozenset[str] | None, MosaicStream] = WeakValueDictionary()

    def of(self, cameras: CameraView) -> MosaicStream:
        """Return the mosaic of the cameras in view."""
        mosaic = self._by_scope.get(cameras.scope)
        if mosaic is None:
            mosaic = MosaicStream(lambda: [status.camera for status in cameras.statuses()], cameras.listen_to_walls)
            self._by_scope[cameras.scope] = mosaic
        return mosaic


Watching = Annotated[CamerasVisit, Depends(Requires(Action.WATCH_LIVE))]


async def _mosaic(
    connection: HTTPConnection, visit: Watching, tickets: TicketsHere, ticket: Annotated[str, Query()]
) -> MosaicStream:
    """Return the mosaic that a ticket opens."""
    if not tickets.admits(ticket, visit.session, NAME):
        msg = "the stream's address has expired; ask for a new one"
        raise ForbiddenError(msg)
    return cast("Mosaics", connection.app.state.mosaics).of(visit.view)


MosaicHere = Annotated[MosaicStream, Depends(_mosaic)]


@router.post("/stream", summary="Address of the mosaic")
async def address(visit: Watching, tickets: TicketsHere) -> MosaicAddress:
    """Return the addresses of the mosaic with a ticket for it."""
    ticket = tickets.ticket(visit.session, NAME)
    ways = {way: f"{router.prefix}/{way}?ticket={ticket}" for way in ("packets", "fragments")}
    cameras = [status.camera for status in visit.view.statuses()]
    grid = grid_for(len(cameras))
    return MosaicAddress(**ways, valid_s=TICKET_S, cameras=cameras, columns=grid.columns, rows=grid.rows)


@router.websocket("/packets")
async def watch_packets(socket: WebSocket, mosaic: MosaicHere, visit: Watching, accounts: AccountsHere) -> None:
    """Send the mosaic until the viewer leaves or the session ends."""
    async with viewing(accounts.trail, visit.principal.name, _named(visit), "mosaic packets"):
        await socket.accept()
        coming = packets(mosaic.hub, NAME, StreamName.WALL)
        await while_there(socket, send(socket, coming, made=lambda packet: packet.data), visit.over())


@router.websocket("/fragments")
async def watch_fragments(socket: WebSocket, mosaic: MosaicHere, visit: Watching, accounts: AccountsHere) -> None:
    """Send the mosaic like `packets`, in fragments of MP4."""
    async with viewing(accounts.trail, visit.principal.name, _named(visit), "mosaic fragments"):
        await socket.accept()
        coming = packets(mosaic.hub, NAME, StreamName.WALL)
        await while_there(socket, send(socket, coming, made=FragmentedMp4().add), visit.over())


def _named(visit: CamerasVisit) -> str:
    return ", ".join(status.camera for status in visit.view.statuses())
