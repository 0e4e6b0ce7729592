"""A gateway as a watchdog reaches it: over HTTP and WebSockets with a token, like any viewer."""

from __future__ import annotations

import http.client
import json
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from passerby.assembly.watched_stream import StreamMessage
from passerby.errors import AccessError, ForbiddenError, OutputError, SourceError, UsageError

TIMEOUT_S: Final = 20.0
SILENCE_S: Final = 10.0
"""A stream that sends nothing for so long is opened again: even without a picture, notices come twice a second."""
_HEADER: Final = struct.Struct("!BBHHq")
LARGEST_BYTES: Final = 32 << 20


class WatchedGateway:
    """Sends requests to a gateway, and opens its covered streams; may be used from several threads.

    Args:
        address: Of the gateway, such as https://gateway.example.org:8088.
        token: API token with see_cameras, watch_live and cover_whole.
        certificate: File with the gateway's own certificate; None = one that this machine trusts.

    Raises:
        UsageError: The address or the certificate cannot be used.
    """

    def __init__(self, address: str, token: str, certificate: Path | None = None) -> None:
        parts = urlsplit(address)
        local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            msg = f"{address}: not the address of a gateway; write https://HOST:PORT"
            raise UsageError(msg)
        if parts.scheme == "http" and not local:
            msg = f"{address}: the token would cross the network in plain text; use https, or a tunnel to this machine"
            raise UsageError(msg)
        self._host, self._secure = parts.netloc, parts.scheme == "https"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._tls = _tls(certificate) if self._secure else None

    @property
    def host(self) -> str:
        """Host and port."""
        return self._host

    def cameras(self) -> list[str]:
        """Return the names of the cameras that the token may see.

        Raises:
            AccessError: The token is wrong or may not do it.
            OutputError: The gateway does not answer.
        """
        return [str(each["name"]) for each in self._ask("GET", "/api/cameras")]

    def send(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Send a report, and return the answer.

        Raises:
            AccessError: The token is wrong or may not do it.
            UsageError: The gateway refuses what was sent.
            OutputError: The gateway does not answer.
        """
        return self._ask("POST", path, body)

    def messages(self, camera: str) -> Iterator[StreamMessage]:
        """Yield the pictures of a camera's covered stream until it ends.

        Raises:
            AccessError: The token is wrong, or may not watch it.
            OutputError: The gateway does not answer.
            SourceError: The stream broke off, or sends something that is not a picture.
        """
        path = self._ask("POST", f"/api/cameras/{quote(camera, safe='')}/streams/full")["packets"]
        address = f"ws{'s' * self._secure}://{self._host}{path}"
        try:
            with connect(
                address,
                additional_headers=self._headers,
                ssl=self._tls,
                open_timeout=TIMEOUT_S,
                ping_interval=None,
                close_timeout=1,
                max_size=LARGEST_BYTES,
            ) as socket:
                while True:
                    yield _message(camera, socket.recv(SILENCE_S))
        except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
            msg = f"camera '{camera}': its covered stream broke off ({type(error).__name__})"
            raise SourceError(msg) from error

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        sent = None if body is None else json.dumps(body)
        kind = {} if sent is None else {"Content-Type": "application/json"}
        connection = self._connection()
        try:
            connection.request(method, path, sent, self._headers | kind)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            msg = f"the gateway at {self._host} does not answer ({error}); check the address"
            raise OutputError(msg) from error
        finally:
            connection.close()
        try:
            said = json.loads(text) if text else None
        except ValueError as error:
            msg = f"{self._host} answers with status {answer.status} and no JSON; is it a gateway?"
            raise OutputError(msg) from error
        if answer.status < 400:
            return said
        detail = str(said.get("detail", "")) if isinstance(said, dict) else ""
        raise _refusal(answer.status, detail or f"status {answer.status}")

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, timeout=TIMEOUT_S)
        return http.client.HTTPSConnection(self._host, timeout=TIMEOUT_S, context=self._tls)


def _refusal(status: int, detail: str) -> AccessError | UsageError | OutputError:
    """Return the error of a refused request; what may work later is an OutputError."""
    if status == 401:
        return AccessError(f"{detail}; make a token with passerby token create")
    if status == 403:
        return ForbiddenError(detail)
    return UsageError(detail) if status < 500 and status != 429 else OutputError(detail)


def _message(camera: str, data: str | bytes) -> StreamMessage:
    if isinstance(data, str) or len(data) <= _HEADER.size:
        msg = f"camera '{camera}': its covered stream sends something that is not a picture"
        raise SourceError(msg)
    key, _, _, _, time_us = _HEADER.unpack_from(data)
    return StreamMessage(data[_HEADER.size :], bool(key), time_us)


def _tls(certificate: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if certificate is None else str(certificate))
    except OSError as error:
        msg = f"{certificate}: cannot be used as a certificate; copy web-certificate.pem of the gateway"
        raise UsageError(msg) from error
    if certificate is not None:
        context.check_hostname = False  # this very certificate is asked for, under whatever name
    return context
