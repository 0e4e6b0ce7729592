"""Ways to sign in that the site file sets up, besides passwords and passkeys."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from passerby.serve.auth.declaration import Public
from passerby.serve.auth.newcomer import NewcomerHere
from passerby.serve.auth.visitor import AccountsHere

router = APIRouter(prefix="/api/session", tags=["session"])

_NOT_YET = [Depends(Public("whoever signs in is not signed in yet"))]


class Ways(BaseModel):
    """Ways to sign in at this site, besides passwords and passkeys."""

    proxy: bool = Field(description="Whether the reverse proxy in front of the gateway says who somebody is.")
    oidc: bool = Field(description="Whether there is an OpenID provider.")


@router.get("/ways", summary="Ways to sign in", dependencies=_NOT_YET)
async def ways(accounts: AccountsHere) -> Ways:
    """Return what the sign-in form may offer."""
    return Ways(proxy=accounts.proxy.enabled, oidc=accounts.oidc is not None)


@router.post("/proxy", status_code=204, summary="Sign in through the reverse proxy", dependencies=_NOT_YET)
def sign_in(request: Request, newcomer: NewcomerHere) -> Response:
    """Trust the headers of the reverse proxy if its secret is among them, and set a session cookie."""
    found = newcomer.accounts.proxy.identify(request.headers.getlist, newcomer.origin)
    return newcomer.admit(found, way="proxy")
