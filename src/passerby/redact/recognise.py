"""Distinguish cover from scene in a covered copy by colour, when the masks are not available."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.redact.figure import FIGURE
from passerby.redact.mosaic import palette
from passerby.redact.paint import SLATE, Box, Ink, samples_of

_TOLERANCE: Final = np.array([8, 6, 6])
"""In luma and chroma, 8-bit steps: how far an encoder at usual quality shifts a flat colour."""
_TOLERANCE_RGB: Final = np.array([14, 14, 14])
_FLAT: Final = 8
"""Largest range of luma around a pixel of a tile, 8-bit steps."""


def cover_in(frame: Frame, region: Box) -> NDArray[np.bool_]:
    """Return which sites of a region look like cover: slate, figures and the tiles of a mosaic.

    A tile must be flat and have one of the few colours of a mosaic; its joints are slate.

    Args:
        frame: A frame of a covered copy.
        region: x1, y1, x2, y2 px, inside the picture, not empty.

    Returns:
        One value for every second row and column of the region.
    """
    x1, y1, x2, y2 = region
    x1, y1 = x1 // 2 * 2, y1 // 2 * 2
    if frame.layout is Layout.RGB:
        samples = frame.planes[0][y1:y2:2, x1:x2:2].astype(np.int16)
        tolerance = _TOLERANCE_RGB
        bright = samples.max(axis=2)
    else:
        luma, *chroma = frame.planes
        rows, columns = slice(y1 // 2, -(-y2 // 2)), slice(x1 // 2, -(-x2 // 2))
        parts = [luma[y1:y2:2, x1:x2:2], *(plane[rows, columns] for plane in chroma)]
        deep = 2 if frame.layout is Layout.YUV420_10 else 0
        samples = np.stack([part.astype(np.int16) >> deep for part in parts], axis=2)
        tolerance, bright = _TOLERANCE, samples[..., 0]

    layout = Layout.YUV420 if frame.layout is Layout.YUV420_10 else frame.layout
    drawn = [samples_of(rgb, layout, frame.colour) for rgb in (SLATE, FIGURE)]
    tiles = palette(layout, frame.colour)
    kernel = np.ones((3, 3), np.uint8)
    core = cv2.dilate(bright, kernel) - cv2.erode(bright, kernel) <= _FLAT
    flat = cv2.dilate(core.astype(np.uint8), kernel) > 0  # includes the joints, which are not flat themselves
    covered = _near(samples, drawn, tolerance) | (_near(samples, tiles, tolerance) & flat)

    return np.asarray(covered, np.bool_)


def _near(samples: NDArray[np.int16], inks: Sequence[Ink], tolerance: NDArray[np.int_]) -> NDArray[np.bool_]:
    """Return where samples, shape (rows, columns, 3), match one of the colours."""
    near = np.zeros(samples.shape[:2], np.bool_)
    for ink in inks:
        low, high = np.array(ink) - tolerance, np.array(ink) + tolerance
        near |= cv2.inRange(samples, low, high) > 0
    return near
