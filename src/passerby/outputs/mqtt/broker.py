"""Where a broker is, and who we are there."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is.

    Args:
        host: Its name or address.
        port: TCP port.
        tls: Whether to encrypt; its certificate must be one that the system trusts.
        username: "" = none is asked for.
        password: Never shown.
    """

    host: str
    port: int = 1883
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
