"""Legal holds on recordings: what is held is not erased until somebody ends the hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.accounts.two_person_request import Matter
from passerby.audit.entry import AuditKind
from passerby.errors import UsageError
from passerby.outputs.recording.legal_hold import LONGEST_HOLD, SHORTEST_REASON, LegalHold
from passerby.serve.api.instant import Instant, require_period
from passerby.serve.api.page import PageHere
from passerby.serve.api.recordings import CameraName, SeeingRecordings
from passerby.serve.auth.requirement import RecordingsVisit, RequiresRecordings
from passerby.serve.auth.visitor import AccountsHere
from passerby.serve.recording_view import account_name

router = APIRouter(prefix="/api/recordings/{camera}/holds", tags=["recordings"])

_LONGEST_H = LONGEST_HOLD / timedelta(hours=1)

Holding = Annotated[RecordingsVisit, Depends(RequiresRecordings(Action.CHANGE_SETTINGS))]
HoldNumber = Annotated[int, Path(ge=0, lt=1 << 31, description="Number of the legal hold.")]


class LegalHoldInfo(BaseModel):
    """A period that is not erased."""

    number: int = Field(description="Its number.")
    begin: datetime = Field(description="Start, UTC.")
    end: datetime = Field(description="End, UTC.")
    reason: str = Field(description="Why.")
    by: str = Field(description="Account that placed it.")
    placed: datetime = Field(description="When, UTC.")

    @classmethod
    def of(cls, hold: LegalHold) -> LegalHoldInfo:
        """Return a legal hold as the API shows it."""
        return cls.model_validate(hold, from_attributes=True)


class NewLegalHold(BaseModel):
    """A period that is not to be erased."""

    begin: Instant = Field(description="Start, with an offset.")
    end: Instant = Field(description="End; at most 366 days later.")
    reason: str = Field(max_length=500, description="Why, in a sentence.")


@router.get("", summary="Legal holds")
def list_holds(visit: SeeingRecordings, camera: CameraName, page: PageHere) -> list[LegalHoldInfo]:
    """Return the legal holds of a camera."""
    found = page.of(visit.view.holds(camera), lambda each: f"{each.number:012}")
    return [LegalHoldInfo.of(each) for each in found]


@router.post("", status_code=201, summary="Place a legal hold")
def place(visit: Holding, camera: CameraName, body: NewLegalHold, accounts: AccountsHere) -> LegalHoldInfo:
    """Prevent recordings of a period from being erased, whatever their age, until the hold is ended."""
    require_period(body.begin, body.end, longest_h=_LONGEST_H)
    if len(body.reason.strip()) < SHORTEST_REASON:
        msg = f"say why, in at least {SHORTEST_REASON} characters"
        raise UsageError(msg)
    visit.view.holds(camera)
    by, placed = account_name(visit.principal), datetime.fromtimestamp(accounts.clock(), UTC)
    wanted = LegalHold(0, camera, body.begin, body.end, body.reason.strip(), by, placed)
    said = {"legal_hold": "placed", "from": body.begin.isoformat(), "until": body.end.isoformat()}
    accounts.trail.note(AuditKind.SETTINGS_CHANGED, visit.principal.name, camera, **said, reason=wanted.reason)
    return LegalHoldInfo.of(visit.view.place_hold(wanted))


@router.delete("/{number}", status_code=204, summary="End a legal hold")
def end(
    visit: Holding,
    camera: CameraName,
    number: HoldNumber,
    accounts: AccountsHere,
    *,
    request: Annotated[
        int | None, Query(ge=0, lt=1 << 31, description="Number of the request to which a second person has agreed.")
    ] = None,
) -> None:
    """End a legal hold: what is too old is erased soon; a second person must agree where the site wants one."""
    visit.view.require_hold(camera, number)
    by = account_name(visit.principal)
    agreed = accounts.approvals.used(
        by, request, Matter.END_LEGAL_HOLD, camera, fits=lambda details: details.get("hold") == str(number)
    )
    with agreed:
        accounts.trail.note(AuditKind.SETTINGS_CHANGED, visit.principal.name, camera, legal_hold="ended", number=number)
        visit.view.end_hold(camera, number)
