"""Finds foot points so close to a line that trembling alone decides on which side they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from passerby.measure.ground import Ground
from passerby.measure.place import Line, Points, Space

AROUND = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


class HysteresisBand:
    """The band along lines in which no step ends: as wide as each box's own trembling.

    Args:
        lines: Measurement lines.
        ground: Ground plane for lines in metres; None = not calibrated.
    """

    def __init__(self, lines: Sequence[Line], ground: Ground | None) -> None:
        self._ground = ground
        self._groups = [_Lines(group) for space in Space if (group := [line for line in lines if line.space is space])]

    def holds(self, feet: Points, tremble: Points) -> NDArray[np.bool_]:
        """Return for each foot point whether any point within its trembling lies on the other side of a line.

        Args:
            feet: Shape (N, 2), px.
            tremble: Shape (N, 2), how far they may be off sideways and in depth, px.
        """
        held = np.zeros(len(feet), np.bool_)
        if not (self._groups and len(feet)):
            return held
        around = (feet[:, None] + tremble[:, None] * AROUND).reshape(-1, 2)
        for lines in self._groups:
            points = around if lines.space is Space.PICTURE or self._ground is None else self._ground.to_ground(around)
            held |= lines.split(points.reshape(len(feet), len(AROUND), 2))
        return held


class _Lines:
    """All lines of one space, processed together: a call for each line would cost more than the computation."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.space = lines[0].space
        starts, ends = np.array([line.a for line in lines]), np.array([line.b for line in lines])
        ways = ends - starts
        self._across = np.array([line.normal for line in lines]).T
        self._along = (ways / (ways**2).sum(axis=1, keepdims=True)).T
        self._start = (starts * self._across.T).sum(axis=1), (starts * self._along.T).sum(axis=1)

    def split(self, points: Points) -> NDArray[np.bool_]:
        """Return which groups of points, shape (N, K, 2), lie on both sides of a line, between its ends."""
        left = points @ self._across >= self._start[0]  # (N, K, lines)
        groups, lines = np.nonzero(left.any(axis=1) != left.all(axis=1))
        place = (points[groups] * self._along.T[lines][:, None]).sum(axis=2) - self._start[1][lines][:, None]
        held = np.zeros(len(points), np.bool_)
        held[groups[((place >= 0) & (place < 1)).any(axis=1)]] = True
        return held
