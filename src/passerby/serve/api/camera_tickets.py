"""Tickets with which a page of another origin shows one camera."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from passerby.accounts.account import LONGEST_NAME
from passerby.accounts.permission import Action, may
from passerby.accounts.token import ApiToken
from passerby.audit.entry import AuditKind
from passerby.errors import ForbiddenError
from passerby.serve.auth.proof import Present, require_proof
from passerby.serve.auth.requirement import CameraVisit, RequiresCamera, RequiresSite
from passerby.serve.auth.visitor import AccountsHere, OriginHere
from passerby.serve.foreign_page import SCRIPT, ForeignPages

router = APIRouter(prefix="/api", tags=["foreign pages"])


class ForeignPageInfo(BaseModel):
    """Which pages may show a camera, and with what."""

    origins: list[str] = Field(description="Origins that the site file lists under web.embed_origins.")
    script: str = Field(description="Path of the element's file.")


class NewTicket(BaseModel):
    """A ticket to be made; it belongs to whoever makes it."""

    name: str = Field(max_length=LONGEST_NAME, description="The page that it is for.")
    ends: AwareDatetime = Field(description="When it ends, at most 366 days from now.")
    present: Present = SecretStr("")


class MadeTicket(BaseModel):
    """A new ticket; it is shown this once."""

    number: int = Field(description="Its number among the tokens, to revoke it.")
    name: str = Field(description="The page that it is for.")
    camera: str = Field(description="The camera that it opens.")
    ends: datetime = Field(description="When it ends, UTC.")
    ticket: str = Field(description="For the attribute `ticket` of <passerby-camera>.")


@router.get(
    "/foreign-pages",
    summary="Which pages may show a camera",
    dependencies=[Depends(RequiresSite(Action.MANAGE_ACCOUNTS))],
)
async def foreign_pages(request: Request) -> ForeignPageInfo:
    """Return the origins whose pages may show a camera; an empty list: no page may."""
    listed = cast("ForeignPages", request.app.state.foreign_pages)
    return ForeignPageInfo(origins=list(listed.origins), script=SCRIPT)


@router.post("/cameras/{camera}/tickets", status_code=201, summary="Make a ticket for a page of another origin")
def add(
    body: NewTicket,
    visit: Annotated[CameraVisit, Depends(RequiresCamera(Action.MANAGE_ACCOUNTS))],
    accounts: AccountsHere,
    origin: OriginHere,
) -> MadeTicket:
    """Make a ticket that opens one camera; GET /api/tokens lists it, and DELETE /api/tokens/{number} revokes it.

    Whoever sees the page sees the camera, so this is for those who decide who may see what, with their password.
    """
    owner, camera = visit.account, visit.status.camera
    if not may(visit.principal, Action.WATCH_LIVE, camera):
        msg = f"{owner.name} may not watch the camera {camera}, and so cannot let others watch it"
        raise ForbiddenError(msg)
    require_proof(visit, accounts, origin, body.present)
    wanted = ApiToken(
        0,
        body.name,
        owner.number,
        frozenset({Action.WATCH_LIVE}),
        None,
        accounts.clock(),
        body.ends.timestamp(),
        camera,
    )

    def record() -> None:
        ends = body.ends.isoformat()
        whose = f"{owner.name}/{body.name}"
        accounts.trail.note(
            AuditKind.TOKEN_CREATED, owner.name, whose, actions=Action.WATCH_LIVE.value, ends=ends, camera=camera
        )

    token, secret = accounts.access.make_token(wanted, record)
    accounts.sessions.refresh()
    return MadeTicket(
        number=token.number,
        name=token.name,
        camera=camera,
        ends=datetime.fromtimestamp(token.ends_s, UTC),
        ticket=secret,
    )
