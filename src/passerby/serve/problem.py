"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

from passerby.errors import (
    AccessError,
    AuditError,
    EditedError,
    OutputError,
    PlacesAbsentError,
    ProofError,
    ProviderError,
    RecordingAbsentError,
    SecondPersonError,
    SignInError,
    SourceError,
    StoreError,
    TooManyRequestsError,
    TooManyTriesError,
    UsageError,
)
from passerby.gateway.site_proposal import EditRefusedError
from passerby.serve.auth.refused import note_refusal

log = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """Something wrong with one field."""

    field: str = Field(description="Its path, such as cameras[0].address; empty: the whole.")
    line: int = Field(description="Line of the file; 0: none.")
    problem: str = Field(description="What is wrong, and what to do.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(default="about:blank", description="Kind of problem.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened and how to fix it.")
    problems: list[FieldProblem] | None = Field(default=None, description="Of settings: each of them; null: not said.")


def problem(
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    problems: list[FieldProblem] | None = None,
) -> JSONResponse:
    """Return a problem document."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, problems=problems)
    return JSONResponse(body.model_dump(exclude_none=True), status, dict(headers or {}), "application/problem+json")


def field_problems(error: EditRefusedError) -> list[FieldProblem]:
    """Return what is wrong with settings as the API shows it."""
    return [FieldProblem(field=each.field, line=each.line, problem=each.text) for each in error.problems]


def answer_with_problems(app: FastAPI) -> None:
    """Answer every error with a problem document; that of an unexpected error reveals nothing about it."""

    @app.exception_handler(HTTPException)
    async def _http(_connection: HTTPConnection, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, error.detail, error.headers)

    @app.exception_handler(AccessError)
    async def _refused(connection: HTTPConnection, error: AccessError) -> JSONResponse:
        match error:
            case TooManyTriesError() | TooManyRequestsError():
                return problem(429, str(error), {"Retry-After": str(error.wait_s)})
            case ProviderError(why="down"):
                return problem(503, str(error))
            case ProofError():
                return problem(403, str(error))  # 401 would say that the session has ended
            case SignInError():
                return problem(401, str(error), {"WWW-Authenticate": "Bearer"})
        await note_refusal(connection, second_person=isinstance(error, SecondPersonError))
        return problem(403, str(error))

    @app.exception_handler(UsageError)
    async def _unusable(_connection: HTTPConnection, error: UsageError) -> JSONResponse:
        wrong = field_problems(error) if isinstance(error, EditRefusedError) else None
        status = {EditedError: 412, PlacesAbsentError: 404}.get(type(error), 422)
        return problem(status, str(error), problems=wrong)

    @app.exception_handler(StoreError)
    async def _away(_connection: HTTPConnection, error: StoreError) -> JSONResponse:
        return problem(503, str(error), {"Retry-After": "5"})

    @app.exception_handler(AuditError)
    async def _unaudited(_connection: HTTPConnection, error: AuditError) -> JSONResponse:
        return problem(503, str(error))

    @app.exception_handler(SourceError)
    @app.exception_handler(OutputError)
    async def _unreadable(_connection: HTTPConnection, error: SourceError | OutputError) -> JSONResponse:
        return problem(404 if isinstance(error, RecordingAbsentError) else 503, str(error))

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(WebSocketRequestValidationError)
    async def _invalid(
        _connection: HTTPConnection, error: RequestValidationError | WebSocketRequestValidationError
    ) -> JSONResponse:
        parts = (f"{'.'.join(map(str, each['loc'][1:])) or each['loc'][0]}: {each['msg']}" for each in error.errors())
        return problem(422, "; ".join(parts))

    @app.exception_handler(Exception)
    async def _unexpected(connection: HTTPConnection, error: Exception) -> JSONResponse:
        log.error("request_failed", extra={"path": connection.url.path, "reason": type(error).__name__})
        return problem(500, "this is a bug in passerby; see its log")
