"""The settings of the audit log."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from passerby.settings.file_path import FilePath
from passerby.settings.section import Section


class AuditSettings(Section):
    """The log of who did what with the gateway; it lies in the folder audit in state_folder."""

    keep_days: int = Field(
        default=1095,
        ge=366,
        le=36_500,
        description="Days until entries are erased, longer than any recording; hashes stay, so the rest verifies.",
    )
    copy_folder: FilePath | None = Field(
        default=None,
        description="Folder on another machine, such as a mounted share, for a checkpoint of each day.",
        examples=["/mnt/auditor/central-station"],
    )
    mqtt: bool = Field(default=True, description="Publish checkpoints to the site's MQTT broker, if it has one.")
    timestamp_url: str = Field(
        default="",
        description="Time-stamping service (RFC 3161) for each day's checkpoint; it gets a hash. Needs copy_folder.",
        examples=["https://tsa.example.org/tsr"],
    )
    public_folder: FilePath | None = Field(
        default=None,
        description="Folder for the public log of cover failures, readable by a web server. Default: none is written.",
        examples=["/srv/www/cover"],
    )

    @field_validator("timestamp_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            msg = "a time-stamping service has an address like https://tsa.example.org/tsr"
            raise ValueError(msg)
        return url

    @model_validator(mode="after")
    def _stamps_are_stored(self) -> AuditSettings:
        if self.timestamp_url and self.copy_folder is None:
            msg = "timestamp_url needs copy_folder: time stamps are stored beside the copies of checkpoints"
            raise ValueError(msg)
        return self
