"""Whether what a picture is full of is blurred, so that people in it cannot be told apart."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.sampling import luma

WIDTH = 640
"""Columns of the picture that is measured, px; smaller pictures are measured at their own size."""
EDGE_PX, SHAPE_PX = 1.0, 6.0
"""Edges are finer than the first, the shapes of heads finer than the second: standard deviations of blurring, px."""
AROUND_PX = (31, 31)
LEAST_SHAPE = 8.0
"""Contrast from which on a spot shows a shape, grey levels."""
FULL = 0.4
"""Share of the picture that shows shapes, in a crowd or another scene full of detail."""
BLURRED = 0.35
"""Edges over shapes in the sharpest tenth of those spots: a long exposure of a crowd has 0.33, the 45 other crowd
pictures have 0.45 and more, a dense square at night 0.37; two soft ones of 100 face photographs have less than this."""
SHARPEST = 0.9


def is_blurred(frame: Frame) -> bool:
    """Return whether the picture is full of shapes, none of which has a sharp edge.

    A camera out of focus, or a long exposure of people who move. `Visibility` measures a smaller copy, in which such a
    picture looks sharp.
    """
    width = min(WIDTH, frame.width)
    grey = luma(frame, width, max(2, round(frame.height * width / frame.width))).astype(np.float32)
    soft = cv2.GaussianBlur(grey, (0, 0), EDGE_PX)
    edges, shapes = _energy(grey - soft), _energy(soft - cv2.GaussianBlur(grey, (0, 0), SHAPE_PX))
    shown = shapes > LEAST_SHAPE
    return bool(shown.mean() >= FULL and np.quantile(edges[shown] / shapes[shown], SHARPEST) < BLURRED)


def _energy(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the local standard deviation of values whose mean is 0, grey levels, in every tenth row and column."""
    return np.sqrt(np.maximum(cv2.blur(values * values, AROUND_PX), 0.0))[::10, ::10].astype(np.float32)
