"""How much two zones overlap: people who stand there would be counted twice if the zones are added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.ground import Ground
from passerby.measure.place import Points, Space, Zone

CELLS = 200
"""Grid points in each direction on a rectangle, to measure how much of it lies in a zone."""
SLIVER = 0.005
"""Zones drawn by hand along a common edge overlap by less than this share of the smaller one."""


@dataclass(frozen=True, slots=True)
class Sited:
    """A zone and the ground plane of its camera.

    Args:
        zone: The zone.
        ground: The ground plane; None = not calibrated.
    """

    zone: Zone
    ground: Ground | None = None

    def corners(self, space: Space) -> Points:
        """Return its corners in m or px, shape (N, 2); NaN if they cannot be projected."""
        return self._turned(np.array(self.zone.outline, np.float64), self.zone.space, space)

    def holds(self, points: Points, space: Space) -> NDArray[np.bool_]:
        """Return which points in m or px lie in it, shape (N,)."""
        return self.zone.holds(self._turned(points, space, self.zone.space))

    def _turned(self, points: Points, given: Space, wanted: Space) -> Points:
        if given is wanted:
            return points
        if self.ground is None:
            return np.full_like(points, np.nan)
        return self.ground.to_picture(points) if wanted is Space.PICTURE else self.ground.to_ground(points)


def overlap(one: Sited, other: Sited, space: Space) -> float:
    """Return the share of the smaller zone that also lies in the other, in [0, 1]; slivers count as 0.

    Args:
        one: A zone.
        other: Another one.
        space: Coordinates that both share: of one picture, or of one ground plane.

    >>> left, right = Zone("left", ((0, 0), (2, 0), (2, 1), (0, 1))), Zone("right", ((1, 0), (3, 0), (3, 1), (1, 1)))
    >>> round(overlap(Sited(left), Sited(right), Space.GROUND), 2)
    0.5
    """
    boxes = []
    for sited in (one, other):
        corners = sited.corners(space)
        if not np.isfinite(corners).any():
            return 0.0
        boxes.append((np.nanmin(corners, axis=0), np.nanmax(corners, axis=0)))

    low = np.maximum(boxes[0][0], boxes[1][0])
    high = np.minimum(boxes[0][1], boxes[1][1])
    if not (high > low).all():
        return 0.0
    smaller = min(_area(sited, space, *box) for sited, box in zip((one, other), boxes, strict=True))
    points = _grid(low, high)
    both = one.holds(points, space) & other.holds(points, space)
    common = float(both.mean() * np.prod(high - low))
    share = min(1.0, common / smaller) if smaller > 0 else float(both.any())

    return share if share > SLIVER else 0.0


def _area(sited: Sited, space: Space, low: Points, high: Points) -> float:
    return float(sited.holds(_grid(low, high), space).mean() * np.prod(high - low))


def _grid(low: Points, high: Points) -> Points:
    """Return the centres of the cells of a rectangle, shape (CELLS * CELLS, 2)."""
    x, y = (low + (np.arange(CELLS)[:, None] + 0.5) / CELLS * (high - low)).T
    return np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
