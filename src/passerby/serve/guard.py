"""Refuses requests under foreign host names or from foreign pages, and adds security headers to every answer."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passerby.gateway.plan_upload import MOST_BYTES
from passerby.serve.foreign_page import ForeignPages
from passerby.serve.problem import problem

MOST_BODY = 1 << 20
"""Largest request body, bytes: it is held in memory."""
_LARGER = {("PUT", "/api/site/plans/"): MOST_BYTES}
"""Pictures of floor plans may be larger; their route reads them only after it knows who sends them."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "media-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",  # makes templates from constants of the console's own code, and nothing else
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """ASGI middleware against DNS rebinding, cross-site requests, framing and endless bodies.

    An attacker can point a host name of their own at this machine, but not a bare IP address. So the Host header must
    be an IP address, localhost, this machine's own name, or one of `names`.

    Pages of other origins get nothing, but for the routes of embedded cameras, and only from origins that are listed.

    Args:
        app: The application to protect.
        names: Further host names under which the page may be reached.
        foreign: Which pages of other origins may show a camera.
        secure: It serves by TLS: a page that came without it, from the same name, may be of somebody in between.
    """

    def __init__(self, app: ASGIApp, *, names: Iterable[str], foreign: ForeignPages, secure: bool) -> None:
        self._app = app
        self._foreign = foreign
        self._schemes = {"https"} if secure else {"http", "https"}  # a proxy in front may serve by TLS
        own = socket.gethostname().casefold()
        self._names = {"localhost", own, f"{own}.local", *(name.casefold() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        reason = self._refusal(scope)
        if reason and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
            return
        answer = problem(403, reason) if reason else self._app
        if scope["type"] == "websocket":
            await answer(scope, receive, send)
            return
        if not reason and self._foreign.concerns(scope["path"]):
            answer, send = self._foreign.answer(scope, answer), self._foreign.shared(scope, send)

        body = _Body(receive, _most(scope))
        started = False

        async def unless_too_long(message: Message) -> None:
            nonlocal started
            if started or not body.too_long:  # what is said about half a body is nothing to go by
                started = True
                await _fenced(send)(message)

        await answer(scope, body.receive, unless_too_long)
        if body.too_long and not started:
            text = f"the body of this request is longer than {body.most >> 20} MiB, and it needs no more; send less"
            await problem(413, text, {"Connection": "close"})(scope, receive, _fenced(send))

    def _refusal(self, scope: Scope) -> str:
        """Return why a request is refused; "" = it is not."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            return "this host name is not allowed; use an IP address, localhost, or a name listed in web.names"
        if self._foreign.concerns(scope["path"]):
            return self._foreign.refusal(headers)
        if scope["type"] == "http" and scope["method"] in _SAFE:
            return ""
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "none") if scope["type"] == "http" else "none"  # sockets have an Origin
        if site not in {"same-origin", "none"} or (origin is not None and not self._is_own_page(origin, host)):
            return "the request comes from a page of another site; open the gateway's own page"
        return ""

    def _is_own_page(self, origin: str, host: str) -> bool:
        scheme, _, page_host = origin.partition("://")
        return scheme in self._schemes and page_host == host

    def _is_ours(self, host: str) -> bool:
        name = host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.casefold() in self._names
        return True


def _most(scope: Scope) -> int:
    """Return the largest body that a request may have, bytes."""
    larger = (
        most for (method, path), most in _LARGER.items() if scope["method"] == method and scope["path"].startswith(path)
    )
    return next(larger, MOST_BODY)


class _Body:
    """The body of a request; one that is too long ends as if the client had left."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._received = 0
        self.most = most

    @property
    def too_long(self) -> bool:
        return self._received > self.most

    async def receive(self) -> Message:
        message: Message = {"type": "http.disconnect"}
        if not self.too_long:
            message = await self._receive()
            self._received += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.too_long else message


def _fenced(send: Send) -> Send:
    """Return a `send` that adds the headers of security to an answer."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return with_headers
