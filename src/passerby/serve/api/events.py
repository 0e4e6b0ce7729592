"""News of the cameras as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from passerby.accounts.permission import Action
from passerby.listeners import Wakeup
from passerby.serve.api.cameras import Camera
from passerby.serve.auth.requirement import CamerasVisit, Requires

router = APIRouter(prefix="/api", tags=["cameras"])

_AGAIN_S = 1.0


@router.get("/events", response_class=EventSourceResponse, summary="News of the cameras")
async def events(
    visit: Annotated[CamerasVisit, Depends(Requires(Action.SEE_CAMERAS))],
) -> AsyncIterable[ServerSentEvent]:
    """Send all cameras (`cameras`), then each that changed (`camera`): states at once, figures every second."""
    changed = Wakeup()
    sent: dict[str, Camera] = {}
    with visit.view.listen(changed.notify):
        while visit.alive():
            now = {status.camera: Camera.of(status) for status in visit.view.statuses()}
            if now.keys() != sent.keys() or not sent:
                yield ServerSentEvent(event="cameras", data=list(now.values()))
            else:
                for name, camera in now.items():
                    if camera != sent[name]:
                        yield ServerSentEvent(event="camera", data=camera)
            sent = now
            await changed.wait(_AGAIN_S)
