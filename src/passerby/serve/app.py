"""The web application: guard, problem documents, routes and the console."""

from __future__ import annotations

import threading
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.responses import JSONResponse

from passerby.accounts.accounts import Accounts
from passerby.serve.api import (
    about,
    alert_replay,
    alert_roles,
    alerts,
    audit,
    audit_proof,
    camera_tickets,
    cameras,
    cluster,
    discovery,
    embedded,
    events,
    exports,
    foot_points,
    groups,
    holds,
    layouts,
    mosaic,
    places,
    plan_pictures,
    plans,
    probe,
    recordings,
    requests,
    signals,
    signs,
    site,
    streams,
    survey,
    timeline,
    tokens,
    watchdog,
    whep,
    witness,
)
from passerby.serve.api import accounts as people
from passerby.serve.auth import oidc, own_account, passkeys, sign_in, ways
from passerby.serve.auth.cookie import Cookies
from passerby.serve.auth.declaration import Public, require_declared
from passerby.serve.console import ConsoleFiles
from passerby.serve.description import describe
from passerby.serve.foreign_page import ForeignPages
from passerby.serve.gateway import Gateway
from passerby.serve.guard import Guard
from passerby.serve.layout_file import LayoutFile
from passerby.serve.metrics import routes
from passerby.serve.problem import Problem, answer_with_problems
from passerby.serve.public import routes as public_routes
from passerby.serve.signal_source import SignalSource
from passerby.settings.site.web import WebSettings


def create_app(
    gateway: Gateway,
    web: WebSettings,
    *,
    accounts: Accounts,
    source: SignalSource | None = None,
    gateway_id: str = "",
    state_folder: Path | None = None,
) -> FastAPI:
    """Return the application.

    Args:
        gateway: Where statuses and covered streams come from.
        web: Names under which it may be reached.
        accounts: Who may sign in.
        source: Where signals come from; None: the site has no signals.
        gateway_id: Tells its cookies from those of other gateways under the same host name.
        state_folder: Where the audit log is; None = there is none.

    Raises:
        RuntimeError: A route does not declare what it needs.
    """
    app = FastAPI(
        title="passerby",
        summary="Covered live pictures and how the cameras are doing; no people, no identities.",
        version="1",
        openapi_url=None,  # it is a route like the others, below
        docs_url=None,  # its pages come from a foreign host
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "What went wrong (application/problem+json)."}},
    )
    app.state.gateway = gateway
    app.state.signals = source
    app.state.alerts = None
    app.state.recordings = None
    app.state.public = None
    app.state.witness = None
    app.state.foreign_pages = ForeignPages(web.embed_origins)
    app.state.layouts = LayoutFile(state_folder)
    app.state.state_folder = state_folder
    app.state.editor = None
    app.state.watchdog = None
    app.state.replaying = threading.Lock()
    app.state.nodes = None
    app.state.probing = threading.Lock()
    app.state.verifying = threading.Lock()
    app.state.signing = threading.Lock()
    app.state.accounts = accounts
    app.state.cookies = Cookies(gateway_id, secure=web.certificate is not None)
    app.state.mosaics = mosaic.Mosaics()
    app.state.calls = whep.Calls(web.max_per_visitor)
    answer_with_problems(app)
    for part in (
        sign_in,
        ways,
        oidc,
        passkeys,
        own_account,
        people,
        tokens,
        camera_tickets,
        embedded,
        requests,
        cameras,
        groups,
        about,
        audit,
        audit_proof,
        events,
        streams,
        whep,
        mosaic,
        routes,
        public_routes,
        signals,
        foot_points,
        alert_replay,
        alert_roles,  # before the alert of any number
        alerts,
        recordings,
        timeline,
        exports,
        witness,
        holds,
        layouts,
        site,
        places,
        probe,
        watchdog,
        cluster,
        discovery,
        survey,
        plans,
        plan_pictures,
        signs,
    ):
        app.include_router(part.router)
    _describe(app)
    app.mount("/", ConsoleFiles())
    names, secure = (web.host, *web.names), web.certificate is not None
    app.add_middleware(Guard, names=names, foreign=app.state.foreign_pages, secure=secure)
    require_declared(app)

    return app


def _describe(app: FastAPI) -> None:
    """Add the route of the OpenAPI document."""
    public = Public("describes the routes and names no camera")

    @app.get("/api/openapi.json", include_in_schema=False, dependencies=[Depends(public)])
    async def openapi() -> JSONResponse:
        return JSONResponse(describe(app))
