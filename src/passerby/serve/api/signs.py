"""The sign that hangs beside a camera, to be printed by anybody who may see the camera."""

from __future__ import annotations

import threading
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action
from passerby.errors import UsageError
from passerby.outputs.files.sign import drawn_sign
from passerby.outputs.files.sign_content import sign_of
from passerby.serve.api.plans import EditorIfAny
from passerby.serve.auth.requirement import CameraVisit, RequiresCamera
from passerby.settings.language import Language

router = APIRouter(prefix="/api", tags=["cameras"])

_PDF = "application/pdf"


async def _signing(connection: HTTPConnection) -> threading.Lock:
    return cast("threading.Lock", connection.app.state.signing)


@router.get(
    "/cameras/{camera}/sign",
    summary="Sign of a camera",
    response_class=Response,
    responses={200: {"content": {_PDF: {}}, "description": "One page A4."}},
)
def sign(
    visit: Annotated[CameraVisit, Depends(RequiresCamera(Action.SEE_CAMERAS))],
    editor: EditorIfAny,
    signing: Annotated[threading.Lock, Depends(_signing)],
    *,
    lang: Annotated[Language, Query(description="Language of the sign.")] = Language.ENGLISH,
) -> Response:
    """Return the A4 sign of a camera that has a public page, as `passerby sign` writes it; a QR code leads there."""
    if editor is None:
        msg = "this gateway runs without a site file, which says what a sign says; start it with passerby up SITE"
        raise UsageError(msg)
    camera = visit.status.camera
    content = sign_of(editor.site, camera)
    with signing:  # the drawing library has settings for the whole process
        page = drawn_sign(content, lang, "pdf")
    return Response(page, media_type=_PDF, headers={"Content-Disposition": f'attachment; filename="sign-{camera}.pdf"'})
