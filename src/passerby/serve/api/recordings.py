"""Covered recordings: what there is, as video and as single pictures, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from passerby.accounts.permission import Action
from passerby.audit.entry import AuditKind, Detail
from passerby.outputs.recording.archive import CoverOfPart, RecordedSpan
from passerby.serve.api.instant import End, Instant, Start, require_period
from passerby.serve.api.page import PageHere
from passerby.serve.auth.requirement import RecordingsVisit, RequiresRecordings
from passerby.serve.auth.viewing import viewing
from passerby.serve.auth.visitor import AccountsHere

router = APIRouter(prefix="/api/recordings", tags=["recordings"])

LONGEST_H: Final = 24.0
_MOST_PROBLEMS: Final = 500
_VIDEO: Final = "video/mp4"
_PICTURE: Final = "image/jpeg"
_TIME: Final = "Passerby-Time"

SeeingRecordings = Annotated[RecordingsVisit, Depends(RequiresRecordings(Action.SEE_RECORDINGS))]
CameraName = Annotated[str, Path(max_length=64, description="Name of the camera.")]


class RecordedCamera(BaseModel):
    """The recordings of a camera, in short."""

    camera: str = Field(description="Its name.")
    oldest: datetime | None = Field(description="Time of the oldest picture, UTC; null: nothing is recorded.")
    newest: datetime | None = Field(description="Time of the newest complete segment's last picture, UTC.")
    spans: int = Field(description="Spans without a gap.")
    size_bytes: int = Field(description="What they take of the disk.")
    recording: bool = Field(description="Whether a segment is being written, or was when the gateway was killed.")
    away: int = Field(description="Spans on nodes of a cluster that do not answer: they cannot be shown now.")

    @classmethod
    def of(cls, camera: str, spans: list[RecordedSpan]) -> RecordedCamera:
        """Return the recordings of a camera as the API lists them."""
        ends = [each.end for span in spans for each in span.members if each.end is not None]
        return cls(
            camera=camera,
            oldest=spans[0].begin if spans else None,
            newest=max(ends, default=None),
            spans=len(spans),
            size_bytes=sum(each.size for span in spans for each in span.members),
            recording=any(span.recording for span in spans),
            away=sum(span.away for span in spans),
        )


class PartInfo(BaseModel):
    """A part of a span whose pictures are covered alike; at least as long as a segment."""

    begin: datetime = Field(description="Time of the first picture, UTC.")
    end: datetime | None = Field(description="Time of the last picture, UTC; null: not known.")
    cover: CoverOfPart = Field(
        description="covered; some_whole, or whole: some or all pictures are covered whole or are notices; unknown."
    )


class SpanInfo(BaseModel):
    """A span of a camera's recording without a gap."""

    begin: datetime = Field(description="Time of the first picture, UTC.")
    end: datetime | None = Field(description="Time of the last picture, UTC; null: not known.")
    gap_before_s: float | None = Field(description="Time before it of which nothing is recorded, s; null: the first.")
    segments: int = Field(description="Files that it consists of.")
    size_bytes: int = Field(description="What they take of the disk.")
    cut_off: int = Field(description="Files that were being written when the gateway was killed.")
    recording: bool = Field(description="Whether its last file is being written, or was when the gateway was killed.")
    node: str = Field(description="Address of the node of a cluster that has it; empty = the gateway's machine.")
    away: bool = Field(description="Whether that node does not answer: it was recorded, but cannot be shown now.")
    parts: list[PartInfo] = Field(description="How its pictures are covered.")

    @classmethod
    def of(cls, span: RecordedSpan, before: RecordedSpan | None) -> SpanInfo:
        """Return a span as the API shows it."""
        gap_s = None if before is None else (span.begin - (before.end or before.begin)).total_seconds()
        return cls(
            begin=span.begin,
            end=span.end,
            gap_before_s=gap_s,
            segments=len(span.members),
            size_bytes=sum(each.size for each in span.members),
            cut_off=sum(each.cut_off for each in span.members),
            recording=span.recording,
            node=span.node,
            away=span.away,
            parts=[PartInfo(begin=each.begin, end=each.end, cover=each.cover) for each in span.parts()],
        )


class DamageInfo(BaseModel):
    """Something that is not as it was written."""

    begin: datetime | None = Field(description="Of the segment, UTC; null: not known.")
    problem: str = Field(description="What is wrong.")


class VerificationInfo(BaseModel):
    """Whether the recordings of a camera are as they were written, and all there."""

    camera: str = Field(description="Its name.")
    segments: int = Field(description="Segments that were checked or are missing.")
    not_chained: int = Field(description="Of them, those of an earlier version, which may be missing unnoticed.")
    problems: list[DamageInfo] = Field(description="What is missing, changed or damaged; the first 500.")


