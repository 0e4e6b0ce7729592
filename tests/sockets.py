"""How tests open WebSockets."""

from __future__ import annotations

from typing import Any, Final

from tests.waiting import PATIENCE_S

WITHOUT_PINGS: Final[dict[str, Any]] = {"ping_interval": None, "open_timeout": PATIENCE_S, "close_timeout": 1}
"""Pings come from a thread that joins the receiving one while `close` does; CPython 3.11 cannot join one thread twice
at a time (`release unlocked lock`)."""
