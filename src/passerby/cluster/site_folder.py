"""Where a node holds what belongs to one site: two sites that share it may have cameras of the same name."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from passerby.outputs.partial import write_error

SITES: Final = "sites"
EPOCHS: Final = "epochs"
"""Folder of the latest placements of its cameras, in that of a site."""
KEY: Final = "recording.key"
RECORDINGS: Final = "recordings"
HEADS: Final = "recording-heads"


def site_folder(state: Path, site: str, cameras: Collection[str]) -> Path:
    """Return the folder of a site on this node, made if it is absent.

    Earlier versions named recordings by their camera only. What they left of the site's cameras moves into the folder;
    each step may be interrupted, and is then done when the folder is asked for again.

    Args:
        state: Where the node keeps what is its own.
        site: Name of the site; a cluster has one gateway for each.
        cameras: Names of its cameras.

    Raises:
        OutputError: It cannot be written.
    """
    folder = state / SITES / site
    try:
        for made in (folder.parent, folder):
            made.mkdir(parents=True, exist_ok=True, mode=0o700)
        _take_key(state / KEY, folder / KEY)
        for camera in cameras:
            for old in sorted((state / HEADS).glob(f"{camera}.*")):
                if old.stem == camera:
                    _take(old, folder / HEADS / old.name)
            _take(state / RECORDINGS / camera, folder / RECORDINGS / camera)
            (state / EPOCHS / f"{camera}.epoch").unlink(missing_ok=True)  # a later one is claimed in the site's folder
    except OSError as error:
        raise write_error(folder, error) from error
    return folder


def _take_key(old: Path, own: Path) -> None:
    """Give a site the key with which the node's recordings were encrypted; another site may need it, too."""
    with suppress(FileNotFoundError, FileExistsError):
        os.link(old, own)


def _take(old: Path, own: Path) -> None:
    """Move what a site has not got itself; another process of this node may do the same."""
    if old.exists() and not own.exists():
        own.parent.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            old.rename(own)
