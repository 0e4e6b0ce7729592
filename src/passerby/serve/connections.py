"""How many connections there may be at once: a visitor who opens more and more shuts out neither others nor cameras."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from uvicorn.protocols.http.h11_impl import H11Protocol

FIRST_WORDS_S = 10.0
"""A connection on which no request has come for so long is closed."""
_FAREWELL_S = 1.0


class ConnectionLimit(H11Protocol):
    """A connection, unless there are too many; WebSockets and events in progress count."""

    most: int
    most_of_one: int
    _refused = _told = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Let a connection in, or say that there are too many."""
        super().connection_made(transport)
        self._refused = self._crowded()
        if self._refused:
            self.connections.discard(self)
            self.loop.call_later(_FAREWELL_S, self._refuse)  # at the latest
        else:
            self.loop.call_later(FIRST_WORDS_S, self._hurry)

    def data_received(self, data: bytes) -> None:
        """Listen, or answer that there are too many connections."""
        if self._refused:
            self._refuse()  # now and no sooner: some clients do not understand an answer before their question
        else:
            super().data_received(data)

    def _crowded(self) -> bool:
        clients = [getattr(each, "client", None) for each in self.connections]
        of_one = sum((client or "")[:1] == (self.client or "")[:1] for client in clients)
        return len(self.connections) > self.most or of_one > self.most_of_one

    def _refuse(self) -> None:
        if not self._told:
            self._told = True
            self.transport.write(_full())
            self.loop.call_later(_FAREWELL_S, self.transport.abort)  # not at once: the answer would be lost

    def _hurry(self) -> None:
        if not self.headers:  # of a first request
            self.transport.abort()


def doorway(most: int, most_of_one: int) -> type[ConnectionLimit]:
    """Return the protocol of a server.

    Args:
        most: Connections at once, of all visitors.
        most_of_one: Of one address.
    """
    return type("Doorway", (ConnectionLimit,), {"most": most, "most_of_one": most_of_one})


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
