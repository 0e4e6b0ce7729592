"""How tests open WebSockets and connections by HTTP, and which ports they take."""

from __future__ import annotations

import secrets
import socket
import ssl
from contextlib import suppress
from typing import Any, Final

from tests.waiting import PATIENCE_S

WITHOUT_PINGS: Final[dict[str, Any]] = {"ping_interval": None, "open_timeout": PATIENCE_S, "close_timeout": 1}
"""Pings come from a thread that joins the receiving one while `close` does; CPython 3.11 cannot join one thread twice
at a time (`release unlocked lock`)."""

PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of plain HTTP, which trust nobody: httpx would read the world's certificates for each, in 30 ms."""

_FIRST_PORT, _PORTS = 20_000, 12_000


def free_port() -> int:
    """Return a port for a server that starts, or comes back, later.

    It lies below those that the system gives to connections (from 32768): one of those may be taken by any connection
    in the meantime, or even be connected to itself.
    """
    while True:
        port = _FIRST_PORT + secrets.randbelow(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
