"""The settings of accounts, and the groups of cameras that accounts are limited to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_serializer, model_validator

from passerby.settings.file_path import from_settings_folder
from passerby.settings.section import Section
from passerby.settings.site.name import Name
from passerby.settings.site.oidc import OidcSettings


class GroupSettings(Section):
    """A group of cameras; accounts, tokens and MQTT can be limited to groups."""

    name: Name = Field(description="Name of the group.", examples=["platforms"])
    cameras: tuple[Name, ...] = Field(min_length=1, description="Names of its cameras.", examples=[["door"]])


def _resolved(store: SecretStr, info: ValidationInfo) -> SecretStr:
    """Return a store's address; that of a file is relative to the site file's folder."""
    text = store.get_secret_value()
    if not text or "://" in text:
        return store
    return SecretStr(str(from_settings_folder(Path(text), info)))


_SHORTEST_SECRET: Final = 32
_Header: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
TwoPersonRule: TypeAlias = Literal[
    "export", "longer_retention", "delete_camera", "end_legal_hold", "less_cover", "public_pictures"
]


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text) < _SHORTEST_SECRET or not re.fullmatch(r"[!-~]+", text):
        msg = f"this secret is too short or has characters that a header cannot carry; use {_SHORTEST_SECRET} or more "
        msg += "letters and digits, such as those of: openssl rand -hex 32"
        raise ValueError(msg)
    return value


class ProxySettings(Section):
    """A reverse proxy that says who somebody is; it must replace these headers, whatever a visitor sends."""

    user_header: _Header = Field(default="X-Forwarded-User", description="Header with the name of the account.")
    secret_header: _Header = Field(
        default="X-Passerby-Secret", description="Header with the secret; without it, the name does not count."
    )
    address_header: _Header | None = Field(
        default=None,
        description="Header whose last entry the proxy sets to the visitor's IP address, for the audit log, waiting "
        "times and limits; absent = all visitors share the proxy's address.",
        examples=["X-Forwarded-For"],
    )
    secret: Annotated[SecretStr, AfterValidator(_secret)] = Field(
        description="At least 32 characters that only the proxy and the gateway know, as ${NAME} or ${file:PATH}.",
        examples=["${PROXY_SECRET}"],
    )

    @model_validator(mode="after")
    def _headers_differ(self) -> ProxySettings:
        named = [each.casefold() for each in (self.user_header, self.secret_header, self.address_header) if each]
        if len(set(named)) < len(named):
            msg = "two of user_header, secret_header and address_header are the same; name different headers"
            raise ValueError(msg)
        return self


class AccountSettings(Section):
    """Accounts of the people who use the gateway."""

    store: Annotated[SecretStr, AfterValidator(_resolved)] = Field(
        default=SecretStr(""),
        description="File, which must not be that of signals, or postgresql://user@host/database, which may be. "
        "Default: accounts.db in state_folder.",
    )
    idle_h: float = Field(
        default=12.0, gt=0, le=168, description="Hours after its last use that a session ends; a stream is use."
    )
    session_h: float = Field(
        default=168.0, gt=0, le=720, description="Hours after signing in that a session ends, however much it is used."
    )
    two_persons: frozenset[TwoPersonRule] = Field(
        default=frozenset({"export", "public_pictures"}),
        description="What one person asks for and another one must agree to: export of recordings, longer retention, "
        "deleting a camera, ending a legal hold, lowering cover within what is allowed, pictures on public pages.",
        examples=[["export", "longer_retention"]],
        json_schema_extra={"default": ["export", "public_pictures"]},  # a set has no order
    )
    two_persons_h: float = Field(default=24.0, gt=0, le=168, description="Hours after which such a request ends.")
    proxy: ProxySettings | None = Field(
        default=None, description="A reverse proxy that says who somebody is; absent = none may."
    )
    oidc: OidcSettings | None = Field(default=None, description="An OpenID provider; absent = there is none.")

    @field_serializer("two_persons", when_used="json")
    def _in_order(self, rules: frozenset[TwoPersonRule]) -> list[TwoPersonRule]:
        """Return them in one order: a set has another one in each process, and so would the schema."""
        return sorted(rules)
