"""The address of a camera, which never shows its password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit, urlunsplit

_SECRETS = re.compile(r"(?i)((?:[?&;/]|^)[^=&;/?\s]*(?:pas|pwd|login|token|key|secret|auth|user)[^=&;/?\s]*=)[^&;\s]+")
"""Secrets in queries, and in paths such as /user=admin_password=12345_channel=1.sdp."""
_CREDENTIALS = re.compile(r"(?i)([a-z][a-z0-9+.-]*://)\S*@")
"""Everything up to the last @: an unquoted password may contain an @ or a slash."""


class Transport(StrEnum):
    """Transport of RTSP packets."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True)
class Place:
    """A host and a port.

    Args:
        host: In lower case; an IPv6 address without brackets.
        port: TCP port.
    """

    host: str
    port: int


_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}


def place_of(url: str) -> Place | None:
    """Return where a URL leads, or `//host:port`; None = nowhere that can be told.

    >>> place_of("HTTP://[::1]/live.m3u8")
    Place(host='::1', port=80)
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return None
    return Place(parts.hostname.rstrip("."), port) if parts.hostname and port else None


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a stream; printed, logged or formatted it contains no user, password or token.

    Args:
        url: The URL for FFmpeg, secrets included; never put it in messages.
        also: Other places, as `host:port`, that may be asked when the camera names them.

    >>> str(Address("rtsp://user:secret@10.0.0.5:554/live?token=abc"))
    'rtsp://10.0.0.5:554/live?token=***'
    """

    url: str = field(repr=False)
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the address without its secrets."""
        return without_secrets(self.url)

    @property
    def scheme(self) -> str:
        """Return the part before `://`, in lower case; "" for a path."""
        return urlsplit(self.url).scheme.lower() if "://" in self.url else ""

    def places(self) -> frozenset[Place]:
        """Return where may be asked: the camera's own host and port, and what is allowed besides."""
        named = [self.url, *(f"//{each}" for each in self.also)]
        return frozenset(place for place in map(place_of, named) if place is not None)

    def with_credentials(self, user: str, password: str) -> Address:
        """Return the address with user and password set, quoted for a URL; a path has none, and stays as it is."""
        if not self.scheme:
            return self
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        credentials = f"{quote(unquote(user), safe='')}:{quote(password, safe='')}@"
        return Address(urlunsplit(parts._replace(netloc=credentials + host)), self.also)


def without_secrets(text: str) -> str:
    """Return a text without the credentials and tokens of any URL in it, such as FFmpeg's messages.

    >>> without_secrets("Could not open rtsp://admin:12345@cam/1: 401")
    'Could not open rtsp://cam/1: 401'
    """
    return _SECRETS.sub(r"\1***", _CREDENTIALS.sub(r"\1", text))
