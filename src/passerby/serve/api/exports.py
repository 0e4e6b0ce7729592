"""Exports of recordings: ordered, followed and fetched; by default a second person must have agreed."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.accounts.two_person_request import SHORTEST_REASON, Matter, within_period
from passerby.audit.entry import AuditKind, Detail
from passerby.errors import UsageError
from passerby.outputs.recording.export_order import REPORT, ExportJob, ExportOrder, ExportState
from passerby.outputs.recording.exports import KEPT
from passerby.serve.api.instant import Instant, require_period
from passerby.serve.api.page import PageHere
from passerby.serve.api.recordings import LONGEST_H
from passerby.serve.auth.requirement import RecordingsVisit, RequiresRecordings
from passerby.serve.auth.visitor import AccountsHere
from passerby.serve.recording_view import account_name

router = APIRouter(prefix="/api/exports", tags=["recordings"])

_MOST_CAMERAS: Final = 16

Exporting = Annotated[RecordingsVisit, Depends(RequiresRecordings(Action.EXPORT_RECORDINGS))]
ExportNumber = Annotated[str, Path(max_length=64, description="Number of the export.")]


class GapInfo(BaseModel):
    """A time of which there are no pictures."""

    begin: datetime = Field(description="Start, UTC.")
    end: datetime = Field(description="End, UTC.")


class ExportedFileInfo(BaseModel):
    """A file of an export."""

    name: str = Field(description="Fetch it as /api/exports/NUMBER/files/NAME.")
    camera: str = Field(description="Name of the camera.")
    begin: datetime = Field(description="Time of its first picture, UTC.")
    end: datetime = Field(description="Time of its last picture, UTC.")
    pictures: int = Field(description="How many.")
    gaps: list[GapInfo] = Field(description="Times that it skips.")
    size_bytes: int = Field(description="Its size.")
    sha256: str = Field(description="Its SHA-256, hexadecimal.")


class ExportInfo(BaseModel):
    """An export, and how far it has come."""

    export: str = Field(description="Its number.")
    state: ExportState = Field(description="waiting, running, done, failed or cancelled.")
    share: float = Field(description="How much of it is done, 0 to 1.")
    problem: str = Field(description="Why it failed; empty: it has not.")
    cameras: list[str] = Field(description="Names of the cameras.")
    begin: datetime = Field(description="Start, UTC.")
    end: datetime = Field(description="End, UTC.")
    reason: str = Field(description="Why it was ordered.")
    case: str = Field(description="Number of the case; empty: none.")
    requests: dict[str, int] = Field(description="Number of the request to which a second person agreed, by camera.")
    asked: datetime = Field(description="When it was ordered, UTC.")
    finished: datetime | None = Field(description="When it was over, UTC.")
    erased: datetime | None = Field(description="When its files are erased, UTC.")
    files: list[ExportedFileInfo] = Field(description="Its files, once all are there.")
    report: str = Field(description="Name of the report, a file like the others; empty: not done.")
    report_sha256: str = Field(description="SHA-256 of the report, as in the audit log.")

    @classmethod
    def of(cls, job: ExportJob) -> ExportInfo:
        """Return an export as the API shows it."""
        order = job.order
        return cls(
            export=job.number,
            state=job.state,
            share=round(job.share, 3),
            problem=job.problem,
            cameras=list(order.cameras),
            begin=order.begin,
            end=order.end,
            reason=order.reason,
            case=order.case,
            requests=dict(order.requests),
            asked=job.asked,
            finished=job.finished,
            erased=None if job.finished is None else job.finished + KEPT,
            files=[
                ExportedFileInfo(
                    name=each.name,
                    camera=each.camera,
                    begin=each.begin,
                    end=each.end,
                    pictures=each.pictures,
                    gaps=[GapInfo(begin=begin, end=end) for begin, end in each.gaps],
                    size_bytes=each.size,
                    sha256=each.sha256,
                )
                for each in job.files
            ],
            report=REPORT if job.state is ExportState.DONE else "",
            report_sha256=job.report_sha256,
        )


class NewExport(BaseModel):
    """An export to be made."""

    cameras: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        min_length=1, max_length=_MOST_CAMERAS, description="Names of the cameras."
    )
    begin: Instant = Field(description="Start, with an offset.")
    end: Instant = Field(description="End; at most 24 h later.")
    reason: str = Field(max_length=500, description="Why, in a sentence.")
    case: str = Field(default="", max_length=100, description="Number of the case that it belongs to; empty: none.")
    requests: dict[Annotated[str, Field(max_length=64)], Annotated[int, Field(ge=0, lt=1 << 31)]] = Field(
        default={},
        max_length=_MOST_CAMERAS,
        description="By camera, the number of the request to which a second person has agreed.",
    )


@router.get("", summary="Exports of one's own")
def list_exports(visit: Exporting, page: PageHere) -> list[ExportInfo]:
    """Return the exports that this person ordered, oldest first; they are erased after 24 h."""
    return [ExportInfo.of(each) for each in page.of(visit.view.exports(), _cursor)]


@router.post("", status_code=202, summary="Export recordings")
def order(body: NewExport, visit: Exporting, accounts: AccountsHere, answer: Response) -> ExportInfo:
    """Order an export: an MP4 file for each camera and picture size, and a report; `Location` reports its progress."""
    require_period(body.begin, body.end, longest_h=LONGEST_H)
    if len(body.reason.strip()) < SHORTEST_REASON:
        msg = f"say why, in at least {SHORTEST_REASON} characters"
        raise UsageError(msg)
    by, cameras = visit.principal.name, tuple(dict.fromkeys(body.cameras))
    wanted = ExportOrder(
        account_name(visit.principal), cameras, body.begin, body.end, body.reason.strip(), body.case, body.requests
    )
    said: dict[str, Detail] = {"from": body.begin.isoformat(), "until": body.end.isoformat()}
    said |= {"reason": wanted.reason, "case": wanted.case}
    visit.view.require_cameras(cameras)

    def fits(details: Mapping[str, str]) -> bool:
        return within_period(details, wanted.begin, wanted.end)

    def released(job: ExportJob) -> None:
        done: dict[str, Detail] = {"export": job.number, "report_sha256": job.report_sha256}
        accounts.trail.note(AuditKind.EXPORT, by, ", ".join(cameras), **said, **done)

    with ExitStack() as starting:
        for camera in cameras:
            number = body.requests.get(camera)
            agreed = accounts.approvals.used(wanted.by, number, Matter.EXPORT, camera, fits=fits)
            starting.enter_context(agreed)
            about: dict[str, Detail] = {} if number is None else {"request": number}
            accounts.trail.note(AuditKind.EXPORT, by, camera, **said, **about)
        used = starting.pop_all()
        starting.push(used)
        job = visit.view.order(wanted, used, released)
        starting.pop_all()  # from now on, the job leaves it
    answer.headers["Location"] = f"{router.prefix}/{job.number}"
    return ExportInfo.of(job)


@router.get("/{export}", summary="One export")
def one(export: ExportNumber, visit: Exporting) -> ExportInfo:
    """Return how far an export has come."""
    return ExportInfo.of(visit.view.export(export))


@router.delete("/{export}", status_code=204, summary="Cancel or delete an export")
def remove(export: ExportNumber, visit: Exporting) -> None:
    """Cancel an export that is not finished; erase the files of one that is."""
    visit.view.remove(export)


@router.get(
    "/{export}/files/{file}",
    summary="A file of an export",
    response_class=FileResponse,
    responses={200: {"content": {"video/mp4": {}, "application/json": {}}, "description": "The file."}},
)
def fetch(
    export: ExportNumber,
    file: Annotated[str, Path(max_length=200, description="Name of the file.")],
    visit: Exporting,
    accounts: AccountsHere,
) -> FileResponse:
    """Return a file of a finished export; the audit log records who fetches it."""
    path = visit.view.file(export, file)
    job = visit.view.export(export)
    cameras = ", ".join(job.order.cameras)
    accounts.trail.note(AuditKind.EXPORT, visit.principal.name, cameras, export=job.number, fetched=file)
    kind = mimetypes.guess_type(file)[0]
    return FileResponse(path, media_type=kind, filename=f"{job.number}-{file}")


def _cursor(job: ExportJob) -> str:
    return f"{job.asked.isoformat(timespec='microseconds')} {job.number}"
