"""What a timeline of recordings shows: how each moment is covered, and small pictures to look for one."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from passerby.audit.entry import AuditKind, Detail
from passerby.outputs.recording.cover_index import CoverIndex
from passerby.serve.api.instant import End, Start, require_period
from passerby.serve.api.recordings import CameraName, SeeingRecordings
from passerby.serve.auth.visitor import AccountsHere

router = APIRouter(prefix="/api/recordings/{camera}", tags=["recordings"])

_LONGEST_H: Final = 31 * 24.0
_MOST_STEPS: Final = 5000
_MOST_PREVIEWS: Final = 48


class CoverInfo(BaseModel):
    """Shares of each step, 0 to 1; what is left of a step was not recorded."""

    begin: datetime = Field(description="Start of the first step, UTC.")
    step_s: int = Field(description="Length of a step, s.")
    covered: list[float] = Field(description="People are covered.")
    whole: list[float] = Field(description="Pictures are covered whole.")
    no_picture: list[float] = Field(description="The camera gave no picture.")
    unknown: list[float] = Field(description="Recorded; how it is covered is not known, or not yet.")

    @classmethod
    def of(cls, index: CoverIndex) -> CoverInfo:
        """Return how a recording is covered as the API shows it."""
        return cls.model_validate(index, from_attributes=True)


class PreviewInfo(BaseModel):
    """A small covered picture."""

    at: datetime = Field(description="Its time, UTC.")
    jpeg: str = Field(description="The picture, JPEG in base64.")


@router.get("/cover", summary="How a recording is covered over time")
def cover(
    visit: SeeingRecordings,
    camera: CameraName,
    *,
    start: Start,
    end: End,
    step_s: Annotated[int, Query(ge=1, le=86_400, description="Length of a step, s.")] = 60,
) -> CoverInfo:
    """Return how a period of at most 31 days is covered, exact to a second, in equal steps from its start on."""
    require_period(start, end, longest_h=_LONGEST_H)
    if (end - start).total_seconds() > step_s * _MOST_STEPS:
        raise HTTPException(422, f"the period has more than {_MOST_STEPS} steps of {step_s} s; ask for longer steps")
    return CoverInfo.of(visit.view.cover(camera, start, end, step_s))


@router.get("/previews", summary="Small pictures of a recording")
def previews(  # noqa: PLR0913 - one argument for each part of the question
    visit: SeeingRecordings,
    camera: CameraName,
    accounts: AccountsHere,
    *,
    start: Start,
    end: End,
    count: Annotated[int, Query(ge=1, le=_MOST_PREVIEWS, description="How many parts the period has.")] = 12,
    width: Annotated[int, Query(ge=16, le=640, description="Width, px; never more than was recorded.")] = 320,
) -> list[PreviewInfo]:
    """Return a covered picture of each part of a period that has one, oldest first; the view is logged once."""
    require_period(start, end, longest_h=_LONGEST_H)
    found = visit.view.previews(camera, start, end, count=count, width_px=width)
    said: dict[str, Detail] = {"stream": "recording previews", "from": start.isoformat(), "until": end.isoformat()}
    accounts.trail.note(AuditKind.PICTURE_VIEWED, visit.principal.name, camera, **said)
    return [PreviewInfo(at=each.at, jpeg=base64.b64encode(each.jpeg).decode()) for each in found]
