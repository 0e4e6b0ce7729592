"""Covered streams by WebRTC (WHEP): an offer is answered, and the call lasts until one side hangs up."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Annotated, NamedTuple, cast

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from passerby.accounts.address_group import address_group
from passerby.accounts.permission import Action
from passerby.errors import OutputError
from passerby.outputs.stream.packet import StreamName
from passerby.outputs.stream.webrtc import Peer
from passerby.serve.api.sending import first_of
from passerby.serve.api.streams import Admitted
from passerby.serve.auth.requirement import CamerasVisit, Requires
from passerby.serve.auth.viewing import viewing
from passerby.serve.auth.visitor import AccountsHere, address_of

router = APIRouter(prefix="/api", tags=["live"])

_SDP = "application/sdp"
_LONGEST_OFFER = 64 * 1024
_MOST_CALLS = 100


class _Call(NamedTuple):
    session: str
    visitor: str
    task: asyncio.Task[None]


class Calls:
    """All WebRTC calls of one server.

    Args:
        most_of_one: Calls of one visitor at once.
    """

    def __init__(self, most_of_one: int) -> None:
        self._going: dict[str, _Call] = {}
        self._most_of_one = most_of_one

    def full(self, visitor: str) -> bool:
        """Return whether no further call is possible, or none for this visitor."""
        of_one = sum(each.visitor == visitor for each in self._going.values())
        return len(self._going) >= _MOST_CALLS or of_one >= self._most_of_one

    def add(
        self,
        session: str,
        visitor: str,
        *,
        peer: Peer,
        over: Callable[[], Coroutine[None, None, None]],
        view: AsyncExitStack,
    ) -> str:
        """Hold a call until its browser leaves, `hang_up` is called or `over` returns; return its name.

        Args:
            session: Whose call it is.
            visitor: From where it is made.
            peer: The browser.
            over: Returns when the session has ended.
            view: Closed at the end of the call.
        """
        name = secrets.token_urlsafe(16)

        async def hold() -> None:
            try:
                await first_of(peer.over(), over())
            finally:
                del self._going[name]
                await peer.close()
                await view.aclose()

        self._going[name] = _Call(session, visitor, asyncio.create_task(hold()))
        return name

    def hang_up(self, session: str, name: str) -> bool:
        """End a call of a session; return whether there was one."""
        call = self._going.get(name)
        return call is not None and call.session == session and call.task.cancel()


def _calls(request: Request) -> Calls:
    return cast("Calls", request.app.state.calls)


@router.post("/live/{camera}/{stream}/whep", status_code=201, response_class=Response, summary="Watch by WebRTC")
async def call(
    request: Request,
    stream: StreamName,
    visit: Admitted,
    accounts: AccountsHere,
) -> Response:
    """Answer an SDP offer to receive H.264; DELETE what `Location` names to hang up."""
    calls = _calls(request)
    if request.headers.get("content-type") != _SDP:
        raise HTTPException(415, f"send the offer as {_SDP}")
    offer = await request.body()
    if len(offer) > _LONGEST_OFFER:
        raise HTTPException(413, "an offer has at most 64 KiB")
    visitor = address_group(address_of(request))
    if calls.full(visitor):
        raise HTTPException(503, "too many viewers by WebRTC; watch by WebSocket, or try again later")
    camera = visit.status.camera
    async with AsyncExitStack() as starting:
        await starting.enter_async_context(viewing(accounts.trail, visit.principal.name, camera, f"{stream} whep"))
        peer = Peer(visit.view, camera, stream, address=request.scope["server"][0])
        try:
            answer = await peer.answer(offer.decode(errors="replace"))
        except OutputError as error:
            raise HTTPException(400, str(error)) from error
        name = calls.add(visit.session, visitor, peer=peer, over=visit.over, view=starting.pop_all())

    return Response(answer, 201, {"Location": f"/api/calls/{name}"}, _SDP)


@router.delete("/calls/{name}", status_code=204, summary="Hang up")
async def hang_up(
    name: str, request: Request, visit: Annotated[CamerasVisit, Depends(Requires(Action.WATCH_LIVE))]
) -> Response:
    """End a call by WebRTC."""
    if not _calls(request).hang_up(visit.session, name):
        raise HTTPException(404, "this call is over")
    return Response(status_code=204)
