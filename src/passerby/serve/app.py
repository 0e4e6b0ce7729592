"""The web application: guard, problems, routers and the page."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from passerby.serve.api import cameras, events, mosaic, signals, streams, whep
from passerby.serve.auth import sign_in
from passerby.serve.auth.access import Access
from passerby.serve.gateway import Gateway
from passerby.serve.guard import Guard
from passerby.serve.metrics import routes
from passerby.serve.problem import Problem, answer_with_problems
from passerby.serve.signal_source import SignalSource
from passerby.settings.site.web import WebSettings

_PAGE = Path(__file__).parent / "static"


def create_app(gateway: Gateway, web: WebSettings, *, token: str, source: SignalSource | None = None) -> FastAPI:
    """Return the application.

    Args:
        gateway: Where statuses and covered streams come from.
        web: Under which names it may be reached.
        token: What a browser or script must know to come in.
        source: Where signals come from; None: there are none.
    """
    app = FastAPI(
        title="passerby",
        summary="Covered live pictures and how the cameras are doing; no people, no identities.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,  # their pages come from a foreign host
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "What went wrong (application/problem+json)."}},
    )
    app.state.gateway = gateway
    app.state.signals = source
    app.state.access = Access(token)
    app.state.mosaic = mosaic.mosaic_stream(gateway)
    app.state.calls = whep.Calls(web.max_per_visitor)
    answer_with_problems(app)
    for part in (sign_in, cameras, events, streams, whep, mosaic, routes, signals):
        app.include_router(part.router)
    app.mount("/", StaticFiles(directory=_PAGE, html=True))
    app.add_middleware(Guard, names=(web.host, *web.names))
    return app
