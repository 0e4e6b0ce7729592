"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from passerby.serve.auth.visitor import COOKIE, AccessHere, SessionHere, address_of

router = APIRouter(prefix="/api/session", tags=["session"])


class SignIn(BaseModel):
    """What a browser sends to come in."""

    token: SecretStr = Field(max_length=500, description="The access token that `passerby up` printed.")


@router.post("", status_code=204, summary="Sign in")
async def sign_in(body: SignIn, request: Request, access: AccessHere) -> Response:
    """Take the token and give a session cookie."""
    answer = Response(status_code=204)
    answer.set_cookie(
        COOKIE,
        access.sign_in(body.token.get_secret_value(), address_of(request)),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.get("", status_code=204, summary="Am I signed in?")
async def check(_session: SessionHere) -> Response:
    """Answer 204 when signed in, 401 when not."""
    return Response(status_code=204)


@router.delete("", status_code=204, summary="Sign out")
async def sign_out(access: AccessHere, session: SessionHere) -> Response:
    """End the session and all its streams."""
    access.sign_out(session)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
