"""Where a picture shows anything at all: in a flat part, nobody can be seen, and nobody needs to be covered.

A stream with very few bits loses people's outlines, so that no network finds them, but it still shows that something
is there. Its flat parts, such as an empty floor, stay visible (docs/decisions/0026-light-where-it-matters.md).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.picture.crowd import grid_shape
from passerby.vision.sampling import luma

FLAT_SHARE = 0.05
"""A cell that varies by less than this share of the picture's contrast is flat: a squeezed floor has 0.01 to 0.03."""
AROUND = np.ones((3, 3), np.uint8)
"""Cells next to structure belong to it: a head may end in a flat cell."""


def structured_cells(frame: Frame, contrast: float) -> NDArray[np.bool_]:
    """Return the cells of `crowd.grid_shape` that show anything, and those next to them, shape (rows, columns).

    Args:
        frame: The inspected frame.
        contrast: Grey levels between its darkest and brightest parts, as in `Visibility`.
    """
    rows, columns = grid_shape(frame.height, frame.width)
    grey = luma(frame, frame.width, frame.height).astype(np.float32)
    mean = cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA)
    squares = cv2.resize(grey * grey, (columns, rows), interpolation=cv2.INTER_AREA)
    varies = np.sqrt(np.maximum(squares - mean * mean, 0.0)) > FLAT_SHARE * contrast
    return cv2.dilate(varies.astype(np.uint8), AROUND) > 0
