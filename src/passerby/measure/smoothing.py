"""Where a trembling box truly was, and how fast it moved: a straight line through its sights."""

from __future__ import annotations

import numpy as np

from passerby.measure.pairing import Boxes
from passerby.measure.view import Points


def smoothed(away_s: Points, history: Boxes, *, reach_s: Points) -> tuple[Boxes, Boxes]:
    """Return boxes at a moment and their change per second, by a weighted straight line through their sights.

    Args:
        away_s: Shape (R,), time of each row from the moment.
        history: Shape (R, N, 4), NaN = not seen.
        reach_s: Shape (N,), beyond which a sight no longer counts.

    Source: Cleveland (1979), locally weighted regression, here with Epanechnikov weights.
    """
    seen = np.isfinite(history[:, :, 0])
    weight = np.where(seen, np.clip(1 - (away_s[:, None] / reach_s) ** 2, 0, None), 0.0)
    boxes = np.where(seen[:, :, None], history, 0.0)
    slope = weight * away_s[:, None]
    total, first, second = weight.sum(axis=0), slope.sum(axis=0), (slope * away_s[:, None]).sum(axis=0)
    level = np.einsum("rn,rnk->nk", weight, boxes)
    tilt = np.einsum("rn,rnk->nk", slope, boxes)
    spread = total * second - first * first
    single = spread <= 1e-9 * total * total
    spread = np.where(single, 1.0, spread)
    value = np.where(
        single[:, None], level / total[:, None], (second[:, None] * level - first[:, None] * tilt) / spread[:, None]
    )
    change = np.where(single[:, None], 0.0, (total[:, None] * tilt - first[:, None] * level) / spread[:, None])
    return value, change
