"""Signing in with passkeys, and the passkeys of a person's own account."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, JsonValue, SecretStr

from passerby.accounts.account import LONGEST_NAME
from passerby.accounts.credentials.passkey import RelyingParty
from passerby.accounts.passkey_store import LONGEST_LABEL, Passkey
from passerby.audit.entry import AuditKind
from passerby.errors import UsageError
from passerby.serve.auth.declaration import Public
from passerby.serve.auth.newcomer import NewcomerHere
from passerby.serve.auth.proof import PresentPassword, require_proof
from passerby.serve.auth.visitor import AccountsHere, CookiesHere, OriginHere, SignedIn, Visit

router = APIRouter(prefix="/api", tags=["passkeys"])

_NOT_YET = [Depends(Public("whoever signs in is not signed in yet"))]
_Own = Annotated[Visit, Depends(SignedIn("it concerns the passkeys of whoever asks"))]
_Answer = Annotated[
    dict[str, JsonValue], Field(description="What the device has answered: PublicKeyCredential.toJSON() of WebAuthn.")
]
_Label = Annotated[str, Field(max_length=LONGEST_LABEL, description="What the person calls the passkey.")]
_Name = Annotated[str, Field(max_length=LONGEST_NAME, description="Name of the account.")]
_Key = Annotated[SecretStr, Field(max_length=100, description="From the link that `passerby up` printed.")]


class PasskeyWanted(BaseModel):
    """What a browser sends before it asks for a passkey."""

    account: str = Field(
        default="", max_length=LONGEST_NAME, description="Name of the account; empty = the device knows it."
    )


class PasskeyOptions(BaseModel):
    """What a browser needs to ask a device; it must be answered within 5 minutes, and once."""

    options: dict[str, JsonValue] = Field(description="Options of WebAuthn, as JSON.")


class PasskeyAnswer(BaseModel):
    """What a browser sends to sign in with a passkey."""

    answer: _Answer


class FirstPasskeyWanted(BaseModel):
    """What a browser sends before it makes the passkey of the first administrator."""

    key: _Key
    account: _Name


class FirstPasskey(FirstPasskeyWanted):
    """What a browser sends to make the first administrator with a passkey."""

    name: _Label
    answer: _Answer


class InvitedPasskeyWanted(BaseModel):
    """What a browser sends before it makes the passkey of somebody who was invited."""

    key: Annotated[SecretStr, Field(max_length=100, description="From the link.")]


class InvitedPasskey(InvitedPasskeyWanted):
    """What a browser sends to accept an invitation with a passkey."""

    name: _Label
    answer: _Answer


class NewPasskey(BaseModel):
    """What a browser sends to add a passkey."""

    name: _Label
    answer: _Answer


class PasskeyName(BaseModel):
    """What a browser sends to rename a passkey."""

    name: _Label


class PasskeyInfo(BaseModel):
    """A passkey of a person."""

    number: int = Field(description="Its number.")
    name: str = Field(description="What the person calls it.")
    host: str = Field(description="Host name under which it works.")
    created: datetime = Field(description="When it was added, UTC.")
    used: datetime | None = Field(description="When it was used last, UTC; null = never.")


async def _place(request: Request, cookies: CookiesHere) -> RelyingParty:
    """Return where the page was opened; the guard has checked that it is a name of this gateway."""
    host = request.headers.get("host", "").casefold()
    name = host.partition(":")[0]
    if _is_address(host):
        msg = "passkeys need a host name: open the page under localhost or a name that web.names lists"
        raise UsageError(msg)
    # Without a certificate of its own, the gateway is on this machine or behind a proxy that serves by TLS.
    plain = () if cookies.secure or name != "localhost" else (f"http://{host}",)
    return RelyingParty(name, (f"https://{host}", *plain))


_PlaceHere = Annotated[RelyingParty, Depends(_place)]


@router.post("/session/passkey/options", summary="Ask for a passkey", dependencies=_NOT_YET)
def offer(body: PasskeyWanted, accounts: AccountsHere, place: _PlaceHere) -> PasskeyOptions:
    """Return what a browser needs to ask for a passkey; it does not say whether there is such an account."""
    return PasskeyOptions(options=accounts.passkeys.offer(place, body.account))


@router.post("/session/passkey", status_code=204, summary="Sign in with a passkey", dependencies=_NOT_YET)
def sign_in(body: PasskeyAnswer, newcomer: NewcomerHere, place: _PlaceHere) -> Response:
    """Check the device's answer, and set a session cookie; an old session of this browser ends."""
    found = newcomer.accounts.passkeys.identify(body.answer, place, newcomer.origin)
    return newcomer.admit(found, way="passkey")


