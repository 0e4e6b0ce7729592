"""The settings in a site file: unit, range, default and one line of help for each.

docs/reference/site-file.md, the commented example and the JSON Schema are generated from these classes.
"""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from platformdirs import user_state_path
from pydantic import AfterValidator, Field, model_validator

from passerby.settings.file_path import FilePath
from passerby.settings.section import Section
from passerby.settings.site.audit import AuditSettings
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.mqtt import MqttSettings
from passerby.settings.site.name import Name
from passerby.settings.site.recording import RecordingSettings
from passerby.settings.site.signals import SignalSettings
from passerby.settings.site.web import WebSettings


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        msg = "no time zone of this name; use a name such as Europe/Vienna or UTC"
        raise ValueError(msg) from None
    return name


class SiteSettings(Section):
    """A site: its cameras and where their covered pictures and signals go."""

    version: Literal[1] = Field(default=1, description="Version of this file's format.")
    site: Name = Field(description="Short name of the site; used in topics.", examples=["central-station"])
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Time zone of days and hours.", examples=["Europe/Vienna"]
    )
    state_folder: FilePath = Field(
        default_factory=lambda: user_state_path("passerby"),
        description="Folder for everything that must survive a restart. Default: the user's state folder.",
    )
    cameras: tuple[CameraSettings, ...] = Field(min_length=1, description="The cameras.")
    recording: RecordingSettings = Field(default=RecordingSettings(), description="Covered recording.")
    web: WebSettings = Field(default=WebSettings(), description="The web page and the API.")
    signals: SignalSettings = Field(default=SignalSettings(), description="Signals about places.")
    audit: AuditSettings = Field(default=AuditSettings(), description="The audit log.")
    mqtt: MqttSettings | None = Field(default=None, description="MQTT and Home Assistant; absent = off.")

    @model_validator(mode="after")
    def _names_differ(self) -> SiteSettings:
        names = [camera.name.casefold() for camera in self.cameras]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two cameras have the name {', '.join(twice)}; give each its own"
            raise ValueError(msg)
        return self
