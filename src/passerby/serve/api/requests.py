"""What one person asks for and another one decides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from passerby.accounts.two_person_request import Matter, RequestState, TwoPersonRequest
from passerby.errors import UsageError
from passerby.serve.api.page import PageHere
from passerby.serve.auth.visitor import AccountsHere, SignedIn, Visit

router = APIRouter(prefix="/api/requests", tags=["two persons"])

_Own = Annotated[
    Visit, Depends(SignedIn("each matter needs its own permission for its camera, which is checked with the request"))
]


Number = Annotated[int, Path(ge=0, lt=1 << 31, description="Number of the request.")]


class RequestInfo(BaseModel):
    """What one person asks for."""

    number: int = Field(description="Its number.")
    matter: Matter = Field(description="What it is.")
    camera: str = Field(description="Of which camera.")
    details: dict[str, str] = Field(description="What exactly; times in UTC.")
    reason: str = Field(description="Why.")
    asked_by: str = Field(description="Who asks.")
    asked: datetime = Field(description="When they asked, UTC.")
    ends: datetime = Field(description="When it stops being valid, UTC.")
    state: RequestState = Field(description="How far it has come.")
    decided_by: str = Field(description="Who decided; empty: nobody has.")


class NewRequest(BaseModel):
    """What somebody asks for."""

    matter: Matter = Field(description="What it is.")
    camera: str = Field(min_length=1, max_length=64, description="Of which camera.")
    begin: AwareDatetime | None = Field(default=None, description="Of an export: its beginning.")
    end: AwareDatetime | None = Field(default=None, description="Of an export: its end.")
    hold: int | None = Field(default=None, ge=0, lt=1 << 31, description="Of the end of a legal hold: its number.")
    reason: str = Field(max_length=500, description="Why, for the second person.")

    @model_validator(mode="after")
    def _names_a_hold(self) -> NewRequest:
        if (self.matter is Matter.END_LEGAL_HOLD) != (self.hold is not None):
            msg = "hold: give the number of the hold to end a legal hold, and only then"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _has_a_span(self) -> NewRequest:
        if (self.matter is Matter.EXPORT) != (self.begin is not None and self.end is not None):
            msg = "begin, end: give both for an export, and only then"
            raise ValueError(msg)
        if self.begin is not None and self.end is not None and self.begin >= self.end:
            msg = "begin is not before end; swap them"
            raise ValueError(msg)
        return self


class Decision(BaseModel):
    """What the second person decides."""

    granted: bool = Field(description="Whether they agree.")


@router.get("", summary="Requests for a second person")
def list_requests(visit: _Own, accounts: AccountsHere, page: PageHere) -> list[RequestInfo]:
    """Return the requests that somebody may ask for or decide on."""
    chosen = page.of(accounts.approvals.requests(visit.principal), lambda each: f"{each.number:012}")
    return [_info(each) for each in chosen]


@router.post("", status_code=201, summary="Ask for something")
def ask(body: NewRequest, visit: _Own, accounts: AccountsHere) -> RequestInfo:
    """Ask for what needs a second person."""
    span = {"from": body.begin, "until": body.end}
    details = {name: at.astimezone(UTC).isoformat() for name, at in span.items() if at is not None}
    if body.hold is not None:
        details["hold"] = str(body.hold)
    return _info(
        accounts.approvals.ask(
            visit.account, visit.principal, body.matter, body.camera, details=details, reason=body.reason
        )
    )


@router.post("/{number}/decision", summary="Decide as the second person")
def decide(number: Number, body: Decision, visit: _Own, accounts: AccountsHere) -> RequestInfo:
    """Agree to what somebody else asks for, or refuse it."""
    try:
        accounts.approvals.request(visit.principal, number)
    except UsageError as error:
        raise HTTPException(404, "no request of this number; /api/requests lists them") from error
    return _info(accounts.approvals.decide(visit.account, visit.principal, number, granted=body.granted))


def _info(request: TwoPersonRequest) -> RequestInfo:
    return RequestInfo(
        number=request.number,
        matter=request.matter,
        camera=request.subject,
        details=dict(request.details),
        reason=request.reason,
        asked_by=request.asked_by,
        asked=datetime.fromtimestamp(request.asked_s, UTC),
        ends=datetime.fromtimestamp(request.ends_s, UTC),
        state=request.state,
        decided_by=request.decided_by,
    )
