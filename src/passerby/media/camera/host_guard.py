"""Lets FFmpeg ask a camera over HTTP and nobody else: redirects, playlists and segments elsewhere go nowhere.

FFmpeg follows whatever a camera names, so it gets a proxy on this machine that connects to allowed places only. The
proxy reads nothing but the head of a request; with TLS not even that.
"""

from __future__ import annotations

import logging
import os
import re
import selectors
import socket
from types import TracebackType
from typing import Final, Self

from passerby.media.address import Address, place_of
from passerby.media.camera.loopback import LoopbackServer

_HEAD_BYTES: Final = 1 << 16
_PIECE_BYTES: Final = 1 << 18
_CONNECT_S: Final = 10.0
_STALL_S: Final = 60.0
"""Somebody who takes nothing for so long is gone."""
_CONNECT: Final = re.compile(rb"CONNECT (\S+) HTTP/1\.[01]\r\n")
_REQUEST: Final = re.compile(rb"([A-Z]+) (http://[^\s]+) (HTTP/1\.[01])\r\n")
_HOP: Final = re.compile(rb"(?im)^(?:proxy-)?connection:[^\r\n]*\r\n")

log = logging.getLogger(__name__)


class HostGuard:
    """A proxy for one camera's stream, on a free port of the loopback interface; a context manager.

    Args:
        address: Of the camera; its host and port, and what it allows besides, can be reached.
    """

    def __init__(self, address: Address) -> None:
        self._allowed = address.places()
        self.elsewhere = ""
        """The last place that the camera named and that is not allowed; "" = none was."""
        self.failure: OSError | None = None
        """Why the camera itself could not be reached at the last attempt."""
        self._server = LoopbackServer(self._answer, name="host guard")

    @property
    def url(self) -> str:
        """Of the proxy, for FFmpeg's option `http_proxy`."""
        return f"http://127.0.0.1:{self._server.port}"

    def close(self) -> None:
        """End all connections; harmless when repeated."""
        self._server.close()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._server.connections

    def __enter__(self) -> Self:
        """Return the guard."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End all connections."""
        self.close()

    def _answer(self, client: socket.socket) -> None:
        head, rest = _head(client)
        tunnel = _CONNECT.match(head)
        request = _REQUEST.match(head)
        place = place_of(f"//{tunnel[1].decode()}") if tunnel else place_of(request[2].decode()) if request else None
        if place is None or place not in self._allowed:
            self.elsewhere = f"{place.host}:{place.port}" if place is not None else "a place that cannot be read"
            log.warning("camera_names_another_host", extra={"place": self.elsewhere})
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return

        try:
            camera = socket.create_connection((place.host, place.port), timeout=_CONNECT_S)
        except OSError as error:
            self.failure = error
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return

        with camera:
            camera.settimeout(_STALL_S)
            if request is not None:
                camera.sendall(_as_to_the_camera(head, request) + rest)
            else:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                camera.sendall(rest)
            _carry(client, camera)


def _as_to_the_camera(head: bytes, request: re.Match[bytes]) -> bytes:
    """Return a request as it is sent without a proxy; each has a connection of its own, to one place."""
    path = re.sub(rb"\Ahttp://[^/?#]*", b"", request[2]) or b"/"
    path = path if path.startswith(b"/") else b"/" + path
    first = b"%s %s %s\r\nConnection: close\r\n" % (request[1], path, request[3])
    return first + _HOP.sub(b"", head[request.end() :])


def _head(client: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a request with its empty line, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _HEAD_BYTES:
        more = client.recv(_HEAD_BYTES)
        if not more:
            break
        data += more
    head, end, rest = data.partition(b"\r\n\r\n")
    return head + end, rest


def _carry(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                source = key.fileobj
                assert isinstance(source, socket.socket)  # noqa: S101 - as registered above
                data = source.recv(_PIECE_BYTES)
                if not data:
                    return
                key.data.sendall(data)


def pass_all_through_the_guard() -> None:
    """Take out of the environment what would let FFmpeg go past a proxy that it is given."""
    os.environ.pop("no_proxy", None)
