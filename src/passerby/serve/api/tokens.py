"""API tokens of scripts and services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from passerby.accounts.account import LONGEST_NAME
from passerby.accounts.permission import Action, may_with_all
from passerby.accounts.token import ApiToken
from passerby.audit.entry import AuditKind
from passerby.serve.api.page import PageHere
from passerby.serve.auth.proof import Present, require_proof
from passerby.serve.auth.visitor import AccountsHere, OriginHere, SignedIn, Visit

router = APIRouter(prefix="/api/tokens", tags=["tokens"])

_Own = Annotated[Visit, Depends(SignedIn("people see their own tokens; those who manage accounts see all"))]
_Groups = Annotated[
    list[Annotated[str, Field(max_length=64)]] | None,
    Field(max_length=100, description="Groups of cameras; null = those of the owner."),
]


class TokenInfo(BaseModel):
    """A token, as it is listed."""

    number: int = Field(description="Its number.")
    name: str = Field(description="What it is for.")
    owner: str = Field(description="Name of the account that is responsible for it.")
    actions: list[Action] = Field(description="What it may do, at most: never more than its owner may.")
    groups: _Groups
    camera: str | None = Field(description="Of a ticket: the one camera that it opens in pages of other origins.")
    created: datetime = Field(description="When it was made, UTC.")
    ends: datetime = Field(description="When it ends, UTC.")


class NewToken(BaseModel):
    """A token to be made; it belongs to whoever makes it."""

    name: str = Field(max_length=LONGEST_NAME, description="What it is for.")
    actions: set[Action] = Field(min_length=1, description="What it may do.")
    groups: _Groups = None
    ends: AwareDatetime = Field(description="When it ends, at most 366 days from now.")
    present: Present = SecretStr("")


class MadeToken(TokenInfo):
    """A new token; it is shown this once."""

    token: str = Field(description="Send it as `Authorization: Bearer TOKEN`.")


@router.get("", summary="API tokens")
def list_tokens(visit: _Own, accounts: AccountsHere, page: PageHere) -> list[TokenInfo]:
    """Return the tokens of the person who asks, or all for those who manage accounts."""
    chosen = page.of(_visible(visit, accounts), lambda each: f"{each.number:012}")
    names = {each.number: each.name for each in accounts.store.accounts()}
    return [_info(each, names[each.owner]) for each in chosen]


@router.post("", status_code=201, summary="Make an API token")
def add(body: NewToken, visit: _Own, accounts: AccountsHere, origin: OriginHere) -> MadeToken:
    """Make a token of one's own, with the current password; the token is in this answer, and nowhere else."""
    owner = visit.account
    require_proof(visit, accounts, origin, body.present)
    groups = None if body.groups is None else frozenset(body.groups)
    wanted = ApiToken(
        0, body.name, owner.number, frozenset(body.actions), groups, accounts.clock(), body.ends.timestamp()
    )

    def record() -> None:
        what, ends = ", ".join(sorted(wanted.actions)), body.ends.isoformat()
        accounts.trail.note(AuditKind.TOKEN_CREATED, owner.name, f"{owner.name}/{body.name}", actions=what, ends=ends)

    token, secret = accounts.access.make_token(wanted, record)
    accounts.sessions.refresh()
    return MadeToken(**_info(token, owner.name).model_dump(), token=secret)


@router.delete("/{number}", status_code=204, summary="Revoke an API token")
def revoke(number: int, visit: _Own, accounts: AccountsHere) -> None:
    """End a token at once, with all its streams."""
    by = visit.principal.name
    known = {each.number: each for each in _visible(visit, accounts)}
    names = {each.number: each.name for each in accounts.store.accounts()}

    def record() -> None:
        token = known[number]
        whose = f"{names[token.owner]}/{token.name}"
        accounts.trail.note(AuditKind.TOKEN_REVOKED, by, f"token {number}", token=whose)

    if number not in known or not accounts.access.revoke(number, record):
        raise HTTPException(404, "no token of this number; /api/tokens lists them")
    accounts.sessions.refresh()


def _visible(visit: Visit, accounts: AccountsHere) -> list[ApiToken]:
    tokens = accounts.access.tokens()
    if may_with_all(visit.principal, Action.MANAGE_ACCOUNTS, ()):
        return tokens
    own = visit.account.number
    return [each for each in tokens if each.owner == own]


def _info(token: ApiToken, owner: str) -> TokenInfo:
    return TokenInfo(
        number=token.number,
        name=token.name,
        owner=owner,
        actions=sorted(token.actions),
        groups=None if token.groups is None else sorted(token.groups),
        camera=token.camera,
        created=datetime.fromtimestamp(token.created_s, UTC),
        ends=datetime.fromtimestamp(token.ends_s, UTC),
    )
