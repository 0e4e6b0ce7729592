"""Where a picture shows anything at all: in a flat part, nobody can be seen, and nobody needs to be covered.

A stream with very few bits loses people's outlines, so that no network finds them, but it still shows that something
is there. Its flat parts, such as an empty floor, stay visible (docs/decisions/0027-light-where-it-matters.md).
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
BETWEEN = np.ones((5, 5), np.uint8)
"""Flat cells with structure on both sides within this belong to it: a coat of one colour is flat inside."""


def structured_cells(frame: Frame, contrast: float) -> NDArray[np.bool_]:
    """Return the cells of `crowd.grid_shape` that show anything, shape (rows, columns).

    Args:
        frame: The inspected frame.
        contrast: Grey levels between its darkest and brightest parts, as in `Visibility`.
    """
    rows, columns = grid_shape(frame.height, frame.width)
    grey = luma(frame, frame.width, frame.height).astype(np.float32)
    halves = (2 * columns, 2 * rows)  # windows overlap, because an edge may lie between two cells
    mean, squares = (
        cv2.blur(cv2.resize(values, halves, interpolation=cv2.INTER_AREA), (3, 3)) for values in (grey, grey * grey)
    )
    varies = np.sqrt(np.maximum(squares - mean * mean, 0.0)) > FLAT_SHARE * contrast
    near = np.array(varies.reshape(rows, 2, columns, 2).any(axis=(1, 3)), np.uint8)

    return cv2.morphologyEx(near, cv2.MORPH_CLOSE, BETWEEN) > 0
