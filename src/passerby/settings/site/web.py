"""The settings of the web page and the API."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from passerby.settings.file_path import FilePath
from passerby.settings.section import Section

OWN_CERTIFICATE = "web-certificate.pem"
"""The certificate in the state folder that the gateway makes if other machines reach it and it has no other."""
_ORIGIN: Final = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        msg = f"{text} is not an origin; write what the address bar shows before the first single slash, in lower "
        msg += "case, such as https://intranet.example.org or http://homeassistant.local:8123"
        raise ValueError(msg)
    if text.endswith(":443" if text.startswith("https") else ":80"):
        msg = f"{text}: browsers leave the usual port out; write it without"
        raise ValueError(msg)
    return text


class WebSettings(Section):
    """The web page and the API."""

    host: str = Field(default="127.0.0.1", description="Address to listen on; any but loopback needs allow_remote.")
    port: int = Field(default=8088, ge=0, le=65535, description="TCP port; 0 = any free one.")
    allow_remote: bool = Field(default=False, description="Allow connections from other machines.")
    names: tuple[str, ...] = Field(
        default=(),
        description="Host names of the page besides IP addresses, localhost and this machine's name.",
        examples=[["gateway.example.org"]],
    )
    embed_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(
        default=(),
        description="Origins whose pages may show a camera with <passerby-camera> and a ticket; no other page may.",
        examples=[["https://intranet.example.org"]],
    )
    max_connections: int = Field(
        default=500,
        ge=1,
        le=10_000,
        description="Most connections at once of people and scripts that are signed in, streams included; "
        "others share a quarter as many.",
    )
    max_per_visitor: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Most of them from one IPv4 address or IPv6 /64; behind a reverse proxy, all share one address.",
    )
    certificate: FilePath | None = Field(
        default=None,
        description="TLS certificate, PEM; with private_key: HTTPS. Without one, a gateway that other machines can "
        "reach makes its own.",
    )
    private_key: FilePath | None = Field(default=None, description="Its private key, PEM.")

    @model_validator(mode="before")
    @classmethod
    def _has_no_shared_token(cls, given: object) -> object:
        if isinstance(given, dict) and "token_file" in given:
            msg = "token_file: there is no shared access token any more; remove the line, and make a token for each "
            msg += "program with: passerby token create"
            raise ValueError(msg)
        return given

    @model_validator(mode="after")
    def _remote_is_wanted(self) -> WebSettings:
        if not self.is_local and not self.allow_remote:
            msg = f"host {self.host} can be reached from other machines; set allow_remote: true if that is intended"
            raise ValueError(msg)
        if (self.certificate is None) != (self.private_key is None):
            msg = "certificate and private_key go together: give both or neither"
            raise ValueError(msg)
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the page."""
        return self.host in {"127.0.0.1", "::1", "localhost"}
