"""The settings of covered recordings."""

from __future__ import annotations

from pydantic import Field, model_validator

from passerby.settings.file_path import FilePath
from passerby.settings.section import Section

DEFAULT_RETENTION_H = 72.0


class RecordingSettings(Section):
    """Covered recording of the cameras that have `record: true`."""

    folder: FilePath | None = Field(
        default=None,
        description="Folder for segments; its parent folder must exist. Default: recordings in state_folder.",
    )
    segment_s: float = Field(default=60.0, ge=5, le=600, description="Length of a segment, s.")
    retention_h: float = Field(
        default=DEFAULT_RETENTION_H, gt=0, le=8760, description="Hours until a segment is deleted."
    )
    retention_reason: str = Field(
        default="",
        max_length=500,
        description="Why segments are stored for longer than 72 hours; required for that.",
    )
    disk_gb: float = Field(
        default=20.0, gt=0, le=1_000_000, description="Disk space for all segments, GB; the oldest are deleted first."
    )
    keep_free_gb: float = Field(
        default=1.0,
        ge=0,
        le=1_000_000,
        description="Below this free space the oldest segments are erased too, GB; at most 5 % of the disk.",
    )
    key_file: FilePath | None = Field(
        default=None,
        description="File with the key that encrypts segments; created if missing. Default: in state_folder.",
    )

    @model_validator(mode="after")
    def _long_retention_is_argued(self) -> RecordingSettings:
        if self.retention_h > DEFAULT_RETENTION_H and len(self.retention_reason.strip()) < 10:
            msg = f"retention_h above {DEFAULT_RETENTION_H:g} needs a retention_reason: say why, in a sentence"
            raise ValueError(msg)
        return self
