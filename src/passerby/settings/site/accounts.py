"""The settings of accounts, and the groups of cameras that accounts are limited to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo

from passerby.settings.file_path import from_settings_folder
from passerby.settings.section import Section
from passerby.settings.site.name import Name


class GroupSettings(Section):
    """A group of cameras; accounts, tokens and MQTT can be limited to groups."""

    name: Name = Field(description="Name of the group.", examples=["platforms"])
    cameras: tuple[Name, ...] = Field(min_length=1, description="Names of its cameras.", examples=[["door"]])


def _resolved(store: SecretStr, info: ValidationInfo) -> SecretStr:
    """Return a store's address; that of a file is relative to the site file's folder."""
    text = store.get_secret_value()
    if not text or "://" in text:
        return store
    return SecretStr(str(from_settings_folder(Path(text), info)))


TwoPersonRule: TypeAlias = Literal["export", "longer_retention", "delete_camera", "end_legal_hold", "less_cover"]


class AccountSettings(Section):
    """Accounts of the people who use the gateway."""

    store: Annotated[SecretStr, AfterValidator(_resolved)] = Field(
        default=SecretStr(""),
        description="File, or postgresql://user@host/database, which must not be that of signals. Default: accounts.db "
        "in state_folder.",
    )
    idle_h: float = Field(
        default=12.0, gt=0, le=168, description="Hours after its last use that a session ends; a stream is use."
    )
    session_h: float = Field(
        default=168.0, gt=0, le=720, description="Hours after signing in that a session ends, however much it is used."
    )
    two_persons: frozenset[TwoPersonRule] = Field(
        default=frozenset({"export"}),
        description="What one person asks for and another one must agree to: export of recordings, longer retention, "
        "deleting a camera, ending a legal hold, lowering cover within what is allowed.",
        examples=[["export", "longer_retention"]],
    )
    two_persons_h: float = Field(default=24.0, gt=0, le=168, description="Hours after which such a request ends.")
