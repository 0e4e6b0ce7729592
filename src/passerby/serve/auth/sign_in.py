"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, SecretStr

from passerby.serve.auth.declaration import Public
from passerby.serve.auth.visitor import CookieHere, SessionsHere, SignedIn, Visit, address_of

router = APIRouter(prefix="/api/session", tags=["session"])


_Own = Annotated[Visit, Depends(SignedIn("it concerns the session of whoever asks"))]


class SignIn(BaseModel):
    """What a browser sends to sign in."""

    token: SecretStr = Field(max_length=500, description="The access token that `passerby up` printed.")


@router.post(
    "", status_code=204, summary="Sign in", dependencies=[Depends(Public("whoever signs in is not signed in yet"))]
)
async def sign_in(body: SignIn, request: Request, sessions: SessionsHere, cookie: CookieHere) -> Response:
    """Check the token and set a session cookie."""
    answer = Response(status_code=204)
    answer.set_cookie(
        cookie,
        sessions.sign_in(body.token.get_secret_value(), address_of(request)),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.get("", status_code=204, summary="Am I signed in?")
async def check(_visit: _Own) -> Response:
    """Answer 204 when signed in, 401 when not."""
    return Response(status_code=204)


@router.delete("", status_code=204, summary="Sign out")
async def sign_out(request: Request, visit: _Own, cookie: CookieHere) -> Response:
    """End the session and all its streams."""
    visit.sessions.sign_out(visit.session)
    answer = Response(status_code=204)
    answer.delete_cookie(cookie, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return answer
