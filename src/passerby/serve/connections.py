"""Limits on connections, so that one visitor with very many of them blocks neither other visitors nor cameras."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from uvicorn.protocols.http.h11_impl import H11Protocol

FIRST_REQUEST_S = 10.0
"""A connection without a request is closed after this time."""
_FAREWELL_S = 1.0


class ConnectionLimit(H11Protocol):
    """A connection that is refused when there are too many; open WebSockets and event streams count."""

    most: int
    most_of_one: int
    _refused = _answered = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Accept a connection, or prepare to answer that there are too many."""
        super().connection_made(transport)
        self._refused = self._too_many()
        if self._refused:
            self.connections.discard(self)
            self.loop.call_later(_FAREWELL_S, self._refuse)  # at the latest
        else:
            self.loop.call_later(FIRST_REQUEST_S, self._close_if_idle)

    def data_received(self, data: bytes) -> None:
        """Process data, or answer that there are too many connections."""
        if self._refused:
            self._refuse()  # only now: some clients do not understand an answer that precedes their request
        else:
            super().data_received(data)

    def _too_many(self) -> bool:
        clients = [getattr(each, "client", None) for each in self.connections]
        of_one = sum((client or "")[:1] == (self.client or "")[:1] for client in clients)
        return len(self.connections) > self.most or of_one > self.most_of_one

    def _refuse(self) -> None:
        if not self._answered:
            self._answered = True
            self.transport.write(_full())
            self.loop.call_later(_FAREWELL_S, self.transport.abort)  # later, or the answer would be lost

    def _close_if_idle(self) -> None:
        if not self.headers:  # no first request yet
            self.transport.abort()


def limited_protocol(most: int, most_of_one: int) -> type[ConnectionLimit]:
    """Return a protocol class for uvicorn with these limits.

    Args:
        most: Connections at once, from all visitors.
        most_of_one: Connections at once from one address.
    """
    return type("LimitedProtocol", (ConnectionLimit,), {"most": most, "most_of_one": most_of_one})


def _full() -> bytes:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = "too many connections; close some, or set web.max_connections or web.max_per_visitor"
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    body = json.dumps(problem).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 10\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
