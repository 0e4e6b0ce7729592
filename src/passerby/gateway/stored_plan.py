"""Pictures of floor plans that were sent over HTTP, as files beside the site file; their names say so."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from passerby.settings.site.site import SiteSettings

log = logging.getLogger(__name__)
_OURS: Final = re.compile(r"plan-[0-9a-f]{16}\.(png|jpg)")


def plan_name(content: bytes, suffix: str) -> str:
    """Return the name of the file with a picture: another one for each content."""
    return f"plan-{hashlib.sha256(content).hexdigest()[:16]}{suffix}"


def stored_plans(site: SiteSettings, folder: Path) -> set[str]:
    """Return the names of pictures that a site uses and that were sent over HTTP; others are not ours to erase.

    Args:
        site: The settings.
        folder: The folder of the site file.
    """
    resolved = folder.resolve()
    pictures = [each.picture for each in site.plans]
    return {path.name for path in pictures if _OURS.fullmatch(path.name) and path.resolve().parent == resolved}


def erase_plans(names: Iterable[str], folder: Path) -> None:
    """Erase pictures that no plan uses any more; what cannot be erased is logged, and stays."""
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            log.warning("plan_picture_not_erased", extra={"path": str(folder / name), "reason": error.strerror})
