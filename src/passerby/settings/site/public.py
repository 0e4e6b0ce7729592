"""The settings of the public pages, which say what a camera is for to those who pass it."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from passerby.settings.section import Section
from passerby.settings.site.name import Name


class PublicSettings(Section):
    """Pages about single cameras that anybody can read, without an account: /p/CAMERA."""

    cameras: tuple[Name, ...] = Field(
        default=(), description="Cameras that have a public page. Needs controller and contact.", examples=[["door"]]
    )
    pictures: tuple[Name, ...] = Field(
        default=(),
        description="Those of them whose page shows a covered picture: at most one an hour, delayed by delay_min, and "
        "none if it is not proven that the networks worked from then on until it is shown.",
    )
    delay_min: int = Field(
        default=60, ge=15, le=1440, description="Minutes that pass before a picture appears on the page."
    )
    controller: str = Field(
        default="",
        max_length=300,
        description="Who decides about the cameras and is responsible for them: name and postal address.",
        examples=["Example Transit Ltd, 1 Station Square, 1010 Vienna"],
    )
    contact: str = Field(
        default="",
        max_length=300,
        description="Where people ask, object and complain: the data protection officer's e-mail address or telephone.",
        examples=["privacy@example.org"],
    )
    address: str = Field(
        default="",
        max_length=200,
        description="Address of this gateway for people outside, such as that of a reverse proxy; signs lead to it.",
        examples=["https://cameras.example.org"],
    )

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        parts = urlsplit(address)
        if address and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            msg = f"{address!r} is not a web address; write one like https://cameras.example.org"
            raise ValueError(msg)
        return address.rstrip("/")

    @model_validator(mode="after")
    def _has_somebody_who_answers(self) -> PublicSettings:
        for name in ("controller", "contact"):
            if self.cameras and len(getattr(self, name).strip()) < 5:
                msg = f"a public page must say who is responsible for the camera; set public.{name}"
                raise ValueError(msg)
        if other := sorted(set(self.pictures) - set(self.cameras)):
            msg = f"pictures names {', '.join(other)}, which has no public page; add it to public.cameras, or remove it"
            raise ValueError(msg)
        return self
