"""Limits on connections and requests, so that no visitor blocks other visitors or cameras."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

import h11
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from passerby.accounts.address_group import address_group
from passerby.serve.admission import Admission, VisitorKind
from passerby.serve.problem import problem
from passerby.serve.tls_door import TlsDoor

REQUEST_S = 10.0
"""A whole request, head and body, must arrive within this time; a connection's first one counts from its start."""
_HEALTH = frozenset({"/healthz", "/readyz"})
_EVENTS = "text/event-stream"
_FULL = "too many connections; close some, or set web.max_connections or web.max_per_visitor"


class LimitedConnection(H11Protocol):
    """A connection that ends when its request is late or somebody else needs its place; streams count."""

    admission: Admission[asyncio.BaseProtocol]
    signed_in: Callable[[Scope], bool]
    address: Callable[[Scope], str]
    _late: asyncio.TimerHandle | None = None
    _ended = False
    _endless = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Accept a connection, in place of another one if there are too many."""
        super().connection_made(transport)
        self._serve = self.app
        self.app = self._admit
        self.admission.keep_only(self.connections)  # WebSockets do not say when they end
        _end(self.admission.enter(self, address_group((self.client or ("",))[0])))
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Free its place."""
        self._stop_clock()
        self.admission.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Process data, unless the connection is about to close."""
        if not self._ended:
            super().data_received(data)

    def handle_events(self) -> None:
        """Process what has arrived; from the first byte of a request on, the rest must not be late."""
        super().handle_events()
        if self._ended or self.transport.get_protocol() is not self:
            return  # a WebSocket goes on
        whole = self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}
        self.admission.set_busy(self, busy=whole)
        if whole:
            self._stop_clock()
        elif self._began():
            self._start_clock()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand over to a WebSocket, if the connection may stay."""
        self._stop_clock()
        if not self._recognize(self.scope):
            self._ended = True
            self.transport.write(_full())
            self.transport.close()
            return
        super().handle_websocket_upgrade(event)
        self.admission.replace(self, self.transport.get_protocol())

    def on_response_complete(self) -> None:
        """Free the place that is reserved for questions about health."""
        if self.scope["path"] in _HEALTH:
            _end(self.admission.recognize(self, VisitorKind.STRANGER)[1])
        super().on_response_complete()

    def shutdown(self) -> None:
        """End, because the server ends: at once if it sends events without end, else after the present answer."""
        if self._endless and _answering(self.cycle):
            self.transport.close()  # the reader learns that there is no more, and the route that nobody reads
        else:
            super().shutdown()

    def make_room(self) -> None:
        """End at once, for somebody else; a request that has begun to arrive gets 503."""
        if self._began() and not _answering(self.cycle):
            self.transport.write(_full())
        self._end()

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose headers have arrived, if its connection may stay."""
        if not self._recognize(scope):
            await problem(503, _FULL, {"Retry-After": "10", "Connection": "close"})(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._endless = Headers(raw=message["headers"]).get("content-type", "").startswith(_EVENTS)
            await send(message)

        cycle = self.cycle
        try:
            await self._serve(scope, receive, noted)
        except asyncio.CancelledError:  # the server ends, and has waited for this answer long enough
            cycle.disconnected = True
            self._end()

    def _recognize(self, scope: Any) -> bool:  # noqa: ANN401 - uvicorn and Starlette name its type differently
        other = VisitorKind.HEALTH if scope["path"] in _HEALTH else VisitorKind.STRANGER
        kind = VisitorKind.SIGNED_IN if self.signed_in(scope) else other
        may_stay, displaced = self.admission.recognize(self, kind, address_group(self.address(scope)))
        _end(displaced)
        return may_stay

    def _began(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])

    def _start_clock(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(REQUEST_S, self._end)

    def _stop_clock(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _end(self) -> None:
        self._ended = True
        self.transport.abort()


def limited_protocol(
    most: int, most_of_one: int, *, signed_in: Callable[[Scope], bool], address: Callable[[Scope], str]
) -> type[LimitedConnection]:
    """Return a protocol class for uvicorn with these limits.

    Args:
        most: Connections at once of all who are signed in; the others share a quarter as many.
        most_of_one: Connections at once of one visitor: an IPv4 address or an IPv6 /64.
        signed_in: Returns whether a request comes from somebody who is signed in.
        address: Returns the IP address that a request comes from, behind a trusted reverse proxy too.
    """
    admission: Admission[asyncio.BaseProtocol] = Admission(most, most_of_one)
    own = {"admission": admission, "signed_in": staticmethod(signed_in), "address": staticmethod(address)}
    return type("LimitedProtocol", (LimitedConnection,), own)


def behind_tls(inside: type[LimitedConnection], context: ssl.SSLContext) -> Callable[..., TlsDoor]:
    """Return what makes a protocol for uvicorn whose connections are limited from before their TLS handshake.

    Args:
        inside: What continues after the handshake; returned by `limited_protocol`.
        context: Certificate and key.
    """

    def made(**of_uvicorn: Any) -> TlsDoor:  # noqa: ANN401 - passed on
        protocol = inside(**of_uvicorn)
        return TlsDoor(
            protocol,
            context,
            admission=protocol.admission,
            connections=cast("set[asyncio.BaseProtocol]", protocol.connections),  # uvicorn's names are narrower
            deadline_s=REQUEST_S,
            end=_end,
        )

    return made


def _end(connection: asyncio.BaseProtocol | None) -> None:
    """End a connection that was displaced."""
    if isinstance(connection, LimitedConnection):
        connection.make_room()
    elif connection is not None:
        connection.transport.abort()  # type: ignore[attr-defined]  # a WebSocket without a session


def _answering(cycle: RequestResponseCycle | None) -> bool:
    return cycle is not None and cycle.response_started and not cycle.response_complete


def _full() -> bytes:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    body = json.dumps({"type": "about:blank", "title": status.phrase, "status": status, "detail": _FULL}).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 10\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
