"""News of the cameras as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent

from passerby.health.status import CameraStatus
from passerby.serve.api.cameras import Camera
from passerby.serve.auth.visitor import AccessHere, GatewayHere, SessionHere

router = APIRouter(prefix="/api", tags=["cameras"])

_AGAIN_S = 1.0


@router.get("/events", response_class=EventSourceResponse, summary="News of the cameras")
async def events(gateway: GatewayHere, access: AccessHere, session: SessionHere) -> AsyncIterable[ServerSentEvent]:
    """Tell of all cameras (`cameras`), then of each that changed (`camera`): states at once, figures every second."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def notify(_status: CameraStatus) -> None:
        with suppress(RuntimeError):  # the loop has ended, and this visitor with it
            loop.call_soon_threadsafe(changed.set)

    told: dict[str, Camera] = {}
    with gateway.listen(notify):
        while access.alive(session):
            changed.clear()
            now = {status.camera: Camera.of(status) for status in gateway.statuses()}
            if now.keys() != told.keys() or not told:
                yield ServerSentEvent(event="cameras", data=list(now.values()))
            else:
                for name, camera in now.items():
                    if camera != told[name]:
                        yield ServerSentEvent(event="camera", data=camera)
            told = now
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _AGAIN_S)
