"""Finds ONVIF cameras on the network and asks for their stream addresses (Profile S and T); never moves a camera."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener
from xml.etree import ElementTree as ET

from passerby.errors import RefusedError, SourceError
from passerby.media.address import without_secrets

GROUP = ("239.255.255.250", 3702)
_MOST_BYTES = 1 << 20
_ANSWER_S = 5.0
_MEDIA = {"T": "http://www.onvif.org/ver20/media/wsdl", "S": "http://www.onvif.org/ver10/media/wsdl"}
_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_GET_SERVICES = f'<GetServices xmlns="{_DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>'
_PROBE = """<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="{soap}" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:n="http://www.onvif.org/ver10/network/wsdl"><e:Header>
<w:MessageID>uuid:{message}</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>
<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>
<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"""


@dataclass(frozen=True, slots=True)
class OnvifDevice:
    """A camera that answered.

    Args:
        host: Its IP address.
        service: Address of its device service.
        model: Its model according to itself ("" = not given).
    """

    host: str
    service: str
    model: str


def find_devices(*, wait_s: float = 3.0, group: tuple[str, int] = GROUP) -> list[OnvifDevice]:
    """Ask the local network by WS-Discovery and return the cameras that answer, by host.

    An answer that names a service on another host than its sender is ignored.

    Args:
        wait_s: How long to wait for answers, s.
        group: Address and port to ask.

    Raises:
        SourceError: There is no network.
    """
    message = _PROBE.format(soap=_SOAP, message=uuid.uuid4()).encode()
    found: dict[str, OnvifDevice] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        try:
            asker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
            asker.sendto(message, group)
        except OSError as error:
            msg = f"cannot search the network ({error.strerror}); check that this machine is connected"
            raise SourceError(msg) from error
        until = time.monotonic() + wait_s
        while (left := until - time.monotonic()) > 0:
            asker.settimeout(left)
            try:
                answer, (host, *_) = asker.recvfrom(1 << 16)
            except OSError:
                break
            if (device := _device(answer, host)) is not None:
                found[host] = device

    return [found[host] for host in sorted(found)]


def stream_address(device: OnvifDevice, *, username: str = "", password: str = "") -> str:
    """Return the address of a camera's first stream, without credentials: by Profile T, else by Profile S.

    The host is always the one that answered, whatever the camera names.

    Raises:
        RefusedError: It rejects the user or password.
        SourceError: It does not answer, or has no stream.
    """
    asker = _Asker(username, password)
    services = asker.ask(device.service, _GET_SERVICES)
    places = {_text(each, "Namespace"): _text(each, "XAddr") for each in _all(services, "Service")}
    for profile, namespace in _MEDIA.items():
        service = places.get(namespace, "")
        if urlsplit(service).scheme not in {"http", "https"} or urlsplit(service).hostname != device.host:
            continue
        profiles = _all(asker.ask(service, f'<GetProfiles xmlns="{namespace}"/>'), "Profiles")
        token = next((each.get("token", "") for each in profiles), "")
        setup = "<Protocol>RTSP</Protocol>"
        if profile == "S":
            setup = (
                f'<StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
                f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
            )
        body = f"{setup}<ProfileToken>{_escaped(token)}</ProfileToken>"
        answer = asker.ask(service, f'<GetStreamUri xmlns="{namespace}">{body}</GetStreamUri>')
        uri = next((each.text or "" for each in _all(answer, "Uri")), "")
        if uri.startswith(("rtsp://", "rtsps://")):
            return without_secrets(_at(device.host, uri))

    msg = "it gives no stream address; look the address up in the camera's own settings"
    raise SourceError(msg)


def _at(host: str, uri: str) -> str:
    """Return a stream's address with the host that answered: behind a router, or on purpose, cameras name others."""
    parts = urlsplit(uri)
    host = f"[{host}]" if ":" in host else host
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return urlunsplit(parts._replace(netloc=f"{host}{port}"))


class _StayThere(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Refuse every redirect."""


class _Asker:
    """Sends SOAP requests to one camera."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._opener = build_opener(ProxyHandler({}), _StayThere())  # no other host is ever contacted

    def ask(self, service: str, body: str) -> ET.Element:
        """Return the answer to a request.

        Raises:
            RefusedError: It rejects the user or password.
            SourceError: It does not answer, or the answer is not SOAP.
        """
        header = f"<e:Header>{self._security()}</e:Header>"
        text = f'<e:Envelope xmlns:e="{_SOAP}">{header}<e:Body>{body}</e:Body></e:Envelope>'
        head = {"Content-Type": "application/soap+xml; charset=utf-8"}
        try:
            with self._opener.open(Request(service, text.encode(), head), timeout=_ANSWER_S) as answer:  # noqa: S310 - http
                return _parsed(answer.read(_MOST_BYTES))
        except OSError as error:
            code = getattr(error, "code", 0)
            if code in {400, 401, 403}:  # many cameras answer 400 with a SOAP fault
                msg = "it rejects the user or password; give --username and the password of an ONVIF user"
                raise RefusedError(msg) from error
            msg = f"its ONVIF service does not answer ({code or getattr(error, 'reason', '') or 'no connection'})"
            raise SourceError(msg) from error

    def _security(self) -> str:
        """Return a WS-Security user name token with a digest of the password (profile 1.0)."""
        if not self._username:
            return ""
        nonce = os.urandom(16)
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        digest = hashlib.sha1(nonce + created.encode() + self._password.encode()).digest()  # noqa: S324 - set by ONVIF
        return (
            f'<s:Security xmlns:s="{_WSS}wssecurity-secext-1.0.xsd"><s:UsernameToken>'
            f"<s:Username>{_escaped(self._username)}</s:Username>"
            f'<s:Password Type="{_WSS}username-token-profile-1.0#PasswordDigest">{base64.b64encode(digest).decode()}'
            f"</s:Password><s:Nonce>{base64.b64encode(nonce).decode()}</s:Nonce>"
            f'<u:Created xmlns:u="{_WSS}wssecurity-utility-1.0.xsd">{created}</u:Created>'
            "</s:UsernameToken></s:Security>"
        )


def _device(answer: bytes, host: str) -> OnvifDevice | None:
    try:
        tree = _parsed(answer)
    except SourceError:
        return None
    services = " ".join(each.text or "" for each in _all(tree, "XAddrs")).split()
    own = [each for each in services if each.startswith(("http://", "https://")) and urlsplit(each).hostname == host]
    scopes = " ".join(each.text or "" for each in _all(tree, "Scopes")).split()
    model = next((each.rpartition("/")[2] for each in scopes if "/hardware/" in each), "")
    return OnvifDevice(host, own[0], "".join(filter(str.isprintable, model))[:60]) if own else None


def _parsed(answer: bytes) -> ET.Element:
    if b"<!DOCTYPE" in answer or b"<!ENTITY" in answer:  # SOAP has none; XML bombs do
        msg = "its answer is not SOAP; check that this is the address of an ONVIF service"
        raise SourceError(msg)
    try:
        return ET.fromstring(answer)  # noqa: S314 - without a document type nothing expands
    except ET.ParseError as error:
        msg = "its answer is not SOAP; check that this is the address of an ONVIF service"
        raise SourceError(msg) from error


def _all(tree: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in tree.iter() if each.tag.rpartition("}")[2] == name]


def _text(tree: ET.Element, name: str) -> str:
    return next((each.text or "" for each in _all(tree, name)), "").strip()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
