"""The accounts of a site, for those who manage them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Response
from pydantic import BaseModel, Field

from passerby.accounts.account import LONGEST_NAME, Account
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.accounts.sign_in import INVITED_S
from passerby.audit.entry import AuditKind
from passerby.serve.api.page import PageHere
from passerby.serve.auth.requirement import RequiresSite
from passerby.serve.auth.visitor import AccountsHere, Visit

router = APIRouter(prefix="/api/accounts", tags=["accounts"])

_Managing = Annotated[Visit, Depends(RequiresSite(Action.MANAGE_ACCOUNTS))]
_Match = Annotated[str | None, Header(alias="If-Match", description="ETag of what the change is based on.")]
_Groups = Annotated[
    list[Annotated[str, Field(max_length=64)]] | None,
    Field(max_length=100, description="Groups of cameras; null = all cameras."),
]


class AccountInfo(BaseModel):
    """An account."""

    name: str = Field(description="Its name.")
    role: Role = Field(description="What the person does.")
    groups: _Groups
    disabled: bool = Field(description="Whether nobody can sign in with it.")
    created: datetime = Field(description="When it was made, UTC.")
    has_password: bool = Field(description="Whether the person has set a password.")
    has_code: bool = Field(description="Whether a code of an authenticator app is needed as well.")
    sessions: int = Field(description="How often the person is signed in now.")


class NewAccount(BaseModel):
    """An account to be made."""

    name: str = Field(max_length=LONGEST_NAME, description="Its name.")
    role: Role = Field(description="What the person does.")
    groups: _Groups


class AccountChange(BaseModel):
    """What an account may do from now on."""

    role: Role = Field(description="What the person does.")
    groups: _Groups
    disabled: bool = Field(description="Whether nobody can sign in with it.")


class Invitation(BaseModel):
    """A link with which a person sets a password or a passkey, once."""

    account: str = Field(description="Name of the account.")
    link: str = Field(description="Append it to the address of the page. What follows # is not sent to any server.")
    ends: datetime = Field(description="When it stops working, UTC.")


@router.get("", summary="All accounts")
def list_accounts(_visit: _Managing, accounts: AccountsHere, page: PageHere) -> list[AccountInfo]:
    """Return the accounts by name."""
    chosen = page.of(accounts.store.accounts(), lambda each: each.name.casefold())
    return [_info(each, accounts) for each in chosen]


@router.post("", status_code=201, summary="Make an account")
def add(body: NewAccount, visit: _Managing, accounts: AccountsHere) -> Invitation:
    """Make an account; the person sets the password with the link that is returned."""
    by, groups = visit.principal.name, _frozen(body.groups)

    def record() -> None:
        accounts.trail.note(AuditKind.ACCOUNT_ADDED, by, body.name, role=body.role, groups=_scope_text(groups))

    account = accounts.store.add(body.name, body.role, groups, now_s=accounts.clock(), record=record)
    accounts.sessions.refresh()
    return _invitation(account, accounts, by)


@router.get("/{account}", summary="One account")
def one(account: str, _visit: _Managing, accounts: AccountsHere, answer: Response) -> AccountInfo:
    """Return an account; its ETag names its version."""
    found = _found(account, accounts)
    answer.headers["ETag"] = _tag(found)
    return _info(found, accounts)


@router.put("/{account}", summary="Change an account")
def change(
    visit: _Managing,
    account: str,
    body: AccountChange,
    accounts: AccountsHere,
    *,
    answer: Response,
    match: _Match = None,
) -> AccountInfo:
    """Change role, groups or whether it is disabled; with If-Match only if nobody else has changed it since."""
    found = _found(account, accounts)
    if match not in {None, "*", _tag(found)}:
        raise HTTPException(412, f"account {found.name} has been changed by somebody else; read it again")
    version = None if match in {None, "*"} else found.version
    kind = AuditKind.ACCOUNT_DISABLED if body.disabled else AuditKind.ACCOUNT_CHANGED
    by, groups = visit.principal.name, _frozen(body.groups)
    changed = accounts.store.change(
        found.name,
        version=version,
        role=body.role,
        groups=groups,
        disabled=body.disabled,
        record=lambda: accounts.trail.note(kind, by, found.name, role=body.role, groups=_scope_text(groups)),
    )
    accounts.sessions.refresh()
    answer.headers["ETag"] = _tag(changed)
    return _info(changed, accounts)


@router.post("/{account}/reset", summary="Let somebody set a new password")
def reset(account: str, visit: _Managing, accounts: AccountsHere) -> Invitation:
    """Return a link with which the person sets a new password; the present one works until then."""
    return _invitation(_found(account, accounts), accounts, visit.principal.name)


@router.delete("/{account}/sessions", status_code=204, summary="Sign somebody out everywhere")
def sign_out(account: str, visit: _Managing, accounts: AccountsHere) -> None:
    """End all sessions of an account, and their streams."""
    found, by = _found(account, accounts), visit.principal.name
    accounts.sessions.sign_out(*accounts.sessions.of_account(found))
    accounts.trail.note(AuditKind.SIGN_OUT, by, found.name, sessions="all")


def _found(name: str, accounts: AccountsHere) -> Account:
    found = accounts.store.find(name)
    if found is None:
        raise HTTPException(404, "no account of this name; /api/accounts lists them")
    return found


def _invitation(account: Account, accounts: AccountsHere, by: str) -> Invitation:
    key = accounts.passwords.invite(account.name, by=by)
    ends = datetime.fromtimestamp(accounts.clock() + INVITED_S, UTC)
    return Invitation(account=account.name, link=f"/#/invitation/{key}", ends=ends)


def _scope_text(groups: frozenset[str] | None) -> str:
    return "all cameras" if groups is None else ", ".join(sorted(groups))


def _info(account: Account, accounts: AccountsHere) -> AccountInfo:
    return AccountInfo(
        name=account.name,
        role=account.role,
        groups=None if account.groups is None else sorted(account.groups),
        disabled=account.disabled,
        created=datetime.fromtimestamp(account.created_s, UTC),
        has_password=account.has_password,
        has_code=account.has_code,
        sessions=len(accounts.sessions.of_account(account)),
    )


def _frozen(groups: list[str] | None) -> frozenset[str] | None:
    return None if groups is None else frozenset(groups)


def _tag(account: Account) -> str:
    return f'"{account.number}-{account.version}"'
