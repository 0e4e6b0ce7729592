"""Where a trembling box really was and how fast it moved: a straight line through its sightings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes
from passerby.measure.view import Points


def smoothed(away_s: Points, seen: NDArray[np.bool_], boxes: Boxes, *, reach_s: Points) -> tuple[Boxes, Boxes]:
    """Return boxes at a moment and their change per second, by a weighted straight line through their sightings.

    Args:
        away_s: Shape (R,), time of each row from the moment.
        seen: Shape (R, N), whether there is a box.
        boxes: Shape (R, 4, N), 0 = not seen.
        reach_s: Shape (N,), time beyond which a sighting does not count.

    Returns:
        Boxes and their change, each of shape (N, 4).

    Source: Cleveland (1979), locally weighted regression, here with Epanechnikov weights.
    """
    away = away_s[:, None]
    weight = np.maximum(1 - (away / reach_s) ** 2, 0.0) * seen
    slope = weight * away
    total = weight.sum(axis=0)
    first = slope.sum(axis=0)
    second = (slope * away).sum(axis=0)
    level = np.einsum("rn,rkn->kn", weight, boxes)
    tilt = np.einsum("rn,rkn->kn", slope, boxes)
    spread = total * second - first * first
    single = spread <= 1e-9 * total * total
    spread[single] = 1.0
    value = np.where(single, level / np.maximum(total, 1e-12), (second * level - first * tilt) / spread)
    change = np.where(single, 0.0, (total * tilt - first * level) / spread)
    return value.T, change.T


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far sightings scatter around the straight lines through them, for foot points.

    Args:
        squares_px2: Shape (N, 2), weighted sum of the squared distances sideways and in depth.
        freedom: Shape (N,), divisor for the variance; 0 = two sightings, which a line always fits exactly.
        leverage: Shape (N,), variance of the point on the line relative to that of one sighting.
    """

    squares_px2: Points
    freedom: Points
    leverage: Points


def scatter(away_s: Points, seen: NDArray[np.bool_], boxes: Boxes, *, reach_s: Points) -> Scatter:
    """Return how far sightings scatter around the lines of `smoothed`, which takes the same arguments."""
    away = away_s[:, None]
    weight = np.maximum(1 - (away / reach_s) ** 2, 0.0) * seen
    feet = np.stack(((boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]), axis=1)  # (R, 2, N)
    total = weight.sum(axis=0)
    first = (weight * away).sum(axis=0)
    second = (weight * away**2).sum(axis=0)
    spread = total * second - first * first
    single = spread <= 1e-9 * total * total
    spread[single] = 1.0
    level, tilt = np.einsum("rn,rkn->kn", weight, feet), np.einsum("rn,rkn->kn", weight * away, feet)
    value = np.where(single, level / np.maximum(total, 1e-12), (second * level - first * tilt) / spread)
    change = np.where(single, 0.0, (total * tilt - first * level) / spread)
    off = (feet - value - change * away[:, None]) * (weight > 0)[:, None]
    share = np.where(single, weight / np.maximum(total, 1e-12), weight * (second - first * away) / spread)
    effective = total**2 / np.maximum((weight**2).sum(axis=0), 1e-12)
    squares = np.einsum("rn,rkn->nk", weight, off**2)
    freedom = total * np.maximum(1 - 2 / np.maximum(effective, 1e-12), 0.0)

    return Scatter(squares, np.where(single, 0.0, freedom), (share**2).sum(axis=0))
