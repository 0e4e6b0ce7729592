"""The OpenAPI document: what FastAPI finds out by itself, with the errors as they really are."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_OF_FASTAPI: Final = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application: every error is a problem document, whatever its status.

    FastAPI describes errors as JSON of its own form, which this application never sends.

    Args:
        app: Its routes declare a `default` response.
    """
    if app.openapi_schema is not None:
        return app.openapi_schema
    made = FastAPI.openapi(app)
    for operations in made["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            if "HTTPValidationError" in str(responses.get("422", "")):
                del responses["422"]
            if "default" in responses:
                responses["default"]["content"] = _PROBLEM
    for name in _OF_FASTAPI:
        made["components"]["schemas"].pop(name, None)
    app.openapi_schema = made
    return made
