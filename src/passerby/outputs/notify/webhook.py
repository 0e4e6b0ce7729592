"""Webhooks: a POST to a server of the site, signed so that it knows who sent it.

The signature is that of Standard Webhooks: HMAC-SHA256 over number, time and body. Source: standardwebhooks.com.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from passerby.errors import DeliveryRefusedError, OutputError
from passerby.outputs.notify.message import AlertMessage

TIMEOUT_S = 10.0
_LATER = frozenset({408, 409, 425, 429})
"""Refusals that may be over when the same is sent again."""


def signature(secret: str, number: str, time_s: int, body: bytes) -> str:
    """Return the signature of a message.

    Args:
        secret: The key; one that starts with whsec_ is base64, as Standard Webhooks has it.
        number: Number of the message.
        time_s: When it is sent, UTC since 1970, s.
        body: What is sent.

    >>> signature("0123456789abcdef", "a-1", 1_795_348_800, b"{}")
    'v1,...='
    """
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    signed = hmac.new(key, f"{number}.{time_s}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


class Webhook:
    """Posts messages to one address; redirects are not followed.

    Args:
        address: An http:// or https:// address.
        secret: Key of the signature.
        clock: Returns the time, UTC since 1970, s.
        timeout_s: How long the server may take to answer, s.

    Raises:
        OutputError: The address names no host or cannot be asked for, or the key cannot be read.
    """

    def __init__(self, address: str, secret: str, *, clock: Callable[[], float], timeout_s: float = TIMEOUT_S) -> None:
        try:
            self._to = urlsplit(address)
            port = self._to.port
            signature(secret, "", 0, b"")
        except ValueError as error:
            msg = "the port of the address is not a number, or the secret after whsec_ is not base64"
            raise OutputError(msg) from error
        if not self._to.hostname:
            msg = "the address names no host; write https://host/path"
            raise OutputError(msg)
        try:
            f"{self._to.path}{self._to.query}".encode("ascii")
            self._to.hostname.encode("idna")
        except UnicodeError as error:
            msg = "the address cannot be asked for; check its host name, and write letters beyond a to z as %.."
            raise OutputError(msg) from error
        self._host, self._port = self._to.hostname, port
        self._secret = secret
        self._clock = clock
        self._timeout_s = timeout_s

    def send(self, message: AlertMessage) -> None:
        """Post one message.

        Raises:
            DeliveryRefusedError: The server will never take it.
            OutputError: It cannot be reached, or answers with an error.
        """
        body = json.dumps({"type": "alert", "number": message.key, **message.content}, ensure_ascii=False).encode()
        time_s = int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "passerby",
            "webhook-id": message.key,
            "webhook-timestamp": str(time_s),
            "webhook-signature": signature(self._secret, message.key, time_s, body),
        }
        if self._to.username is not None:
            pair = f"{self._to.username}:{self._to.password or ''}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        self._judge(self._post(body, headers))

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        secure = self._to.scheme.lower() == "https"
        path = f"{self._to.path or '/'}{f'?{self._to.query}' if self._to.query else ''}"
        connection = (
            http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout_s, context=ssl.create_default_context()
            )
            if secure
            else http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        )
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read(1 << 16)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            msg = f"{self._host}: the webhook cannot be reached ({reason}); check that its server runs"
            raise OutputError(msg) from error
        else:
            return answer.status
        finally:
            connection.close()

    def _judge(self, status: int) -> None:
        if status < 300:
            return
        if status < 400:
            msg = f"{self._host}: the webhook redirects (status {status}), which is not followed; name its new address"
            raise OutputError(msg)
        msg = f"{self._host}: the webhook answers with status {status}; check its address, secret and log"
        if status < 500 and status not in _LATER and status not in {401, 403, 404}:
            raise DeliveryRefusedError(msg)
        raise OutputError(msg)
