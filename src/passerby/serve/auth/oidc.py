"""Signing in by an OpenID provider: leaving for it, and coming back."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from passerby.accounts.oidc_plan import ATTEMPT_S
from passerby.errors import ProviderError, TooManyTriesError
from passerby.serve.auth.declaration import Public
from passerby.serve.auth.newcomer import NewcomerHere
from passerby.serve.auth.visitor import AccountsHere, CookiesHere

if TYPE_CHECKING:
    from passerby.accounts.accounts import Accounts
    from passerby.accounts.oidc_sign_in import OidcSignIn

router = APIRouter(prefix="/api/session/oidc", tags=["session"])

_ANSWER: Final = "/api/session/oidc/answer"
_NOT_YET = [Depends(Public("whoever signs in is not signed in yet"))]


class ProviderAddress(BaseModel):
    """Where a browser goes to sign in."""

    address: str = Field(description="Address of the provider's page.")


async def _redirect(request: Request, cookies: CookiesHere) -> str:
    """Return where the provider sends browsers back to: the guard has checked that it is a name of this gateway."""
    host = request.headers.get("host", "").casefold()
    # Without a certificate of its own, the gateway is on this machine or behind a proxy that serves by TLS.
    return f"http{'' if not cookies.secure and _is_loopback(host) else 's'}://{host}{_ANSWER}"


_Redirect = Annotated[str, Depends(_redirect)]


@router.post("", summary="Sign in by an OpenID provider", dependencies=_NOT_YET)
def begin(accounts: AccountsHere, cookies: CookiesHere, redirect: _Redirect, answer: Response) -> ProviderAddress:
    """Return where the browser goes, and set a cookie without which the provider's answer does not count."""
    departure = _oidc(accounts).begin(redirect)
    cookies.set_attempt(answer, departure.attempt, ATTEMPT_S)
    return ProviderAddress(address=departure.address)


@router.get("/answer", status_code=303, summary="Come back from the provider", dependencies=_NOT_YET)
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
