"""Where in a zone foot points come to: counts per cell and hour, never a path, and never a count of a few."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.errors import MeasureError
from passerby.measure.place import Points, Space, Zone
from passerby.measure.view import View
from passerby.vision.detections import Kind

HOUR_S: Final = 3600
LEAST: Final = 5
"""A cell into which fewer foot points came in an hour reads 0, like one into which none came."""
CELL_M: Final = 1.0
"""Side of a cell on the ground."""
CELLS_ACROSS: Final = 32
"""Cells side by side in a picture without a calibration."""
MOST_CELLS: Final = 64
"""Along each side of a zone; the cells of a larger zone are twice, four times, ... as large."""
SLOW_M_PER_S: Final = 0.3
SLOW_CELLS_PER_S: Final = 0.25
"""Slower steps are the trembling of somebody who stands: they come into no cell, with a calibration and without."""


@dataclass(frozen=True, slots=True)
class FootMap:
    """How many foot points came into each cell of a zone within an hour; cells with fewer than `LEAST` read 0.

    A cell's number counts from the origin of the zone's coordinates, so that the maps of all hours and zones lie on one
    grid: cell (c, r) reaches from (c side, r side) to ((c + 1) side, (r + 1) side).

    Args:
        place: Name of the zone.
        start_s: Start of the hour, UTC since 1970, s.
        observed_s: How much of the hour was inspected often enough to follow anyone who moves, s.
        space: Whether the cells lie on the ground (m) or in the picture (px).
        side: Side of a cell, m or px.
        left: Number of the first column.
        top: Number of the first row.
        columns: How many columns there are.
        counts: Row by row, each 0 or at least `LEAST`.

    Raises:
        MeasureError: A number cannot be right, or a count could be of a few persons.
    """

    place: str
    start_s: int
    observed_s: float
    space: Space
    side: float
    left: int
    top: int
    columns: int
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.start_s % HOUR_S or not 0 < self.observed_s <= HOUR_S:
            msg = f"place '{self.place}': {self.observed_s} s of the hour from {self.start_s} s cannot be a map of it"
            raise MeasureError(msg)
        whole = 0 < self.columns <= MOST_CELLS + 1 and len(self.counts) == self.columns * self.rows
        if not (whole and 0 < self.rows <= MOST_CELLS + 1 and 0 < self.side < 1e6):
            msg = (
                f"place '{self.place}': {len(self.counts)} cells of {self.side} are no map with {self.columns} columns"
            )
            raise MeasureError(msg)
        if any(0 < count < LEAST or count < 0 for count in self.counts):
            msg = f"place '{self.place}': a count below {LEAST} could be of one person, and must not leave its camera"
            raise MeasureError(msg)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.counts) // max(1, self.columns)


class FootCounter:
    """Counts the foot points that come into the cells of a zone, hour by hour.

    A foot point comes into a cell with a step that begins in another cell or outside the zone, and is not slower than
    someone who stands and trembles. So one who stands counts at most once, however long they stay. A point on an edge
    belongs to the cell to its right and below, and to one side of a zone's edge by the rule of `Zone`. Steps that skip
    a cell leave it out: nothing is drawn between two foot points.

    Source: our own definition, after the edge counts of grid-based flow maps, without directions.

    Args:
        zone: Measurement area.
        width_px: Width of the picture on which zones in px are drawn.
    """

    def __init__(self, zone: Zone, *, width_px: int) -> None:
        self._zone = zone
        metric = zone.space is Space.GROUND
        low, high = np.array(zone.outline).min(axis=0), np.array(zone.outline).max(axis=0)
        self._side = _side(CELL_M if metric else width_px / CELLS_ACROSS, float((high - low).max()))
        self._slow = SLOW_M_PER_S if metric else SLOW_CELLS_PER_S * self._side
        self._first = np.floor(low / self._side).astype(np.int64)
        columns, rows = np.maximum(np.ceil(high / self._side).astype(np.int64) - self._first, 1).tolist()
        self._counts = np.zeros((rows, columns), np.int64)
        self._hour: int | None = None
        self._observed_s = 0.0
        self._made: list[FootMap] = []

    def observe(self, view: View) -> None:
        """Add one moment; moments come in order of time. One in which nobody can be followed is not observed."""
        hour = floor((view.time_s - view.span_s / 2) / HOUR_S)
        if hour != self._hour:
            self._close()
            self._hour = hour
        if not view.followed:
            return
        self._observed_s += view.span_s
        came = self._came(view)
        np.add.at(self._counts, (came[:, 1], came[:, 0]), 1)

    def take(self) -> list[FootMap]:
        """Return the maps of the hours that ended since the last call."""
        made = self._made
        self._made = []
        return made

    def _came(self, view: View) -> NDArray[np.int64]:
        """Return the column and row of each cell that a foot point came into, shape (N, 2)."""
        steps = view.steps(self._zone.space, (Kind.PERSON,))
        if not len(steps.ends):
            return np.empty((0, 2), np.int64)
        begins, ends = steps.ends[:, 0], steps.ends[:, 1]
        lasted_s = steps.times_s[:, 1] - steps.times_s[:, 0]
        was, now = self._cells(begins), self._cells(ends)
        inside = self._zone.holds(ends)
        other = (was != now).any(axis=1) | ~self._zone.holds(begins)
        with np.errstate(invalid="ignore"):
            moved = np.hypot(*(ends - begins).T) >= self._slow * lasted_s
        return np.asarray(now[inside & other & moved])

    def _cells(self, points: Points) -> NDArray[np.int64]:
        found = np.nan_to_num(np.floor(points / self._side)).astype(np.int64) - self._first
        return np.asarray(found.clip(0, np.array(self._counts.shape[::-1]) - 1))

    def _close(self) -> None:
        """Finish the map of the present hour; what is below the least never leaves this class."""
        if self._hour is not None and self._observed_s > 0:
            counts = np.where(self._counts >= LEAST, self._counts, 0)
            left, top = self._first.tolist()
            about = (self._zone.name, self._hour * HOUR_S, min(self._observed_s, HOUR_S), self._zone.space)
            cells = tuple(counts.ravel().tolist())
            self._made.append(FootMap(*about, self._side, left, top, self._counts.shape[1], cells))
        self._counts[:] = 0
        self._observed_s = 0.0


def _side(least: float, extent: float) -> float:
    """Return the side of cells of which at most `MOST_CELLS` reach along a zone.

    >>> _side(1.0, 60.0), _side(1.0, 200.0)
    (1.0, 4.0)
    """
    side = least
    while ceil(extent / side) > MOST_CELLS:
        side *= 2
    return side
