"""The settings of signing in by an OpenID provider."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from passerby.settings.section import Section
from passerby.settings.site.name import Name

RoleName: TypeAlias = Literal["viewer", "operator", "analyst", "data_protection_officer", "administrator"]


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or (parts.scheme != "https" and not local) or parts.query or parts.fragment:
        msg = f"{text} is not an issuer; copy it from the provider: https:// without ? and #"
        raise ValueError(msg)
    return text


class OidcRoleSettings(Section):
    """A role for the people who have a value in the provider's claim of roles."""

    value: str = Field(min_length=1, description="The value.", examples=["control-room"])
    role: RoleName = Field(description="Their role.", examples=["operator"])
    groups: tuple[Name, ...] = Field(default=(), description="Groups of cameras that it is limited to.")
    all_cameras: bool = Field(default=False, description="Do not limit it to groups.", examples=[True])

    @model_validator(mode="after")
    def _names_cameras(self) -> OidcRoleSettings:
        if bool(self.groups) == self.all_cameras:
            msg = f"value {self.value}: say which cameras: list groups, or set all_cameras: true"
            raise ValueError(msg)
        return self


class OidcSettings(Section):
    """An OpenID provider by which people sign in."""

    issuer: Annotated[str, AfterValidator(_issuer), Field(max_length=255)] = Field(
        description="Its issuer, exactly as it names itself.", examples=["https://login.example.org/realms/site"]
    )
    client: str = Field(min_length=1, description="The client set up there for the gateway.", examples=["passerby"])
    secret: SecretStr = Field(
        min_length=1,
        description="Secret of this client, as ${NAME} or ${file:PATH}.",
        examples=["${OIDC_SECRET}"],
    )
    scopes: tuple[Name, ...] = Field(default=("profile",), description="Scopes to ask for, besides openid.")
    name_claim: str = Field(default="preferred_username", min_length=1, description="Claim that accounts are named by.")
    role_claim: str = Field(default="groups", min_length=1, description="Claim with the values of roles.")
    sign_out_there: bool = Field(
        default=True, description="Send people who sign out here to the provider, to sign out there too."
    )
    roles: tuple[OidcRoleSettings, ...] = Field(
        min_length=1, description="The first that applies counts; people with none of the values are refused."
    )
