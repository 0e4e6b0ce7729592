"""Tells images from recordings by their content, without loading networks."""

from __future__ import annotations

from pathlib import Path

from passerby.errors import SourceError
from passerby.media.files.picture_file import holds_one_picture


def is_image(path: Path) -> bool | None:
    """Return whether a file holds one still image, as opposed to a recording; None if it cannot be read."""
    try:
        return holds_one_picture(path)
    except SourceError:
        return None
