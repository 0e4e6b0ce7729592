"""Paths in a settings file: relative to the folder of that file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo


def from_settings_folder(path: Path, info: ValidationInfo) -> Path:
    """Return a path from a settings file, resolved against the folder of the file that is being read."""
    folder = (info.context or {}).get("folder", Path())
    return Path(folder) / path.expanduser()


FilePath = Annotated[Path, AfterValidator(from_settings_folder)]
