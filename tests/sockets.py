"""How tests open WebSockets and connections by HTTP."""

from __future__ import annotations

import ssl
from typing import Any, Final

from tests.waiting import PATIENCE_S

WITHOUT_PINGS: Final[dict[str, Any]] = {"ping_interval": None, "open_timeout": PATIENCE_S, "close_timeout": 1}
"""Pings come from a thread that joins the receiving one while `close` does; CPython 3.11 cannot join one thread twice
at a time (`release unlocked lock`)."""

PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of plain HTTP, which trust nobody: httpx would read the world's certificates for each, in 30 ms."""
