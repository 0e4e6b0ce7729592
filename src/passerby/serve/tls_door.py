"""The TLS handshake of a connection: it has a place among the others and a deadline, like a request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from uvicorn.protocols.utils import get_remote_addr

from passerby.accounts.address_group import address_group
from passerby.serve.admission import Admission


class Inside(Protocol):
    """The protocol that continues after the handshake; one of asyncio's."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin."""
        ...

    def data_received(self, data: bytes) -> None:
        """Use data."""
        ...


class TlsDoor(asyncio.Protocol):
    """Counts a connection from its first moment, makes the handshake, and hands the connection over.

    asyncio names a connection only after its handshake, so that very many which never end it would count nowhere.

    Args:
        inside: What continues after the handshake.
        context: Certificate and key.
        admission: Who has a place.
        connections: All connections of the server, so that its end ends handshakes too.
        deadline_s: How long a handshake may take, s.
        end: Ends the connection that must make room for this one, if there is one.
    """

    def __init__(
        self,
        inside: Inside,
        context: ssl.SSLContext,
        *,
        admission: Admission[asyncio.BaseProtocol],
        connections: set[asyncio.BaseProtocol],
        deadline_s: float,
        end: Callable[[asyncio.BaseProtocol | None], None],
    ) -> None:
        self._inside = inside
        self._context = context
        self._admission = admission
        self._connections = connections
        self._deadline_s = deadline_s
        self._end = end
        self._early = bytearray()
        self._shaking: asyncio.Task[None] | None = None
        self._lost = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take a place, in exchange for another connection if there are too many, and begin the handshake."""
        self.transport = transport
        transport.pause_reading()  # the first bytes belong to the handshake
        self._connections.add(self)
        self._admission.keep_only(self._connections)
        self._end(self._admission.enter(self, address_group((get_remote_addr(transport) or ("",))[0])))
        self._shaking = asyncio.get_running_loop().create_task(self._shake())

    def data_received(self, data: bytes) -> None:
        """Keep what arrives with the last part of the handshake, until the connection is handed over."""
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Free the place, if the handshake did not end."""
        self._lost = True
        self._leave()

    def shutdown(self) -> None:
        """End at once, because the server ends."""
        self.transport.abort()
        if self._shaking is not None:
            self._shaking.cancel()

    async def _shake(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            secure = await loop.start_tls(
                self.transport,
                self,
                self._context,
                server_side=True,
                ssl_handshake_timeout=self._deadline_s,
            )
        except (OSError, asyncio.CancelledError):  # ssl.SSLError and a late one among them: nobody to answer
            self.transport.abort()
            self._leave()
            return
        if secure is None or self._lost:
            return
        self._admission.replace(self, self._inside)  # type: ignore[arg-type]  # it is a protocol of asyncio
        self._connections.discard(self)
        secure.set_protocol(self._inside)  # type: ignore[arg-type]  # as above
        self._inside.connection_made(secure)
        if self._early:
            self._inside.data_received(bytes(self._early))

    def _leave(self) -> None:
        self._connections.discard(self)
        self._admission.leave(self)
