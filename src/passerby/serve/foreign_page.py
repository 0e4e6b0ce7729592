"""Which pages of other origins may show a camera, and what a browser must be told so that it lets them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope, Send

SCRIPT: Final = "/passerby-camera.js"
"""The element `<passerby-camera>`, for pages of other origins."""
ROUTES: Final = "/api/embedded/"
"""What its element asks; nothing else answers pages of other origins."""
PASS: Final = "ticket"  # noqa: S105 - the name of a parameter
"""Parameter of a stream's address that opens it once, where a browser cannot send a header."""
_ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization",
    "Access-Control-Max-Age": "600",
}
"""What such a page may send; there is no Allow-Credentials, so a browser sends no cookie."""
_ABSENT = "this address is for pages of other origins that web.embed_origins lists; it cannot be opened by itself"
_REFUSED = "this page may not show cameras of this gateway; list its origin in web.embed_origins"


class ForeignPages:
    """The origins whose pages may show a camera: those that the site file lists, compared letter by letter.

    Requests without an Origin header, as of a page that is opened from a file, come from no listed page. Cookies count
    nowhere here: what such a page may do comes from its ticket alone.

    Args:
        origins: Their origins, such as https://intranet.example.org.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self.origins = tuple(origins)

    def concerns(self, path: str) -> bool:
        """Return whether a path is for pages of other origins, and for nobody else."""
        return path.startswith(ROUTES) or path in {SCRIPT, f"{SCRIPT}.gz"}

    def refusal(self, headers: Headers) -> str:
        """Return why a request of such a path is refused; "" = it is not."""
        origin = headers.get("origin")
        if origin is None:
            return _ABSENT
        return "" if origin in self.origins else _REFUSED

    def answer(self, scope: Scope, app: ASGIApp) -> ASGIApp:
        """Return what answers a request of a listed origin: a browser first asks whether it may ask."""
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            return Response(status_code=204, headers=_ALLOWED)
        return app

    def shared(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that lets the page of a listed origin read an answer."""
        origin = Headers(scope=scope).get("origin", "")

        async def with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = origin
                headers.add_vary_header("Origin")
            await send(message)

        return with_origin
