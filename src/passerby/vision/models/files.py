"""Where the files of models are, and whether each is the published one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from passerby.errors import ModelError
from passerby.vision.models.catalogue import Model


def store() -> Path:
    """Return the folder for fetched models: the first of $PASSERBY_MODELS, else the user's data folder."""
    named = [part for part in os.environ.get("PASSERBY_MODELS", "").split(os.pathsep) if part]
    return Path(named[0]) if named else Path(platformdirs.user_data_dir("passerby")) / "models"


def folders() -> list[Path]:
    """Return the folders that are searched for models, in order; the first match wins."""
    named = [Path(part) for part in os.environ.get("PASSERBY_MODELS", "").split(os.pathsep) if part]
    return [*named, Path(platformdirs.user_data_dir("passerby")) / "models"]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def locate(model: Model, places: Sequence[Path] | None = None) -> Path:
    """Return the verified file of a model; a second file that belongs to it is verified in the same folder.

    Args:
        model: A model of the catalogue.
        places: Folders to search; None means `folders()`.

    Raises:
        ModelError: The file is missing, or is not the one in the catalogue.
    """
    for folder in folders() if places is None else places:
        path = folder / model.file
        if not path.is_file():
            continue
        if sha256(path) != model.sha256:
            msg = (
                f"model '{model.name}': {path} is not the published file (its SHA-256 differs); "
                f"delete it and run 'passerby models fetch {model.name}'"
            )
            raise ModelError(msg)
        if model.beside is not None:
            locate(model.beside, [folder])
        return path

    remedy = f"run 'passerby models fetch {model.name}'"
    if not (model.wheel or model.url):
        files = [model.file, *([model.beside.file] if model.beside else [])]
        remedy = f"copy {' and '.join(files)} into a folder named in PASSERBY_MODELS"

    msg = f"model '{model.name}' is missing; {remedy}"
    raise ModelError(msg)
