"""The reference page of the HTTP interface, from the application itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from tempfile import TemporaryDirectory

from fastapi import FastAPI

from passerby.accounts.accounts import Accounts
from passerby.accounts.permission import Action, Principal, PrincipalKind
from passerby.accounts.session import SessionLimits
from passerby.health.status import CameraStatus
from passerby.outputs.stream.live_hub import LiveHub
from passerby.outputs.stream.wall import WallPicture
from passerby.serve.app import create_app
from passerby.serve.auth.declaration import Declaration, Public, declared
from passerby.serve.auth.requirement import RequiresSite
from passerby.serve.camera_view import CameraView
from passerby.serve.metrics.routes import CameraCollector
from passerby.serve.metrics.watchdog import WatchdogCollector
from passerby.settings.site.web import WebSettings
from passerby.watchdog.standing import WatchdogStanding
from passerby.watchdog.tally import LookTally

HEAD = """\
A browser signs in with `POST /api/session` and gets a cookie; a script sends `Authorization: Bearer TOKEN` with each
request ([accounts and tokens](../how-to/accounts.md)). Each route declares the permission that it needs. "Whole site"
means that it is refused for somebody who is limited to groups of cameras; all other routes show only what is in the
user's scope. Without sign-in only signing in itself, `/healthz`, `/readyz`, the OpenAPI document and the page's own
files can be used. Errors are `application/problem+json` (RFC 9457); `detail` says what happened and how to fix it.
Lists have pages: `Link` names the next one. A change with `If-Match` is refused (412) if somebody else was faster. An
account or token that makes more than 250 requests a second, and 1,000 at once, gets 429 with `Retry-After` (s). A
running gateway serves the whole description at `/api/openapi.json` (OpenAPI 3.1).
"""
STREAMS = """\
## Covered streams

`POST /api/cameras/{camera}/streams/{stream}` (`full`, or `wall`: small, at a low rate) and `POST /api/mosaic/stream`
return addresses that contain a ticket: each opens one stream, within 60 s, for the session that requested it. The
stream ends with its session.

- `packets`, a WebSocket: each message is one picture, H.264 with start codes (Annex B) behind a header of 14 bytes,
  big-endian: 1 byte, 1 = decoding can start here; 1 byte, 0 = notice, 1 = covered, 2 = covered whole; 2 bytes width
  and 2 bytes height, px; 8 bytes UTC time of capture, microseconds since 1970. Decoding can start with
  the first one. A viewer that cannot keep up misses pictures until the next one where decoding can start.
- `fragments`, a WebSocket: the same header, then fragmented MP4 for Media Source Extensions.
- `whep`: POST an SDP offer to receive H.264 (`application/sdp`); DELETE what `Location` names to hang up. Offer
  and answer contain all candidates. Media come only from the address at which the offer arrived.
"""


def application() -> FastAPI:
    """Return the application of a gateway without cameras; it describes itself and serves nothing."""
    with TemporaryDirectory() as folder:
        accounts = Accounts(f"{folder}/accounts.db", site="", clock=lambda: 0.0, limits=SessionLimits())
        app = create_app(_Nobody(), WebSettings(), accounts=accounts)
        accounts.store.close()
    return app


def page(made: str) -> str:
    """Return the page."""
    app = application()
    lines = ["# HTTP interface", "", made, HEAD, "| route | permission | purpose |", "|---|---|---|", *_rows(app)]
    lines += ["", STREAMS, "## Figures for Prometheus", "", "`/metrics`, for each camera:", ""]
    lines += ["| figure | labels | meaning |"]
    lines += ["|---|---|---|", *_figures()]
    return "\n".join(lines) + "\n"


def _rows(app: FastAPI) -> Iterator[str]:
    needs = declared(app)
    for path, methods in app.openapi()["paths"].items():
        for method, about in methods.items():
            text = " ".join(about.get("description", about["summary"]).split())
            (need,) = needs[f"{method.upper()} {path}"]
            yield f"| `{method.upper()} {path}` | {_permission(need)} | {text} |"


def _permission(need: Public | Declaration) -> str:
    if isinstance(need, Public):
        return "none"
    if need.action is None:
        return "signed in"
    return f"`{need.action}`, whole site" if isinstance(need, RequiresSite) else f"`{need.action}`"


def _figures() -> Iterator[str]:
    reader = Principal("", PrincipalKind.PROGRAM, frozenset({Action.READ_METRICS}), cameras=None)
    view = CameraView(_Nobody(), reader, Action.READ_METRICS)
    families = [*CameraCollector(view).collect(), *WatchdogCollector(view, _Unwatched()).collect()]
    for family in families:
        name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = ", ".join(f"`{label}`" for label in getattr(family, "_labelnames", ()))
        yield f"| `{name}` ({family.type}) | {labels} | {family.documentation} |"


class _Unwatched:
    """A gateway without watchdogs: with no cameras, it is asked nothing."""

    def standing(self, camera: str) -> WatchdogStanding:
        raise LookupError(camera)

    def finding(self, by: str, camera: str, *, captured_s: float, heads: int) -> float:
        raise LookupError(by, camera, captured_s, heads)

    def report(self, by: str, camera: str, tally: LookTally) -> None:
        raise LookupError(by, camera, tally)

    def commit(self, by: str, day: date, commitment: str) -> None:
        raise LookupError(by, day, commitment)

    def reveal(self, by: str, day: date, seed: bytes) -> None:
        raise LookupError(by, day, seed)


class _Nobody:
    """A gateway without cameras."""

    def __init__(self) -> None:
        self.hub = LiveHub(lambda *_: None)

    @property
    def timezone(self) -> str:
        return "UTC"

    def statuses(self) -> list[CameraStatus]:
        return []

    def listen(self, _callback: Callable[[CameraStatus], None]) -> AbstractContextManager[None]:
        return nullcontext()

    def listen_to_walls(self, _callback: Callable[[str, WallPicture], None]) -> AbstractContextManager[None]:
        return nullcontext()
