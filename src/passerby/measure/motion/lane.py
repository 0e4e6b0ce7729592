"""Vehicles one behind another: how fast a new one moves, and when they could be mistaken for each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes
from passerby.measure.view import Points

BESIDE = 0.75
"""Vehicles are in the same lane if their centres are this close together across the direction of travel, in widths."""
FAR = 8.0
"""Vehicles farther away than this, in widths, are not used for the speed of a new vehicle."""
NEAR = 2.5
"""Vehicles this close together, in box sizes, could be mistaken for each other when one appears within the picture."""
RUNS = 0.2
"""A vehicle counts as moving if it moves by this share of its width from pass to pass."""


def lane_velocities(fresh: Boxes, known: Boxes, velocities: Points, *, gap_s: float) -> Points:
    """Return the velocity of new vehicles: that of the nearest in their lane, 0 if there is none, shape (N, 2), px/s.

    Args:
        fresh: Shape (N, 4), boxes of new vehicles.
        known: Shape (M, 4), boxes of vehicles seen twice or more.
        velocities: Shape (M, 2), velocities of those, px/s.
        gap_s: Time between passes.
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


def travel(fresh: Boxes, known: Boxes, velocities: Points, *, gap_s: float) -> Points:
    """Return along which direction new vehicles without a velocity probably travel, shape (N, 2); 0 = unknown.

    That is the direction of the nearest known vehicle, or if that one seems to stand, the direction towards it: a
    column that moves by its own spacing from pass to pass seems to stand.

    Args:
        fresh: Shape (N, 4), boxes of new vehicles.
        known: Shape (M, 4), boxes of vehicles seen twice or more.
        velocities: Shape (M, 2), velocities of those, px/s.
        gap_s: Time between passes.
    """
    if not (len(fresh) and len(known)):
        return np.zeros((len(fresh), 2))
    apart = _middle(known)[None] - _middle(fresh)[:, None]
    sizes = np.abs(apart) / (fresh[:, 2:] - fresh[:, :2])[:, None]
    away = np.hypot(sizes[..., 0], sizes[..., 1])
    nearest = away.argmin(axis=1)
    picked = np.arange(len(fresh))
    runs = np.hypot(*velocities.T) * gap_s > RUNS * (known[:, 2] - known[:, 0])
    way = np.where(runs[nearest][:, None], velocities[nearest], apart[picked, nearest])
    way[away[picked, nearest] > NEAR] = 0.0

    return np.asarray(way)


def from_nowhere(fresh: Boxes, boxes: Boxes, *, inside: NDArray[np.bool_]) -> int:
    """Return how many new vehicles appeared within the picture and close to others.

    A single one may have come from behind another, or was missed before. Several within a second are more likely
    vehicles that moved farther than expected, so that each was mistaken for another: then their apparent motion is
    wrong, and may even have the opposite direction.

    Args:
        fresh: Shape (N, 4), boxes of new vehicles.
        boxes: Shape (M, 4), boxes of all vehicles, including the new ones.
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
