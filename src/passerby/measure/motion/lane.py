"""Vehicles one behind another: how fast a new one moves, and where they could be taken for each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes
from passerby.measure.view import Points

BESIDE = 0.75
"""In one lane are vehicles whose middles lie this near to each other across the way, in widths."""
FAR = 8.0
"""Who is further away than this, in widths, says nothing about the speed of a new vehicle."""
NEAR = 2.5
"""Vehicles this near to each other, in body sizes, could be taken for each other when one appears from nowhere."""
RUNS = 0.2
"""A vehicle moves if it moves by this share of its width from look to look."""


def lane_velocities(fresh: Boxes, known: Boxes, velocities: Points, *, gap_s: float) -> Points:
    """Return how fast new vehicles move: as the nearest one of their lane, 0 where there is none, shape (N, 2), px/s.

    Args:
        fresh: Shape (N, 4), boxes of new vehicles.
        known: Shape (M, 4), vehicles seen twice or more.
        velocities: Shape (M, 2), theirs, px/s.
        gap_s: Time between looks.
    """
    made = np.zeros((len(fresh), 2))
    if not (len(fresh) and len(known)):
        return made
    width = known[:, 2] - known[:, 0]
    speed = np.hypot(*velocities.T)
    apart = _middle(known)[None] - _middle(fresh)[:, None]  # (N, M, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        way = velocities / speed[:, None]
    across = np.abs(apart[..., 0] * way[:, 1] - apart[..., 1] * way[:, 0])
    away = np.hypot(apart[..., 0], apart[..., 1])
    usable = (across <= BESIDE * width) & (away <= FAR * width) & (speed * gap_s > RUNS * width)
    away = np.where(usable, away, np.inf)
    nearest = away.argmin(axis=1)
    found = np.isfinite(away[np.arange(len(fresh)), nearest])
    made[found] = velocities[nearest[found]]
    return made


def from_nowhere(fresh: Boxes, boxes: Boxes, *, inside: NDArray[np.bool_]) -> int:
    """Return how many new vehicles appeared within the picture and close to others.

    One such vehicle came from behind another, or was missed before. Several in a second are more likely vehicles that
    leapt further than was thought, so that each was taken for another: then they move otherwise than it seems, and
    perhaps even the other way.

    Args:
        fresh: Shape (N, 4), boxes of new vehicles.
        boxes: Shape (M, 4), boxes of all vehicles, the new ones among them.
        inside: Shape (N,), which of the new ones are too far from the border to have come in.
    """
    if not inside.any():
        return 0
    return int(np.count_nonzero(_near(fresh[inside], boxes).sum(axis=1) > 1))


def _near(one: Boxes, other: Boxes) -> NDArray[np.bool_]:
    size = one[:, 2:] - one[:, :2]
    apart = np.abs(_middle(one)[:, None] - _middle(other)[None]) / size[:, None]
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]) <= NEAR)


def _middle(boxes: Boxes) -> Points:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)
