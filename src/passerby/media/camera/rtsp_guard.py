"""Lets FFmpeg talk to one RTSP camera and nobody else: a redirect never reaches it.

FFmpeg follows every redirect, password and all, and cannot be told not to. So it is sent to a relay on this machine
that connects to the camera and reads the heads of its answers. Cameras take requests that name another host than their
own: they do so behind every forwarded port.
"""

from __future__ import annotations

import logging
import re
import selectors
import socket
import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit, urlunsplit

from passerby.media.address import place_of
from passerby.media.camera.loopback import LoopbackServer

_CONNECT_S: Final = 5.0
_STALL_S: Final = 60.0
_PIECE_BYTES: Final = 1 << 18
_HEAD_BYTES: Final = 1 << 16
_REDIRECT: Final = re.compile(rb"\A(?:RTSP/\d\.\d 3\d\d\b|REDIRECT )")
_LOCATION: Final = re.compile(rb"(?im)^location:[ \t]*([^\r\n]*)")
_LENGTH: Final = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,9})[ \t]*\r?$")

log = logging.getLogger(__name__)


class RtspGuard:
    """A relay to one RTSP camera, on a free port of the loopback interface; a context manager.

    Args:
        url: Address of the stream, with credentials.
    """

    def __init__(self, url: str) -> None:
        self._camera_url = url
        self.elsewhere = ""
        """Where the camera wanted to send FFmpeg; "" = nowhere."""
        self.failure: OSError | None = None
        """Why the camera could not be reached at the last attempt."""
        self._server = LoopbackServer(self._relay, name="rtsp guard")

    @property
    def url(self) -> str:
        """Of the stream through the relay, with the credentials; without TLS, which the relay speaks itself."""
        parts = urlsplit(self._camera_url)
        secrets, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(scheme="rtsp", netloc=f"{secrets}{at}127.0.0.1:{self._server.port}"))

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._server.connections

    def close(self) -> None:
        """End all connections; harmless when repeated."""
        self._server.close()

    def __enter__(self) -> Self:
        """Return the guard."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End all connections."""
        self.close()

    def _relay(self, client: socket.socket) -> None:
        try:
            camera = connected(self._camera_url, timeout_s=_CONNECT_S)
        except OSError as error:
            self.failure = error
            return
        self.failure = None
        with camera:
            camera.settimeout(_STALL_S)
            self._carry(client, camera)

    def _carry(self, client: socket.socket, camera: socket.socket) -> None:
        """Carry bytes both ways until one side ends or the camera redirects."""
        answers = RtspHeads()
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ)
            ready.register(camera, selectors.EVENT_READ)
            while True:
                decrypted = isinstance(camera, ssl.SSLSocket) and camera.pending()
                sources = [camera] if decrypted else [key.fileobj for key, _ in ready.select()]
                if client in sources and not _passed(client, camera):
                    return
                data = received(camera) if camera in sources else None
                if data is not None:
                    for head in answers.heads(data):
                        if _REDIRECT.match(head):
                            self._refuse(head)
                            return
                    if not data:
                        return
                    client.sendall(data)

    def _refuse(self, head: bytes) -> None:
        named = _LOCATION.search(head)
        place = place_of(urljoin(self._camera_url, named[1].decode("latin-1").strip())) if named else None
        self.elsewhere = f"{place.host}:{place.port}" if place is not None else "a place that cannot be read"
        log.warning("camera_names_another_host", extra={"place": self.elsewhere})


class RtspHeads:
    """Finds the heads of answers and requests in what a camera sends, between packets of video."""

    def __init__(self) -> None:
        self._data = b""
        self._skip = 0

    def heads(self, data: bytes) -> Iterator[bytes]:
        """Yield the heads that end in these bytes.

        Raises:
            OSError: A head is too long: this is no RTSP.
        """
        self._data += data
        while True:
            passed = min(self._skip, len(self._data))
            self._data, self._skip = self._data[passed:], self._skip - passed
            if self._skip or not self._data:
                return
            if self._data[:1] == b"$":
                if len(self._data) < 4:
                    return
                self._skip = 4 + int.from_bytes(self._data[2:4], "big")
                continue
            head, end, _ = self._data.partition(b"\r\n\r\n")
            if not end:
                if len(head) > _HEAD_BYTES:
                    msg = "the head of an answer is too long"
                    raise OSError(msg)
                return
            length = _LENGTH.search(head)
            self._skip = len(head) + len(end) + (int(length[1]) if length else 0)
            yield head.lstrip(b"\r\n")


def connected(url: str, *, timeout_s: float) -> socket.socket:
    """Connect to the place of an RTSP address, with TLS for rtsps.

    Raises:
        OSError: It cannot be reached.
    """
    place = place_of(url)
    if place is None:
        msg = "the address names no place"
        raise OSError(msg)
    plain = socket.create_connection((place.host, place.port), timeout=timeout_s)
    if urlsplit(url).scheme.lower() != "rtsps":
        return plain
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # cameras sign themselves; FFmpeg takes it too
    try:
        return context.wrap_socket(plain, server_hostname=place.host)
    except OSError:
        plain.close()
        raise


def received(camera: socket.socket) -> bytes | None:
    """Return what a camera sent, b"" at its end; None = nothing of it can be read yet, as of a part of a TLS record."""
    if not isinstance(camera, ssl.SSLSocket):
        return camera.recv(_PIECE_BYTES)
    camera.settimeout(0.0)  # a TLS record may hold no data, and waiting for more would hold up the client
    try:
        return camera.recv(_PIECE_BYTES)
    except ssl.SSLWantReadError:
        return None
    finally:
        camera.settimeout(_STALL_S)


def _passed(source: socket.socket, target: socket.socket) -> bool:
    """Pass on what has come; return whether anything had."""
    data = source.recv(_PIECE_BYTES)
    if data:
        target.sendall(data)
    return bool(data)
