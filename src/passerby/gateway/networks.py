"""Which networks are on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from passerby.vision.models.catalogue import MODELS, ON_REQUEST
from passerby.vision.models.files import folders, sha256


def networks_here() -> Mapping[str, str]:
    """Return the SHA-256 of each network of the catalogue that is here, by name.

    Raises:
        OSError: A file cannot be read.
    """
    found = {}
    for name, model in (MODELS | ON_REQUEST).items():
        path = next((folder / model.file for folder in folders() if (folder / model.file).is_file()), None)
        if path is not None:
            found[name] = sha256(path)
    return found
