"""The settings of one camera."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from passerby.errors import UsageError
from passerby.media.address import Transport, place_of
from passerby.redact.choice import CoverKind, CoverShape, StyleName
from passerby.redact.rule import kinds_of
from passerby.settings.cover_choice import (
    COVERS,
    EFFORT,
    LIVE_HOLD_S,
    MASKS,
    NAMED_DETECTORS,
    SHAPE,
    STYLE,
    BodyShape,
    Covers,
    CoverStyle,
    DetectorName,
    HoldAfter,
    SearchEffort,
)
from passerby.settings.file_path import FilePath, from_settings_folder
from passerby.settings.options import CrowdModel
from passerby.settings.section import Section
from passerby.settings.site.name import Name
from passerby.vision.models.catalogue import require_use


class LegalBasis(StrEnum):
    """Legal bases: article 6(1) of the GDPR, or the equivalent in other laws."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class PublishSettings(Section):
    """Where a camera's covered stream is published: any RTSP server or NVR that accepts RECORD."""

    address: SecretStr = Field(description="RTSP address to publish to.", examples=["rtsp://nvr.local:8554/door"])
    username: str = Field(default="", description="User name on that server.")
    password: SecretStr = Field(default=SecretStr(""), description="Password there, as ${NAME} or ${file:PATH}.")
    transport: Transport = Field(default=Transport.TCP, description="Transport of RTSP: tcp or udp.")

    @field_validator("address")
    @classmethod
    def _takes_streams(cls, address: SecretStr) -> SecretStr:
        if not re.match(r"(?i)rtsps?://[^/]", address.get_secret_value()):
            msg = "streams are published by RTSP; use an address like rtsp://server:port/name"
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
    username: str = Field(default="", description="User name on the camera.", examples=["viewer"])
    password: SecretStr = Field(
        default=SecretStr(""),
        description="Password on the camera, as ${NAME} for an environment variable or as ${file:PATH}.",
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
        description="Why the camera is there, in a sentence that the people in view would understand.",
        examples=["Notice a blocked exit and dangerous crowding at the main door."],
    )
    legal_basis: LegalBasis = Field(
        description="Legal basis: " + ", ".join(LegalBasis) + ".", examples=["legitimate_interests"]
    )
    transport: Transport = Field(default=Transport.TCP, description="Transport of RTSP: tcp or udp.")
    enabled: bool = Field(default=True, description="Whether the camera runs.")
    effort: SearchEffort = EFFORT
    cover: Covers = COVERS
    detectors: Annotated[tuple[DetectorName, ...], NAMED_DETECTORS] = ()
    style: CoverStyle = STYLE
    shape: BodyShape = SHAPE
    masks: Annotated[tuple[FilePath, ...], MASKS] = ()
    delay_s: float = Field(
        default=0.5,
        ge=0.13,
        le=5.0,
        description="Seconds that a picture is delayed so that a cover can start before the first detection.",
    )
    hold_s: HoldAfter = LIVE_HOLD_S
    max_fps: float = Field(default=25.0, gt=0, le=60, description="Highest number of pictures a second that are used.")
    max_width: int = Field(
        default=1920, ge=160, le=3840, description="Wider pictures are scaled down before anything else, px."
    )
    bitrate_kbit: int = Field(
        default=2000, ge=100, le=50000, description="Bit rate of the full covered stream, kbit/s."
    )
    places: FilePath | None = Field(
        default=None,
        description="File with calibration, lines and zones of this camera; see passerby calibrate.",
    )
    plan: FilePath | None = Field(
        default=None,
        description="Plan that passerby tune wrote for this camera's picture; it stands for effort and hold_s. Live, "
        "it covers no less than the defaults. Pictures of another size are covered whole.",
    )
    crowd_model: CrowdModel | None = Field(
        default=None,
        description="Density-map network that counts in zones where a crowd is too dense for boxes: "
        + ", ".join(CrowdModel)
        + ". Without one, only boxes count, and miss most of such a crowd.",
    )
    record: bool = Field(default=False, description="Whether the covered stream is recorded; see recording.")
    publish: PublishSettings | None = Field(default=None, description="Where the covered stream is published.")

    @field_validator("allow_hosts")
    @classmethod
    def _are_places(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for each in hosts:
            if "/" in each or "@" in each or place_of(f"//{each}") is None:
                msg = f"{each!r} is not a place; write HOST:PORT, such as cdn.example.org:443 or [2001:db8::5]:80"
                raise ValueError(msg)
        return hosts

    @field_validator("detectors")
    @classmethod
    def _are_of_use(cls, detectors: tuple[DetectorName, ...], info: ValidationInfo) -> tuple[DetectorName, ...]:
        cover = info.data.get("cover", frozenset(CoverKind))  # a wrong value of cover is reported separately
        try:
            require_use(detectors, kinds_of(cover))
        except UsageError as error:
            raise ValueError(str(error)) from error
        return detectors

    @field_validator("address")
    @classmethod
    def _isfrom_settings_folder(cls, address: SecretStr, info: ValidationInfo) -> SecretStr:
        """Return the address; that of a file is relative to the site file's folder."""
        text = address.get_secret_value()
        return (
            address
            if re.match(r"[a-z]+:", text, re.IGNORECASE)
            else SecretStr(str(from_settings_folder(Path(text), info)))
        )

    @model_validator(mode="after")
    def _leaves_to_plan(self, info: ValidationInfo) -> CameraSettings:
        """Refuse settings beside a plan that stands for them; a task that passed through a wire has all of them."""
        given = sorted({"effort", "hold_s"} & self.model_fields_set)
        if self.plan is not None and given and "folder" in (info.context or {}):
            msg = f"plan stands for effort and hold_s; remove {' and '.join(given)}, or the plan"
            raise ValueError(msg)
        if self.plan is not None and not self.cover & {CoverKind.PEOPLE, CoverKind.HEADS}:
            msg = "plan is for bodies, but cover has neither people nor heads; add people, or remove the plan"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _sees_people_to_count(self) -> CameraSettings:
        if self.places is not None and not self.cover & {CoverKind.PEOPLE, CoverKind.VEHICLES}:
            msg = "places are measured by bodies, but cover has only heads or faces; add people to cover"
            raise ValueError(msg)
        if self.style is StyleName.FIGURE and self.shape is CoverShape.OUTLINE:
            msg = "style figure hides the posture, which shape outline shows; choose another style, or shape box"
            raise ValueError(msg)
        if self.crowd_model is not None and self.places is None:
            msg = "crowd_model counts in zones, but the camera has no places; name a places file, or remove it"
            raise ValueError(msg)
        return self
