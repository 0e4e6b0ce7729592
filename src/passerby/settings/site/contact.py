"""The settings of contacts: where alerts are sent, at once and later."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, SecretStr, model_validator

from passerby.settings.section import Section
from passerby.settings.site.name import Name


class ContactType(StrEnum):
    """How a contact is reached."""

    APPRISE = "apprise"
    WEBHOOK = "webhook"


class EscalationSettings(Section):
    """A contact that is informed if nobody acknowledges an alert."""

    after_min: float = Field(ge=0, le=1440, description="Minutes after the alert was raised.", examples=[5])
    contact: Name = Field(description="Name of the contact.", examples=["duty-manager"])


class ContactSettings(Section):
    """Where alerts are sent. What is sent leaves this machine: rule, place and numbers, nothing about people."""

    name: Name = Field(description="Name of the contact.", examples=["duty-manager"])
    type: ContactType = Field(
        default=ContactType.APPRISE,
        description="apprise (mail, chat and SMS services) or webhook (a signed POST to your own server).",
    )
    address: SecretStr = Field(
        description="Address in the form of apprise, such as mailtos://user:password@example.org, or the https:// "
        "address of a webhook; as ${NAME} or ${file:PATH} if it contains a password.",
        examples=["mailtos://gateway@example.org?to=duty@example.org"],
    )
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="Webhooks: key of the signature, at least 16 characters, as ${NAME} or ${file:PATH}.",
    )

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        scheme = self.address.get_secret_value().partition("://")
        if not scheme[1] or not scheme[2]:
            msg = (
                f"contact '{self.name}': the address needs the form scheme://..., such as mailtos://user:password@host"
            )
            raise ValueError(msg)
        if self.type is ContactType.APPRISE:
            if self.secret.get_secret_value():
                msg = f"contact '{self.name}': only webhooks are signed; remove secret, or set type: webhook"
                raise ValueError(msg)
            return self
        if scheme[0].lower() not in {"http", "https"}:
            msg = f"contact '{self.name}': a webhook needs an https:// (or http://) address"
            raise ValueError(msg)
        if len(self.secret.get_secret_value()) < 16:
            msg = f"contact '{self.name}': a webhook needs a secret of at least 16 characters, which signs what is sent"
            raise ValueError(msg)
        return self
