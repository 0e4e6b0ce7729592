"""What can be set about one camera."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from passerby.errors import UsageError
from passerby.media.address import Transport, place_of
from passerby.redact.choice import CoverKind
from passerby.redact.rule import kinds_of
from passerby.settings.cover_choice import (
    COVERS,
    EFFORT,
    HOLD_S,
    MASKS,
    NAMED_DETECTORS,
    STYLE,
    Covers,
    DetectorName,
    HoldAfter,
    SearchEffort,
    Style,
)
from passerby.settings.file_path import FilePath, from_settings_folder
from passerby.settings.options import CrowdModel
from passerby.settings.section import Section
from passerby.settings.site.name import Name
from passerby.vision.models.catalogue import require_use


class LegalBasis(StrEnum):
    """Article 6(1) of the GDPR, or what corresponds to it elsewhere."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class PublishSettings(Section):
    """Where a camera's covered stream is sent on to: any RTSP server or NVR that takes RECORD."""

    address: SecretStr = Field(description="RTSP address to publish to.", examples=["rtsp://nvr.local:8554/door"])
    username: str = Field(default="", description="User at that server.")
    password: SecretStr = Field(default=SecretStr(""), description="Password there; write ${NAME} or ${file:PATH}.")
    transport: Transport = Field(default=Transport.TCP, description="tcp or udp.")

    @field_validator("address")
    @classmethod
    def _takes_streams(cls, address: SecretStr) -> SecretStr:
        if not re.match(r"(?i)rtsps?://[^/]", address.get_secret_value()):
            msg = "streams are published by RTSP; write rtsp://server:port/name"
            raise ValueError(msg)
        return address


class CameraSettings(Section):
    """One camera."""

    name: Name = Field(
        description="Short name, unique on the site: letters, digits, _ . -; used in addresses and topics.",
        examples=["door"],
    )
    address: SecretStr = Field(
        description="rtsp://, http(s):// (MJPEG or HLS), /dev/video0, a file (looped), or simulation:NAME.",
        examples=["rtsp://10.0.0.5/stream1"],
    )
    username: str = Field(default="", description="User at the camera.", examples=["viewer"])
    password: SecretStr = Field(
        default=SecretStr(""),
        description="Password at the camera; write ${NAME} for an environment variable or ${file:PATH}.",
        examples=["${DOOR_PASSWORD}"],
    )
    allow_hosts: tuple[str, ...] = Field(
        default=(),
        description="Other places, HOST:PORT, that may be asked when the camera names them, such as a server of HLS "
        "segments. Redirects and playlists may otherwise lead to the camera's own host and port only.",
        examples=[["cdn.example.org:443"]],
    )
    purpose: str = Field(
        min_length=10,
        max_length=500,
        description="Why this camera watches this place, in a sentence that the people there would understand.",
        examples=["Notice a blocked exit and dangerous crowding at the main door."],
    )
    legal_basis: LegalBasis = Field(
        description="Basis in law: " + ", ".join(LegalBasis) + ".", examples=["legitimate_interests"]
    )
    transport: Transport = Field(default=Transport.TCP, description="How RTSP brings its pictures: tcp or udp.")
    enabled: bool = Field(default=True, description="Whether the camera runs.")
    effort: SearchEffort = EFFORT
    cover: Covers = COVERS
    detectors: Annotated[tuple[DetectorName, ...], NAMED_DETECTORS] = ()
    style: Style = STYLE
    masks: Annotated[tuple[FilePath, ...], MASKS] = ()
    delay_s: float = Field(
        default=0.5,
        ge=0.13,
        le=5.0,
        description="Seconds that a picture waits so that cover can reach back before the first sight of somebody.",
    )
    hold_s: HoldAfter = HOLD_S
    max_fps: float = Field(default=25.0, gt=0, le=60, description="Pictures a second that are used at most.")
    max_width: int = Field(
        default=1920, ge=160, le=3840, description="Wider pictures are made smaller before anything else, px."
    )
    bitrate_kbit: int = Field(default=2000, ge=100, le=50000, description="Of the full covered stream, kbit/s.")
    places: FilePath | None = Field(
        default=None,
        description="File with calibration, lines and zones before this camera; see passerby calibrate.",
    )
    crowd_model: CrowdModel | None = Field(
        default=None,
        description="Density map that counts in zones where a crowd is too dense for boxes: "
        + ", ".join(CrowdModel)
        + ". Without one, boxes alone count, and miss most of such a crowd.",
    )
    record: bool = Field(default=False, description="Whether the covered stream is recorded; see recording.")
    publish: PublishSettings | None = Field(default=None, description="Where the covered stream is sent on to.")

    @field_validator("allow_hosts")
    @classmethod
    def _are_places(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for each in hosts:
            if "/" in each or "@" in each or place_of(f"//{each}") is None:
                msg = f"{each!r} is no place; write HOST:PORT, such as cdn.example.org:443 or [2001:db8::5]:80"
                raise ValueError(msg)
        return hosts

    @field_validator("detectors")
    @classmethod
    def _are_of_use(cls, detectors: tuple[DetectorName, ...], info: ValidationInfo) -> tuple[DetectorName, ...]:
        cover = info.data.get("cover", frozenset(CoverKind))  # a wrong one is an error of its own
        try:
            require_use(detectors, kinds_of(cover))
        except UsageError as error:
            raise ValueError(str(error)) from error
        return detectors

    @field_validator("address")
    @classmethod
    def _isfrom_settings_folder(cls, address: SecretStr, info: ValidationInfo) -> SecretStr:
        """Return the address; a file's is relative to the site file's own folder."""
        text = address.get_secret_value()
        return (
            address
            if re.match(r"[a-z]+:", text, re.IGNORECASE)
            else SecretStr(str(from_settings_folder(Path(text), info)))
        )

    @model_validator(mode="after")
    def _sees_people_to_count(self) -> CameraSettings:
        if self.places is not None and not self.cover & {CoverKind.PEOPLE, CoverKind.VEHICLES}:
            msg = "places are measured by bodies, but only heads or faces are looked for; add people to cover"
            raise ValueError(msg)
        if self.crowd_model is not None and self.places is None:
            msg = "crowd_model counts in zones, and there are no places; name a places file, or leave it out"
            raise ValueError(msg)
        return self
