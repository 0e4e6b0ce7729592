"""How the cameras are doing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.media.fault import Fault
from passerby.serve.auth.requirement import CamerasVisit, CameraVisit, Requires, RequiresCamera

router = APIRouter(prefix="/api", tags=["cameras"])


class Camera(BaseModel):
    """How one camera is doing."""

    name: str = Field(description="Its name in the site file.")
    state: CameraState = Field(description="What it is doing.")
    since: datetime = Field(description="Since when, UTC.")
    redaction: Redaction = Field(
        description="What viewers get: active = covered, whole = covered whole, none = a notice."
    )
    faults: list[Fault] = Field(description="What is wrong with its picture.")
    fault_since: dict[Fault, datetime] = Field(description="When each of these faults began, UTC.")
    detail: str = Field(description="Why, in one line.")
    width: int = Field(description="Of the covered picture, px; 0 before the first.")
    height: int = Field(description="As width.")
    fps: float = Field(description="Covered pictures in a second.")
    lag_ms: float = Field(description="From capture to covered picture, median, ms.")
    frames_total: int = Field(description="Covered pictures since the start.")
    withheld: dict[str, int] = Field(description="Of them covered whole, by reason.")
    restarts: int = Field(description="How often its process was started again.")
    tries: int = Field(description="Failed attempts to record or publish it since the last success.")
    serviceability: dict[str, float] = Field(
        description="Share of 24h, 7d and 30d with a usable, correctly covered picture; unobserved spans are absent."
    )
    serviceability_over_s: dict[str, float] = Field(
        description="Time that each share covers, s: less than its span until the camera was observed for that long."
    )

    @classmethod
    def of(cls, status: CameraStatus) -> Camera:
        """Return a status as the API shows it."""
        return cls(
            name=status.camera,
            state=status.state,
            since=datetime.fromtimestamp(status.since_s, UTC),
            redaction=status.redaction,
            faults=sorted(status.faults),
            fault_since={fault: datetime.fromtimestamp(at_s, UTC) for fault, at_s in status.fault_since_s.items()},
            detail=status.detail,
            width=status.width,
            height=status.height,
            fps=round(status.fps, 2),
            lag_ms=round(status.lag_ms, 1),
            frames_total=status.frames_total,
            withheld=dict(status.withheld),
            restarts=status.restarts,
            tries=status.tries,
            serviceability=dict(status.serviceability),
            serviceability_over_s={span: round(over_s) for span, over_s in status.serviceability_over_s.items()},
        )


@router.get("/cameras", summary="All cameras")
async def cameras(visit: Annotated[CamerasVisit, Depends(Requires(Action.SEE_CAMERAS))]) -> list[Camera]:
    """Return how each camera is doing, in the site file's order."""
    return [Camera.of(status) for status in visit.view.statuses()]


@router.get("/cameras/{camera}", summary="One camera")
async def camera(visit: Annotated[CameraVisit, Depends(RequiresCamera(Action.SEE_CAMERAS))]) -> Camera:
    """Return how one camera is doing."""
    return Camera.of(visit.status)
