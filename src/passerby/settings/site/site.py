"""The settings in a site file: unit, range, default and one line of help for each.

docs/reference/site-file.md, the commented example and the JSON Schema are generated from these classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from platformdirs import user_state_path
from pydantic import AfterValidator, Field, model_validator

from passerby.redact.choice import CoverKind
from passerby.settings.file_path import FilePath
from passerby.settings.section import Section
from passerby.settings.site.accounts import AccountSettings, GroupSettings
from passerby.settings.site.alerts import AlertSettings
from passerby.settings.site.audit import AuditSettings
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.floor_plan import FloorPlanSettings
from passerby.settings.site.mqtt import MqttSettings
from passerby.settings.site.name import Name
from passerby.settings.site.public import PublicSettings
from passerby.settings.site.recording import RecordingSettings
from passerby.settings.site.signals import SignalSettings
from passerby.settings.site.watchdog import WatchdogSettings
from passerby.settings.site.web import OWN_CERTIFICATE, WebSettings


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
    groups: tuple[GroupSettings, ...] = Field(
        default=(), description="Groups of cameras, to which accounts and tokens can be limited."
    )
    plans: tuple[FloorPlanSettings, ...] = Field(
        default=(), max_length=100, description="Floor plans, on which the map shows the places."
    )
    accounts: AccountSettings = Field(
        default=AccountSettings(), description="Accounts of the people who use the gateway."
    )
    recording: RecordingSettings = Field(default=RecordingSettings(), description="Covered recording.")
    web: WebSettings = Field(default=WebSettings(), description="The web page and the API.")
    public: PublicSettings = Field(default=PublicSettings(), description="Pages about cameras that anybody can read.")
    signals: SignalSettings = Field(default=SignalSettings(), description="Signals about places.")
    audit: AuditSettings = Field(default=AuditSettings(), description="The audit log.")
    alerts: AlertSettings = Field(default=AlertSettings(), description="Alerts, which people handle.")
    watchdog: WatchdogSettings | None = Field(
        default=None, description="A watchdog looks at this site; absent = none is expected."
    )
    mqtt: MqttSettings | None = Field(default=None, description="MQTT and Home Assistant; absent = off.")

    @model_validator(mode="after")
    def _names_differ(self) -> SiteSettings:
        names = [camera.name.casefold() for camera in self.cameras]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"two cameras have the name {', '.join(twice)}; give each its own"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _plans_differ(self) -> SiteSettings:
        names = [plan.name for plan in self.plans]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            msg = f"two plans have the name {', '.join(twice)}; give each its own"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _groups_are_of_cameras(self) -> SiteSettings:
        known = {camera.name for camera in self.cameras}
        for group in self.groups:
            if unknown := sorted(set(group.cameras) - known):
                msg = f"group {group.name} lists {', '.join(unknown)}, which is no camera here; correct the name"
                raise ValueError(msg)
        groups = {group.name for group in self.groups}
        if self.mqtt is not None and (absent := sorted(set(self.mqtt.groups or ()) - groups)):
            msg = f"mqtt.groups names {', '.join(absent)}, which is no group here; correct the name, or add the group"
            raise ValueError(msg)
        names = [group.name.casefold() for group in self.groups]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            msg = f"two groups have the name {', '.join(twice)}; give each its own"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _public_pages_are_of_cameras(self) -> SiteSettings:
        known = {camera.name: camera for camera in self.cameras}
        if unknown := sorted(set(self.public.cameras) - set(known)):
            msg = f"public.cameras names {', '.join(unknown)}, which is no camera here; correct the name"
            raise ValueError(msg)
        if bare := sorted(name for name in self.public.pictures if CoverKind.PEOPLE not in known[name].cover):
            msg = f"public.pictures names {', '.join(bare)}, of which not the whole people are covered; add people to "
            msg += "the camera's cover, or remove it from public.pictures"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _rules_leave_the_watchdogs_name(self) -> SiteSettings:
        if self.watchdog is not None and "watchdog" in {rule.name for rule in self.alerts.rules}:
            msg = "alerts.rules has a rule 'watchdog', which is the name of the watchdog's own; rename it"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _roles_are_of_groups(self) -> SiteSettings:
        known = {group.name for group in self.groups}
        for role in self.accounts.oidc.roles if self.accounts.oidc else ():
            if unknown := sorted(set(role.groups) - known):
                msg = f"accounts.oidc.roles {role.value} names {', '.join(unknown)}, which is no group here; correct it"
                raise ValueError(msg)
        return self

    @property
    def cameras_by_group(self) -> dict[str, frozenset[str]]:
        """Names of cameras by the name of their group."""
        return {group.name: frozenset(group.cameras) for group in self.groups}

    @property
    def certificate(self) -> Path | None:
        """The certificate that the page has; None = plain HTTP, which only this machine can reach."""
        own = None if self.web.is_local else self.state_folder / OWN_CERTIFICATE
        return self.web.certificate or own

    @property
    def accounts_address(self) -> str:
        """Address of the database of accounts: that of the settings, or a file in the state folder."""
        return self.accounts.store.get_secret_value() or str(self.state_folder / "accounts.db")
