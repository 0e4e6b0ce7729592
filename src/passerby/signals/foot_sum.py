"""The foot points of several hours on one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from passerby.measure.foot_map import CELL_M, FootMap
from passerby.measure.place import Space


@dataclass(frozen=True, slots=True)
class FootSum:
    """How many foot points came into each cell of a zone within several hours.

    Args:
        space: Whether the cells lie on the ground (m) or in the picture (px).
        side: Side of a cell, m or px.
        left: Number of the first column; a cell's number counts from the origin of the zone's coordinates.
        top: Number of the first row.
        columns: How many columns there are.
        counts: Row by row; what was counted in hours with fewer than `measure.foot_map.LEAST` is missing.
        hours: Of how many hours there are maps.
        observed_s: How much of them was observed, s.
        other_grid: Hours left out because their cells are of another kind or size than those of the latest hour.
    """

    space: Space
    side: float
    left: int
    top: int
    columns: int
    counts: tuple[int, ...]
    hours: int
    observed_s: float
    other_grid: int


def foot_sum(maps: Sequence[FootMap]) -> FootSum:
    """Return the sum of maps of one zone, oldest first, on the grid of the latest; of none a sum without cells."""
    if not maps:
        return FootSum(Space.GROUND, CELL_M, 0, 0, 0, (), hours=0, observed_s=0.0, other_grid=0)
    latest = maps[-1]
    alike = [each for each in maps if (each.space, each.side) == (latest.space, latest.side)]
    left, top = min(each.left for each in alike), min(each.top for each in alike)
    right = max(each.left + each.columns for each in alike)
    bottom = max(each.top + each.rows for each in alike)
    total = np.zeros((bottom - top, right - left), np.int64)
    for each in alike:
        at = (each.top - top, each.left - left)
        total[at[0] : at[0] + each.rows, at[1] : at[1] + each.columns] += np.reshape(each.counts, (-1, each.columns))

    return FootSum(
        space=latest.space,
        side=latest.side,
        left=left,
        top=top,
        columns=right - left,
        counts=tuple(total.ravel().tolist()),
        hours=len(alike),
        observed_s=sum(each.observed_s for each in alike),
        other_grid=len(maps) - len(alike),
    )
