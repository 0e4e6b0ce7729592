"""The base of all settings: unknown keys and numbers that are not finite are refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One section of a file of settings; it does not change once it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
