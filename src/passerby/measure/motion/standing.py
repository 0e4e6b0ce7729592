"""Where bodies stand at one moment, and which of them the picture's border cuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes, Indices
from passerby.measure.motion.tuning import Tuning
from passerby.measure.view import Points


class Border:
    """The picture's border: a box that it cuts has no foot point.

    Args:
        size_px: Width and height of the picture.
        tuning: How boxes become motion.
    """

    def __init__(self, size_px: tuple[int, int], tuning: Tuning) -> None:
        self._size = size_px
        self._tuning = tuning

    def clears(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Return which boxes are not cut by the picture's border at their sides or feet, shape (N,)."""
        width, height = self._size
        margin = self._tuning.border * max(self._size)
        return np.asarray((boxes[:, 0] > margin) & (boxes[:, 2] < width - margin) & (boxes[:, 3] < height - margin))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where bodies stand at one moment.

    Args:
        slots: Shape (N,).
        feet: Shape (N, 2), foot points, px.
        boxes: Shape (N, 4).
        kinds: Shape (N,).
        error_px: Shape (N, 2), standard error of the foot points.
    """

    slots: Indices
    feet: Points
    boxes: Boxes
    kinds: NDArray[np.int8]
    error_px: Points
