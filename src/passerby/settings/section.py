"""The base of all settings: refuses unknown keys, and numbers that are not finite."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One section of a settings file; it does not change after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