@router.post("/first-account/passkey/options", summary="Passkey of the first administrator", dependencies=_NOT_YET)
def offer_first(
    body: FirstPasskeyWanted, accounts: AccountsHere, place: _PlaceHere, origin: OriginHere
) -> PasskeyOptions:
    """Return what a browser needs to make the passkey of the first administrator."""
    accounts.passwords.require_first(body.key.get_secret_value(), origin.address)
    return PasskeyOptions(options=accounts.passkeys.offer_first(body.account, place))


@router.post(
    "/first-account/passkey", status_code=204, summary="Make the first administrator, by passkey", dependencies=_NOT_YET
)
def make_first(body: FirstPasskey, newcomer: NewcomerHere, place: _PlaceHere) -> Response:
    """Make the first account with the link that `passerby up` prints and a passkey, and sign in."""
    accounts = newcomer.accounts
    accounts.passwords.require_first(body.key.get_secret_value(), newcomer.origin.address)
    made = accounts.passkeys.add_first(body.answer, body.account, place, name=body.name)
    return newcomer.admit(made, way="passkey")


@router.post("/invitation/passkey/options", summary="Passkey of somebody who was invited", dependencies=_NOT_YET)
def offer_invited(
    body: InvitedPasskeyWanted, accounts: AccountsHere, place: _PlaceHere, origin: OriginHere
) -> PasskeyOptions:
    """Return what a browser needs to make a passkey with a link that an administrator sent."""
    secret = body.key.get_secret_value()
    account = accounts.passwords.require_invited(secret, origin.address)
    return PasskeyOptions(options=accounts.passkeys.offer_invited(account, place, secret))


@router.post("/invitation/passkey", status_code=204, summary="Accept an invitation by passkey", dependencies=_NOT_YET)
def accept(body: InvitedPasskey, newcomer: NewcomerHere, place: _PlaceHere) -> Response:
    """Add the passkey with a link that an administrator sent, remove other credentials, and sign in."""
    accounts, secret = newcomer.accounts, body.key.get_secret_value()
    account = accounts.passwords.require_invited(secret, newcomer.origin.address)
    found = accounts.passkeys.add_invited(body.answer, account, place, secret=secret, name=body.name)
    return newcomer.admit(found, way="passkey")


@router.get("/account/passkeys", summary="My passkeys")
def own(visit: _Own, accounts: AccountsHere) -> list[PasskeyInfo]:
    """Return the passkeys of the person."""
    return [_info(each) for each in accounts.passkeys.store.of_account(visit.account)]


@router.post("/account/passkeys/options", summary="Begin to add a passkey")
def offer_new(
    body: PresentPassword, visit: _Own, accounts: AccountsHere, origin: OriginHere, *, place: _PlaceHere
) -> PasskeyOptions:
    """Return what a browser needs to make a passkey; nothing changes until the device has answered."""
    require_proof(visit, accounts, origin, body.present)
    return PasskeyOptions(options=accounts.passkeys.offer_new(visit.account, place, visit.session))


@router.post("/account/passkeys", status_code=201, summary="Add a passkey")
def add(body: NewPasskey, visit: _Own, accounts: AccountsHere, place: _PlaceHere) -> PasskeyInfo:
    """Add the passkey that a device has made."""
    made = accounts.passkeys.add(body.answer, visit.account, place, session=visit.session, name=body.name)
    return _info(made)


@router.put("/account/passkeys/{number}", status_code=204, summary="Rename a passkey")
def rename(number: int, body: PasskeyName, visit: _Own, accounts: AccountsHere) -> None:
    """Give a passkey another name."""
    account = visit.account

    def record() -> None:
        accounts.trail.note(AuditKind.ACCOUNT_CHANGED, account.name, account.name, credential="passkey renamed")

    accounts.passkeys.store.rename(account, number, body.name, record)


@router.post("/account/passkeys/{number}/removal", status_code=204, summary="Remove a passkey")
def remove(number: int, body: PresentPassword, visit: _Own, accounts: AccountsHere, *, origin: OriginHere) -> None:
    """Remove a passkey: nobody can sign in with it any more."""
    require_proof(visit, accounts, origin, body.present)
    accounts.passkeys.remove(visit.account, number)


def _is_address(host: str) -> bool:
    if host.startswith("["):
        return True
    try:
        ipaddress.ip_address(host.partition(":")[0])
    except ValueError:
        return False
    return True


def _info(passkey: Passkey) -> PasskeyInfo:
    return PasskeyInfo(
        number=passkey.number,
        name=passkey.name,
        host=passkey.host,
        created=datetime.fromtimestamp(passkey.created_s, UTC),
        used=None if passkey.used_s is None else datetime.fromtimestamp(passkey.used_s, UTC),
    )
