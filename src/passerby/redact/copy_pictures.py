"""Small pictures of chosen frames of a covered copy, for a person to look at."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from passerby.media.source import Source
from passerby.vision.sampling import sample


def pictures_of(copy: Source, frames: Collection[int], *, side_px: int) -> dict[int, NDArray[np.uint8]]:
    """Return chosen frames of a covered copy as small pictures; those that cannot be decoded are left out.

    Args:
        copy: The covered copy, never a source: a sheet shows only what anyone can see in the copy.
        frames: Their numbers, counted from 0.
        side_px: Longest side of each picture, px.

    Returns:
        Pictures of shape (h, w, 3), RGB, by frame number.

    Raises:
        SourceError: The copy cannot be read.
    """
    ratio = min(1.0, side_px / max(copy.shape.width, copy.shape.height))
    columns, rows = (max(2, int(ratio * side / 2) * 2) for side in (copy.shape.width, copy.shape.height))
    last = max(frames, default=-1)
    found = {}
    for index, frame in enumerate(copy):
        if index in frames and not frame.damaged:
            found[index] = sample(frame, columns, rows, stretch=False).rgb
        if index >= last:
            break
    return found
