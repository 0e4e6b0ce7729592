"""Asks an RTSP camera whether it sends us elsewhere, before FFmpeg does, and follows it to places that are allowed.

FFmpeg would follow it anywhere, password and all. It is kept from redirects of later requests by `rtsp_guard`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from passerby.errors import RefusedError
from passerby.media.address import Address, place_of
from passerby.media.camera.rtsp_guard import connected

_ANSWER_S: Final = 3.0
_HEAD_BYTES: Final = 1 << 16
_MOST_REDIRECTS: Final = 5
_SCHEMES: Final = ("rtsp", "rtsps")


def followed(address: Address) -> str:
    """Return where a camera's stream is after redirects to allowed places; what else is wrong with it FFmpeg will say.

    Raises:
        RefusedError: It sends us elsewhere, or on without encryption.
    """
    url = address.url
    for _ in range(_MOST_REDIRECTS):
        target = _redirect(url)
        if not target:
            return url
        place = place_of(target)
        if place not in address.places() or urlsplit(target).scheme.lower() not in _SCHEMES:
            raise elsewhere(f"{place.host}:{place.port}" if place else "a place that cannot be read")
        if urlsplit(url).scheme.lower() == "rtsps" and urlsplit(target).scheme.lower() != "rtsps":
            msg = "it sends us on without encryption; if this is right, name the rtsp:// address in the site file"
            raise RefusedError(msg)
        url = _with_credentials(target, url)
    msg = f"it redirects more than {_MOST_REDIRECTS} times; name the stream's own address"
    raise RefusedError(msg)


def elsewhere(place: str) -> RefusedError:
    """Return what is said when a camera names a place that its settings do not allow."""
    msg = f"it sends us to {place}, which is not its own host and port; if this is right, add it to allow_hosts"
    return RefusedError(msg)


def _redirect(url: str) -> str:
    """Return where a camera sends whoever asks for its stream; "" = nowhere, or it does not answer."""
    place = place_of(url)
    parts = urlsplit(url)
    if place is None:
        return ""
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    try:
        with connected(url, timeout_s=_ANSWER_S) as connection:
            return _asked(connection, bare, user, password)
    except OSError:
        return ""


def _with_credentials(target: str, url: str) -> str:
    """Return the target with the credentials of the address that led to it, unless it has its own; so does FFmpeg."""
    parts = urlsplit(target)
    if "@" in parts.netloc:
        return target
    secrets, at, _ = urlsplit(url).netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{secrets}{at}{parts.netloc}"))


def _asked(connection: socket.socket, url: str, user: str, password: str) -> str:
    authorization = ""
    for number, method in enumerate(("OPTIONS", "DESCRIBE", "DESCRIBE"), 1):
        lines = [f"{method} {url} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp", authorization]
        connection.sendall(("\r\n".join(filter(None, lines)) + "\r\n\r\n").encode())
        status, fields = _answer(connection)
        if 300 <= status < 400 and fields.get("location"):
            return urljoin(url, fields["location"])
        if method == "DESCRIBE" and (status != 401 or authorization or not user):
            return ""
        authorization = _authorization(fields.get("www-authenticate", ""), url, user, password)
    return ""


def _answer(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """Return status and fields of an answer; of several fields of one name the last, but Digest before Basic."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _HEAD_BYTES:
        more = connection.recv(_HEAD_BYTES)
        if not more:
            break
        data += more
    lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = lines[0].split()
    fields: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if not fields.get(name.lower(), "").startswith("Digest"):
            fields[name.lower()] = value.strip()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0, fields


def _authorization(challenge: str, url: str, user: str, password: str) -> str:
    if challenge.lower().startswith("basic"):
        return f"Authorization: Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
    if not nonce:
        return ""
    secret, request = _md5(f"{user}:{realm}:{password}"), _md5(f"DESCRIBE:{url}")
    return (
        f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
        f'response="{_md5(f"{secret}:{nonce}:{request}")}"'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - as RFC 2069 has it
