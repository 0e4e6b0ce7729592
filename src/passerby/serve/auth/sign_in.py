"""Signing in and out, and the links with which somebody sets their first password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, SecretStr

from passerby.accounts.account import LONGEST_NAME
from passerby.accounts.credentials.password import LONGEST
from passerby.audit.entry import AuditKind
from passerby.serve.auth.declaration import Public
from passerby.serve.auth.newcomer import NewcomerHere
from passerby.serve.auth.visitor import AccountsHere, CookiesHere, SignedIn, Visit

router = APIRouter(prefix="/api", tags=["session"])

_NOT_YET = [Depends(Public("whoever signs in is not signed in yet"))]
_Own = Annotated[Visit, Depends(SignedIn("it concerns the session of whoever asks"))]
_Name = Annotated[str, Field(max_length=LONGEST_NAME, description="Name of the account.")]
_Password = Annotated[SecretStr, Field(max_length=LONGEST, description="The password.")]


class SignIn(BaseModel):
    """What a browser sends to sign in."""

    account: _Name
    password: _Password
    code: str = Field(default="", max_length=16, description="Code of the authenticator app; empty if there is none.")


class FirstAccount(BaseModel):
    """What a browser sends to make the first administrator."""

    key: SecretStr = Field(max_length=100, description="From the link that `passerby up` printed.")
    account: _Name
    password: _Password


class Acceptance(BaseModel):
    """What a browser sends to set the password of an account with a link."""

    key: SecretStr = Field(max_length=100, description="From the link.")
    password: _Password


@router.post("/session", status_code=204, summary="Sign in", dependencies=_NOT_YET)
def sign_in(body: SignIn, newcomer: NewcomerHere) -> Response:
    """Check account, password and code, and set a session cookie; an old session of this browser ends."""
    passwords = newcomer.accounts.passwords
    found = passwords.identify(body.account, body.password.get_secret_value(), body.code, newcomer.origin)
    return newcomer.admit(found, unchanged=True)  # comparing a password takes a while


@router.get("/session", status_code=204, summary="Am I signed in?")
async def check(_visit: _Own) -> Response:
    """Answer 204 when signed in, 401 when not."""
    return Response(status_code=204)


@router.delete("/session", status_code=204, summary="Sign out")
def sign_out(visit: _Own, accounts: AccountsHere, cookies: CookiesHere) -> Response:
    """End the session and all its streams, also if that cannot be logged."""
    accounts.trail.note(AuditKind.SIGN_OUT, visit.sign_out().name)
    return cookies.remove_session(Response(status_code=204))


@router.post("/first-account", status_code=204, summary="Make the first administrator", dependencies=_NOT_YET)
def make_first(body: FirstAccount, newcomer: NewcomerHere) -> Response:
    """Make the first account with the link that `passerby up` prints while there is none, and sign in."""
    secrets = body.key.get_secret_value(), body.password.get_secret_value()
    made = newcomer.accounts.passwords.add_first(secrets[0], body.account, secrets[1], newcomer.origin.address)
    return newcomer.admit(made)


@router.post("/invitation", status_code=204, summary="Set a password with a link", dependencies=_NOT_YET)
def accept(body: Acceptance, newcomer: NewcomerHere) -> Response:
    """Set the password of an account with a link that an administrator sent, and sign in."""
    secrets = body.key.get_secret_value(), body.password.get_secret_value()
    return newcomer.admit(newcomer.accounts.passwords.accept(*secrets, newcomer.origin.address))
