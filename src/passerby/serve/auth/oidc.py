"""Signing in by an OpenID provider: leaving for it, and coming back."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from passerby.accounts.oidc_plan import ATTEMPT_S
from passerby.audit.entry import AuditKind
from passerby.errors import ProviderError, StoreError, TooManyTriesError
from passerby.serve.auth.declaration import Public
from passerby.serve.auth.newcomer import NewcomerHere
from passerby.serve.auth.visitor import AccountsHere, CookiesHere, OriginHere, SignedIn, Visit

if TYPE_CHECKING:
    from passerby.accounts.accounts import Accounts
    from passerby.accounts.oidc_sign_in import OidcSignIn
    from passerby.accounts.oidc_sign_out import OidcSignOut

router = APIRouter(prefix="/api/session/oidc", tags=["session"])

_ANSWER: Final = "/api/session/oidc/answer"
_NOT_YET = [Depends(Public("whoever signs in is not signed in yet"))]
_Own = Annotated[Visit, Depends(SignedIn("it ends the session of whoever asks"))]


class ProviderAddress(BaseModel):
    """Where a browser goes to sign in."""

    address: str = Field(description="Address of the provider's page.")


class SignedOut(BaseModel):
    """That somebody is signed out here."""

    address: str = Field(description="Where the browser goes to sign out at the provider; empty: nowhere.")


async def _redirect(request: Request, cookies: CookiesHere) -> str:
    """Return where the provider sends browsers back to: the guard has checked that it is a name of this gateway."""
    host = request.headers.get("host", "").casefold()
    # Without a certificate of its own, the gateway is on this machine or behind a proxy that serves by TLS.
    return f"http{'' if not cookies.secure and _is_loopback(host) else 's'}://{host}{_ANSWER}"


_Redirect = Annotated[str, Depends(_redirect)]


@router.post("", summary="Sign in by an OpenID provider", dependencies=_NOT_YET)
def begin(accounts: AccountsHere, cookies: CookiesHere, redirect: _Redirect, answer: Response) -> ProviderAddress:
    """Return the address to open, and set a cookie without which the provider's answer does not count."""
    departure = _oidc(accounts).begin(redirect)
    cookies.set_attempt(answer, departure.attempt, ATTEMPT_S)
    return ProviderAddress(address=departure.address)


@router.get(
    "/answer",
    status_code=303,
    response_class=RedirectResponse,
    summary="Come back from the provider",
    dependencies=_NOT_YET,
)
def come_back(request: Request, newcomer: NewcomerHere, cookies: CookiesHere, redirect: _Redirect) -> Response:
    """Check the provider's answer, set a session cookie, and go to the page; it says why somebody is refused."""
    attempt = request.cookies.get(cookies.attempt, "")
    query = {name: request.query_params.get(name, "") for name in ("code", "state")}
    try:
        found = _oidc(newcomer.accounts).identify(query, attempt, redirect, newcomer.origin)
        answer = newcomer.admit(found, way="oidc", answer=RedirectResponse("/", 303))
    except ProviderError as error:
        answer = RedirectResponse(f"/#/refused/{error.why}", 303)  # no text that somebody else could choose
    except TooManyTriesError:
        answer = RedirectResponse("/#/refused/often", 303)
    return cookies.remove_attempt(answer)


@router.post("/logout", summary="Message of the provider that somebody has signed out there", dependencies=_NOT_YET)
async def logout(request: Request, accounts: AccountsHere, origin: OriginHere) -> Response:
    """End all sessions of the person in the logout token (OpenID Connect Back-Channel Logout 1.0)."""
    oidc = _oidc_out(accounts)
    form = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=20)
    tokens = form.get("logout_token", [])
    if len(tokens) != 1:
        raise HTTPException(400, "the form has no single logout_token")
    try:
        await run_in_threadpool(oidc.receive, tokens[0], origin.address)
    except ProviderError as error:
        raise HTTPException(400, str(error)) from error
    return Response(status_code=200)


@router.post("/end", summary="Sign out here, and learn where to sign out at the provider")
def end(
    visit: _Own, accounts: AccountsHere, cookies: CookiesHere, redirect: _Redirect, *, answer: Response
) -> SignedOut:
    """End the session and all its streams; return where the browser goes to sign out at the provider too."""
    address, account = "", visit.sign_out()
    if accounts.oidc_out is not None:
        with suppress(StoreError):  # signing out must work nevertheless
            address = accounts.oidc_out.address(account, redirect.removesuffix(_ANSWER) + "/")
    cookies.remove_session(answer)
    accounts.trail.note(AuditKind.SIGN_OUT, visit.principal.name)
    return SignedOut(address=address)


def _oidc_out(accounts: Accounts) -> OidcSignOut:
    if accounts.oidc_out is None:
        raise HTTPException(404, "this site has no sign-in provider; accounts.oidc in the site file sets one up")
    return accounts.oidc_out


def _oidc(accounts: Accounts) -> OidcSignIn:
    if accounts.oidc is None:
        raise HTTPException(404, "this site has no sign-in provider; accounts.oidc in the site file sets one up")
    return accounts.oidc


def _is_loopback(host: str) -> bool:
    name = host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
