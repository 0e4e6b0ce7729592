"""What can be set in a site file: unit, range, default and one line of help for each.

docs/reference/site-file.md, the commented example and the JSON Schema are made from these classes.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from platformdirs import user_state_path
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from passerby.errors import UsageError
from passerby.media.address import Transport
from passerby.redact.rule import Covering, kinds_of
from passerby.settings.options import CoverKind, CrowdModel, DetectorName, Effort, StyleName
from passerby.settings.site.signals import SignalSettings
from passerby.vision.models.catalogue import require_use

DEFAULT_RETENTION_H = 72.0


class LegalBasis(StrEnum):
    """Article 6(1) of the GDPR, or what corresponds to it elsewhere."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        msg = "no time zone of this name; write one like Europe/Vienna or UTC"
        raise ValueError(msg) from None
    return name


def _placed(path: Path, info: ValidationInfo) -> Path:
    """Return a path of the site file, which is relative to the file's own folder."""
    folder = (info.context or {}).get("folder", Path())
    return Path(folder) / path.expanduser()


FilePath = Annotated[Path, AfterValidator(_placed)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Secret = SecretStr


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PublishSettings(_Part):
    """Where a camera's covered stream is sent on to: any RTSP server or NVR that takes RECORD."""

    address: Secret = Field(description="RTSP address to publish to.", examples=["rtsp://nvr.local:8554/door"])
    username: str = Field(default="", description="User at that server.")
    password: Secret = Field(default=Secret(""), description="Password there; write ${NAME} or ${file:PATH}.")
    transport: Transport = Field(default=Transport.TCP, description="tcp or udp.")

    @field_validator("address")
    @classmethod
    def _takes_streams(cls, address: SecretStr) -> SecretStr:
        if not re.match(r"(?i)rtsps?://[^/]", address.get_secret_value()):
            msg = "streams are published by RTSP; write rtsp://server:port/name"
            raise ValueError(msg)
        return address


class CameraSettings(_Part):
    """One camera."""

    name: Name = Field(
        description="Short name, unique on the site: letters, digits, _ . -; used in addresses and topics.",
        examples=["door"],
    )
    address: Secret = Field(
        description="rtsp://, http(s):// (MJPEG or HLS), /dev/video0, a file (looped), or simulation:NAME.",
        examples=["rtsp://10.0.0.5/stream1"],
    )
    username: str = Field(default="", description="User at the camera.", examples=["viewer"])
    password: Secret = Field(
        default=Secret(""),
        description="Password at the camera; write ${NAME} for an environment variable or ${file:PATH}.",
        examples=["${DOOR_PASSWORD}"],
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
    effort: Effort = Field(default=Effort.BALANCED, description="How hard people are looked for.")
    cover: frozenset[CoverKind] = Field(
        default=frozenset({CoverKind.PEOPLE}),
        min_length=1,
        description="What is covered: people, heads, faces, vehicles, screens.",
    )
    detectors: tuple[DetectorName, ...] = Field(
        default=(),
        description="Networks that look too, as passerby redact --detector: " + ", ".join(DetectorName) + ".",
    )
    style: StyleName = Field(default=StyleName.SOLID, description="How the cover looks: solid, mosaic or figure.")
    masks: tuple[FilePath, ...] = Field(default=(), description="Files with regions that are always covered.")
    delay_s: float = Field(
        default=0.5,
        ge=0.13,
        le=5.0,
        description="Seconds that a picture waits so that cover can reach back before the first sight of somebody.",
    )
    hold_s: float = Field(default=1.0, ge=0.5, le=10.0, description="Seconds that cover stays after the last sight.")
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

    @field_validator("detectors")
    @classmethod
    def _are_of_use(cls, detectors: tuple[DetectorName, ...], info: ValidationInfo) -> tuple[DetectorName, ...]:
        cover = info.data.get("cover", CoverKind)  # a wrong one is an error of its own
        try:
            require_use(detectors, kinds_of(frozenset(map(Covering, cover))))
        except UsageError as error:
            raise ValueError(str(error)) from error
        return detectors

    @field_validator("address")
    @classmethod
    def _is_placed(cls, address: SecretStr, info: ValidationInfo) -> SecretStr:
        """Return the address; a file's is relative to the site file's own folder."""
        text = address.get_secret_value()
        return address if re.match(r"[a-z]+:", text, re.IGNORECASE) else SecretStr(str(_placed(Path(text), info)))

    @model_validator(mode="after")
    def _sees_people_to_count(self) -> CameraSettings:
        if self.places is not None and not self.cover & {CoverKind.PEOPLE, CoverKind.VEHICLES}:
            msg = "places are measured by bodies, but only heads or faces are looked for; add people to cover"
            raise ValueError(msg)
        if self.crowd_model is not None and self.places is None:
            msg = "crowd_model counts in zones, and there are no places; name a places file, or leave it out"
            raise ValueError(msg)
        return self


class RecordingSettings(_Part):
    """Covered recording of the cameras that have `record: true`."""

    folder: FilePath | None = Field(
        default=None,
        description="Where segments lie; the folder above must be there. Default: recordings in state_folder.",
    )
    segment_s: float = Field(default=60.0, ge=5, le=600, description="Length of a segment, s.")
    retention_h: float = Field(
        default=DEFAULT_RETENTION_H, gt=0, le=8760, description="Hours until a segment is erased."
    )
    retention_reason: str = Field(
        default="",
        max_length=500,
        description="Why segments are kept for longer than 72 hours; without a reason they may not be.",
    )
    disk_gb: float = Field(
        default=20.0, gt=0, le=1_000_000, description="Disk space for all segments, GB; the oldest go first."
    )
    key_file: FilePath | None = Field(
        default=None,
        description="File with the key that encrypts segments; made when absent. Default: in state_folder.",
    )

    @model_validator(mode="after")
    def _long_retention_is_argued(self) -> RecordingSettings:
        if self.retention_h > DEFAULT_RETENTION_H and len(self.retention_reason.strip()) < 10:
            msg = f"retention_h above {DEFAULT_RETENTION_H:g} needs a retention_reason: say why, in a sentence"
            raise ValueError(msg)
        return self


class WebSettings(_Part):
    """The page and the API."""

    host: str = Field(default="127.0.0.1", description="Address to listen on; others than loopback need allow_remote.")
    port: int = Field(default=8088, ge=0, le=65535, description="TCP port; 0 = any free one.")
    allow_remote: bool = Field(default=False, description="Say yes to listening beyond this machine.")
    names: tuple[str, ...] = Field(
        default=(),
        description="Names of the page beside IP addresses, localhost and this machine's name.",
        examples=[["gateway.example.org"]],
    )
    token_file: FilePath | None = Field(
        default=None, description="File with the access token. Default: a new random one at each start, printed."
    )
    max_connections: int = Field(
        default=500, ge=1, le=10_000, description="Connections at once, streams among them; further ones get 503."
    )
    max_per_visitor: int = Field(
        default=100, ge=1, le=10_000, description="Of them from one address; all behind a reverse proxy have one."
    )
    certificate: FilePath | None = Field(default=None, description="TLS certificate, PEM; with private_key: HTTPS.")
    private_key: FilePath | None = Field(default=None, description="Its private key, PEM.")

    @model_validator(mode="after")
    def _remote_is_wanted(self) -> WebSettings:
        if self.host not in {"127.0.0.1", "::1", "localhost"} and not self.allow_remote:
            msg = f"host {self.host} is reachable from outside; set allow_remote: true if that is meant"
            raise ValueError(msg)
        if (self.certificate is None) != (self.private_key is None):
            msg = "certificate and private_key go together: give both or neither"
            raise ValueError(msg)
        return self


class MqttSettings(_Part):
    """Health and signals to an MQTT broker, with device discovery for Home Assistant."""

    host: str = Field(min_length=1, description="Broker.", examples=["localhost"])
    port: int = Field(default=1883, ge=1, le=65535, description="Its TCP port; 8883 is usual with tls.")
    tls: bool = Field(default=False, description="Whether to encrypt.")
    username: str = Field(default="", description="User at the broker.")
    password: Secret = Field(default=Secret(""), description="Password there; write ${NAME} or ${file:PATH}.")
    home_assistant: bool = Field(default=True, description="Announce the cameras to Home Assistant.")
    discovery_prefix: Name = Field(default="homeassistant", description="Home Assistant's discovery prefix.")


class SiteSettings(_Part):
    """A site: its cameras and where their covered pictures and signals go."""

    version: Literal[1] = Field(default=1, description="Version of this file's format.")
    site: Name = Field(description="Short name of the site; used in topics.", examples=["central-station"])
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Time zone of days and hours.", examples=["Europe/Vienna"]
    )
    state_folder: FilePath = Field(
        default_factory=lambda: user_state_path("passerby"),
        description="Where passerby keeps what must outlive a restart. Default: the user's state folder.",
    )
    cameras: tuple[CameraSettings, ...] = Field(min_length=1, description="The cameras.")
    recording: RecordingSettings = Field(default=RecordingSettings(), description="Covered recording.")
    web: WebSettings = Field(default=WebSettings(), description="The page and the API.")
    signals: SignalSettings = Field(default=SignalSettings(), description="Signals about places.")
    mqtt: MqttSettings | None = Field(default=None, description="MQTT and Home Assistant; absent = off.")

    @model_validator(mode="after")
    def _names_differ(self) -> SiteSettings:
        names = [camera.name.casefold() for camera in self.cameras]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two cameras have the name {', '.join(twice)}; give each its own"
            raise ValueError(msg)
        return self
