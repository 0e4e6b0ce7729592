"""Where a trembling box truly was, and how fast it moved: a straight line through its sights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes
from passerby.measure.view import Points


def smoothed(away_s: Points, seen: NDArray[np.bool_], boxes: Boxes, *, reach_s: Points) -> tuple[Boxes, Boxes]:
    """Return boxes at a moment and their change per second, by a weighted straight line through their sights.

    Args:
        away_s: Shape (R,), time of each row from the moment.
        seen: Shape (R, N), whether there is a box.
        boxes: Shape (R, 4, N), 0 = not seen.
        reach_s: Shape (N,), beyond which a sight no longer counts.

    Returns:
        Boxes and their change, each of shape (N, 4).

    Source: Cleveland (1979), locally weighted regression, here with Epanechnikov weights.
    """
    away = away_s[:, None]
    weight = np.maximum(1 - (away / reach_s) ** 2, 0.0) * seen
    slope = weight * away
    total, first, second = weight.sum(axis=0), slope.sum(axis=0), (slope * away).sum(axis=0)
    level = np.einsum("rn,rkn->kn", weight, boxes)
    tilt = np.einsum("rn,rkn->kn", slope, boxes)
    spread = total * second - first * first
    single = spread <= 1e-9 * total * total
    spread[single] = 1.0
    value = np.where(single, level / total, (second * level - first * tilt) / spread)
    change = np.where(single, 0.0, (total * tilt - first * level) / spread)
    return value.T, change.T
