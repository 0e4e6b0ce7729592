"""A person's own account: what they may do, their password, authenticator app and sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response
from pydantic import BaseModel, Field, SecretStr

from passerby.accounts.account import Account
from passerby.accounts.accounts import Accounts
from passerby.accounts.credentials.password import LONGEST, require_strong
from passerby.accounts.credentials.totp import app_address, new_seed, step_of
from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.audit.entry import AuditKind
from passerby.serve.auth.newcomer import NewcomerHere
from passerby.serve.auth.proof import Present, PresentPassword, require_proof
from passerby.serve.auth.visitor import AccountsHere, CookiesHere, OriginHere, SignedIn, Visit

router = APIRouter(prefix="/api/account", tags=["own account"])

_Own = Annotated[Visit, Depends(SignedIn("it concerns the account of whoever asks"))]
_Password = Annotated[SecretStr, Field(max_length=LONGEST)]


class OwnAccount(BaseModel):
    """What somebody may do who is signed in."""

    name: str = Field(description="Name of the account, or account/token.")
    role: Role | None = Field(description="Their role; null for a token.")
    actions: list[Action] = Field(description="What they may do.")
    cameras: list[str] | None = Field(description="Cameras with which they may do it; null = all.")
    has_password: bool = Field(description="Whether they can sign in with a password.")
    has_code: bool = Field(description="Whether a code of an authenticator app is needed to sign in with it.")


class NewPassword(BaseModel):
    """What a browser sends to change a password."""

    present: Present
    password: _Password = Field(description="The new one.")


class AppSeed(BaseModel):
    """A seed for an authenticator app; it counts only when a code made with it was sent."""

    seed: str = Field(description="To be typed into the app, in base 32.")
    address: str = Field(description="The same as otpauth:// address, which apps open.")


class AppProof(BaseModel):
    """What a browser sends to set up an authenticator app."""

    present: Present
    seed: SecretStr = Field(max_length=64, description="The seed that was given out.")
    code: str = Field(max_length=16, description="The code that the app shows now.")


class OpenSession(BaseModel):
    """A session of a person."""

    number: int = Field(description="Its number.")
    since: datetime = Field(description="When they signed in, UTC.")
    used: datetime = Field(description="When it was used last, UTC.")
    address: str = Field(description="From which address they signed in.")
    browser: str = Field(description="How the browser describes itself.")
    this: bool = Field(description="Whether it is the session that asks.")


@router.get("", summary="My account")
async def own(visit: _Own) -> OwnAccount:
    """Return who is signed in and what they may do."""
    principal = visit.principal
    account = visit.account if principal.kind == "person" else None
    return OwnAccount(
        name=principal.name,
        role=None if account is None else account.role,
        actions=sorted(principal.actions),
        cameras=None if principal.cameras is None else sorted(principal.cameras),
        has_password=account is not None and account.has_password,
        has_code=account is not None and account.has_code,
    )


@router.put("/password", status_code=204, summary="Change my password")
def change_password(body: NewPassword, visit: _Own, newcomer: NewcomerHere) -> Response:
    """Change the password: all sessions end, and this browser gets a new one."""
    account, accounts, new = visit.account, newcomer.accounts, body.password.get_secret_value()
    require_proof(visit, accounts, newcomer.origin, body.present)
    require_strong(new, [account.name])
    stored = accounts.passwords.hash(new)
    accounts.credentials.set_password(
        account.name, stored, record=lambda: _note(accounts, account, credential="password changed")
    )
    accounts.sessions.refresh()
    return newcomer.admit(account)


@router.post("/app", summary="A seed for my authenticator app")
async def offer_app(visit: _Own, accounts: AccountsHere) -> AppSeed:
    """Return a new seed; nothing changes until a code made with it is sent."""
    seed = new_seed()
    return AppSeed(seed=seed, address=app_address(seed, visit.account.name, accounts.site))


@router.put("/app", status_code=204, summary="Set up my authenticator app")
def set_app(body: AppProof, visit: _Own, accounts: AccountsHere, origin: OriginHere) -> None:
    """Require a code from the app at each sign-in from now on."""
    account, seed = visit.account, body.seed.get_secret_value()
    require_proof(visit, accounts, origin, body.present)
    try:
        step = step_of(body.code, seed, accounts.clock(), after=0)
    except ValueError as error:
        raise HTTPException(422, "this is not a seed in base 32; ask for a new one") from error
    if step is None or len(seed) != len(new_seed()):
        raise HTTPException(422, "this is not the code that the app shows now; check the clock of the phone")
    accounts.credentials.set_seed(
        account.name, seed, step=step, record=lambda: _note(accounts, account, credential="app set up")
    )
    accounts.sessions.refresh()


@router.post("/app/removal", status_code=204, summary="Remove my authenticator app")
def remove_app(body: PresentPassword, visit: _Own, accounts: AccountsHere, origin: OriginHere) -> None:
    """Require no code at sign-in from now on."""
    account = visit.account
    require_proof(visit, accounts, origin, body.present)
    accounts.credentials.set_seed(
        account.name, None, step=0, record=lambda: _note(accounts, account, credential="app removed")
    )
    accounts.sessions.refresh()


@router.get("/sessions", summary="My sessions")
async def sessions(visit: _Own) -> list[OpenSession]:
    """Return where the person is signed in."""
    found = visit.sessions.of_account(visit.account)
    return [
        OpenSession(
            number=each.number,
            since=datetime.fromtimestamp(each.created_s, UTC),
            used=datetime.fromtimestamp(each.used_s, UTC),
            address=each.address,
            browser=each.browser,
            this=name == visit.session,
        )
        for name, each in sorted(found.items(), key=lambda item: item[1].number)
    ]


@router.delete("/sessions", status_code=204, summary="Sign out everywhere")
def sign_out_everywhere(visit: _Own, accounts: AccountsHere, cookies: CookiesHere) -> Response:
    """End all sessions of the person, this one too."""
    name = visit.principal.name
    visit.sessions.sign_out(*visit.sessions.of_account(visit.account))
    accounts.trail.note(AuditKind.SIGN_OUT, name, sessions="all")
    return cookies.remove_session(Response(status_code=204))


@router.delete("/sessions/{number}", status_code=204, summary="End one of my sessions")
def end(number: int, visit: _Own, accounts: AccountsHere) -> None:
    """End a session of the person, and all its streams."""
    found = [name for name, each in visit.sessions.of_account(visit.account).items() if each.number == number]
    if not found:
        raise HTTPException(404, "you have no session of this number; /api/account/sessions lists them")
    visit.sessions.sign_out(*found)
    accounts.trail.note(AuditKind.SIGN_OUT, visit.principal.name, sessions=number)


def _note(accounts: Accounts, account: Account, *, credential: str) -> None:
    accounts.trail.note(AuditKind.ACCOUNT_CHANGED, account.name, account.name, credential=credential)
