"""Opens a covered copy for the pictures on its contact sheet."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.media.files.video_file import open_source
from passerby.redact.copy_pictures import pictures_of


def copy_pictures(copy: Path, frames: Collection[int], *, side_px: int) -> dict[int, NDArray[np.uint8]]:
    """Return chosen frames of a covered copy, as `pictures_of`.

    Raises:
        SourceError: The copy cannot be read.
    """
    with closing(open_source(copy)) as source:
        return pictures_of(source, frames, side_px=side_px)
