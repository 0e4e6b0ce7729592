"""The public page of a camera, its picture and its style sheet, for everybody."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from starlette.responses import Response

from passerby.serve.auth.declaration import Public
from passerby.serve.public.language import language_of
from passerby.serve.public.page import STYLE_PATH, public_page
from passerby.serve.public.view import PublicFactsHere
from passerby.settings.language import Language

router = APIRouter(tags=["public pages"])

_PAGE = Public("what those who pass a camera have a right to know; only cameras that the site file makes public")
_STYLE = Public("the style sheet of public pages, which is the same for all")
_BRIEFLY = {"Cache-Control": "public, max-age=60"}
_HTML = {200: {"content": {"text/html": {}}, "description": "The page."}}
_JPEG = {200: {"content": {"image/jpeg": {}}, "description": "The picture."}}
_CSS = {200: {"content": {"text/css": {}}, "description": "The style sheet."}}


@router.get(
    "/p/{camera}",
    summary="Public page of a camera",
    response_class=Response,
    responses=_HTML,  # type: ignore[arg-type]  # keys are int or str there
    dependencies=[Depends(_PAGE)],
)
def page(
    facts: PublicFactsHere,
    lang: Annotated[Language | None, Query(description="Language. Default: what Accept-Language asks for.")] = None,
    accept_language: Annotated[str, Header()] = "",
) -> Response:
    """Return what the public may know about a camera; one without a public page is answered like an unknown one."""
    made = public_page(facts, lang or language_of(accept_language))
    return Response(made, media_type="text/html", headers={**_BRIEFLY, "Vary": "Accept-Language"})


@router.get(
    "/p/{camera}/picture.jpg",
    summary="Covered picture of a public camera",
    response_class=Response,
    responses=_JPEG,  # type: ignore[arg-type]  # as above
    dependencies=[Depends(_PAGE)],
)
def picture(facts: PublicFactsHere) -> Response:
    """Return the covered picture that the page shows at present: at most one an hour, delayed, or none."""
    if facts.picture is None:
        raise HTTPException(404, "there is no picture at present")
    return Response(facts.picture.jpeg, media_type="image/jpeg", headers=_BRIEFLY)


@router.get(
    STYLE_PATH,
    summary="Style sheet of public pages",
    response_class=Response,
    responses=_CSS,  # type: ignore[arg-type]  # as above
    dependencies=[Depends(_STYLE)],
)
def style() -> Response:
    """Return the style sheet."""
    return Response(_style(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@cache
def _style() -> bytes:
    return (Path(__file__).parent / "public.css").read_bytes()