@router.get("", summary="Cameras with recordings")
def list_recordings(visit: SeeingRecordings, page: PageHere) -> list[RecordedCamera]:
    """Return the cameras that are recorded or have recordings, and how far those reach back."""
    chosen = page.of(visit.view.cameras(), str)
    return [RecordedCamera.of(each, visit.view.spans(each)) for each in chosen]


@router.get("/{camera}", summary="What was recorded of a camera")
def list_spans(
    visit: SeeingRecordings,
    camera: CameraName,
    page: PageHere,
    *,
    start: Annotated[Instant | None, Query(description="Only what ends after this.")] = None,
    end: Annotated[Instant | None, Query(description="Only what begins before this.")] = None,
) -> list[SpanInfo]:
    """Return the spans without a gap, oldest first, and how their pictures are covered."""
    spans = visit.view.spans(camera)
    found = [
        SpanInfo.of(span, spans[index - 1] if index else None)
        for index, span in enumerate(spans)
        if (start is None or span.end is None or span.end >= start) and (end is None or span.begin <= end)
    ]
    return page.of(found, lambda each: each.begin.isoformat(timespec="microseconds"))


class _Viewed(StreamingResponse):
    """A stream that is sent while its view is open."""

    def __init__(self, content: AsyncIterator[bytes], view: AbstractAsyncContextManager[None], at: datetime) -> None:
        headers = {_TIME: at.isoformat(), "Accept-Ranges": "none"}  # its length is known when all of it is sent
        super().__init__(content, media_type=_VIDEO, headers=headers)
        self._view = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a view that cannot be logged does not begin."""
        async with self._view:
            await super().__call__(scope, receive, send)


_HEADERS = {_TIME: {"description": "Time of the first picture, UTC.", "schema": {"type": "string"}}}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/{camera}/video",
    summary="Watch a recording",
    response_class=StreamingResponse,
    responses={200: {"content": {_VIDEO: _BINARY}, "headers": _HEADERS, "description": "Fragmented MP4."}},
)
async def video(
    visit: SeeingRecordings, camera: CameraName, accounts: AccountsHere, *, start: Start, end: End
) -> Response:
    """Send a period as fragmented MP4, at most 24 h, from the last keyframe before it up to the next gap.

    Time zero in the video is `Passerby-Time`. The video ends where the size of the pictures changes. It is made while
    it is sent, so there are no byte ranges: ask for a later `start` to seek.
    """
    require_period(start, end, longest_h=LONGEST_H)
    pieces = await run_in_threadpool(visit.view.play, camera, start, end)
    first = await run_in_threadpool(next, pieces)
    seen: dict[str, Detail] = {"from": start.isoformat(), "until": start.isoformat()}
    view = viewing(accounts.trail, visit.principal.name, camera, "recording", details=seen)
    return _Viewed(_sent(visit, first, pieces, seen), view, first[0])


async def _sent(
    visit: RecordingsVisit,
    first: tuple[datetime, bytes],
    rest: Iterator[tuple[datetime, bytes]],
    seen: dict[str, Detail],
) -> AsyncIterator[bytes]:
    """Yield pieces of video while the session lives, and note how far they reach."""
    yield first[1]
    seen["until"] = first[0].isoformat()
    async for at, piece in iterate_in_threadpool(rest):
        if not visit.alive():
            return
        yield piece
        seen["until"] = at.isoformat()


@router.get(
    "/{camera}/still",
    summary="One covered picture of a recording",
    response_class=Response,
    responses={200: {"content": {_PICTURE: _BINARY}, "headers": _HEADERS, "description": "The picture."}},
)
def one_picture(
    visit: SeeingRecordings,
    camera: CameraName,
    accounts: AccountsHere,
    *,
    at: Annotated[Instant, Query(description="The moment, with an offset.")],
    width: Annotated[int, Query(ge=16, le=3840, description="Width, px; never more than was recorded.")] = 320,
) -> Response:
    """Return the covered picture that was shown at a moment, as JPEG; its own time is `Passerby-Time`."""
    found = visit.view.still(camera, at, width)
    said = {"stream": "recording still", "from": found.at.isoformat(), "until": found.at.isoformat()}
    accounts.trail.note(AuditKind.PICTURE_VIEWED, visit.principal.name, camera, **said)
    return Response(found.jpeg, media_type=_PICTURE, headers={_TIME: found.at.isoformat()})


@router.post("/{camera}/verification", summary="Verify the recordings of a camera")
def verify(visit: SeeingRecordings, camera: CameraName) -> VerificationInfo:
    """Open every segment and check that all are there and unchanged; one camera at a time, as it reads all of them."""
    count = not_chained = 0
    problems: list[DamageInfo] = []
    for each in visit.view.verify(camera):
        count += 1
        not_chained += not each.chained
        if each.problem and len(problems) < _MOST_PROBLEMS:
            problems.append(DamageInfo(begin=each.begin, problem=each.problem))
    return VerificationInfo(camera=camera, segments=count, not_chained=not_chained, problems=problems)
