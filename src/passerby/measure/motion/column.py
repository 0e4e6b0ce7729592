"""Columns of vehicles whose direction boxes alone do not show: each may have taken the place of its neighbour.

A column that moves by nine tenths of its spacing from pass to pass seems to go slowly backwards. Both explanations are
tried on each lane: where only the one that was followed fits, its direction is known, and remains known as long as some
of its vehicles are in view.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.lane import BESIDE, NEAR
from passerby.measure.motion.pairing import Boxes, Indices
from passerby.measure.view import Points

LEAST = 3
"""A column has at least so many vehicles: between two, any move is a regular one."""
REGULAR = 0.12
"""The moves of a column's vehicles differ by at most this, in lengths: it moves as one."""
OTHER = 0.5
"""Moves that differ by more than this, in lengths, are different explanations."""
CUT = 0.02
"""A box this close to the border, in lengths, may be cut, so that its middle is not that of the vehicle."""

Values = NDArray[np.float64]


class Columns:
    """Follows which vehicles belong to columns of known direction; one instance per camera.

    Args:
        size_px: Width and height of the picture.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        self._size = size_px
        self._boxes: Boxes = np.empty((0, 4))
        self._slots: Indices = np.empty(0, np.intp)
        self._known: set[int] = set()

    def start_again(self) -> None:
        """Forget everything: there was a gap."""
        self._boxes, self._slots, self._known = np.empty((0, 4)), np.empty(0, np.intp), set()

    def look(self, boxes: Boxes, slots: Indices, *, fresh: Indices) -> bool:
        """Return whether a column of unknown direction may have moved otherwise than it was followed.

        Args:
            boxes: Shape (N, 4), all vehicles seen in this pass.
            slots: Shape (N,), which tracks they are.
            fresh: Which of these slots have new vehicles.
        """
        before, old = self._boxes, self._slots
        self._boxes, self._slots = boxes, slots
        self._known -= set(fresh.tolist())
        self._known &= set(old.tolist()) | set(slots.tolist())
        doubted = False
        for start, way in _lanes(before):
            lane = _Lane.of(before, boxes, start=start, way=way, size_px=self._size)
            members = set(old[lane.old].tolist()) | set(slots[lane.new].tolist())
            apparent = lane.followed(old, slots)
            otherwise = any(abs(each - apparent) > OTHER for each in lane.explanations()) if lane.old.size else False
            if members & self._known or (not otherwise and lane.fits(apparent)):
                self._known |= members
            else:
                doubted |= otherwise
        return doubted


@dataclass(frozen=True, slots=True)
class _Lane:
    """The vehicles of one lane in two passes, along its direction.

    Args:
        old: Shape (N,), which of the vehicles of the pass before are in it.
        new: Shape (M,), which of those of this pass.
        moves: Shape (N, M), move from each of the old places to each of the new, in lengths.
        run_in: Shape (N,), how far each of the old is from the border behind it, in lengths.
        run_out: Shape (N,), how far from the border before it.
        came: Shape (M,), how far each of the new is from the border behind it.
        went: Shape (M,), how far from the border before it.
    """

    old: Indices
    new: Indices
    moves: Values
    run_in: Values
    run_out: Values
    came: Values
    went: Values

    @classmethod
    def of(cls, before: Boxes, now: Boxes, *, start: Points, way: Points, size_px: tuple[int, int]) -> _Lane:
        """Return the lane through a place in a direction."""
        old, new = _beside(before, start, way), _beside(now, start, way)
        first, length = _middles(before[old]) @ way, _lengths(before[old], way)
        second, then = _middles(now[new]) @ way, _lengths(now[new], way)
        low, high = _edges(start, way, size_px)
        moves = (second[None] - first[:, None]) / ((length[:, None] + then[None]) / 2)
        return cls(
            *(old, new, moves),
            *((first - low) / length, (high - first) / length),
            *((second - low) / then, (high - second) / then),
        )

    def followed(self, old: Indices, new: Indices) -> float:
        """Return by how much the vehicles moved as they were followed, lengths; not a number if none was."""
        same = old[self.old][:, None] == new[self.new][None]
        return float(np.median(self.moves[same])) if same.any() else float("nan")

    def explanations(self) -> list[float]:
        """Return moves that would explain this pass, lengths."""
        within = self.moves[np.abs(self.moves) <= NEAR]
        tried = np.unique(np.round(within / REGULAR)) * REGULAR
        return [float(each) for each in tried.tolist() if self.fits(each)]

    def fits(self, move: float) -> bool:
        """Return whether all vehicles moved by so much, but for those that came or left over the border."""
        if len(self.old) < LEAST or not len(self.new) or not np.isfinite(move):
            return False
        near = np.abs(self.moves - move) <= REGULAR
        stayed, explained = near.any(axis=1), near.any(axis=0)
        back, on = (self.run_in, self.run_out) if move >= 0 else (self.run_out, self.run_in)
        whole = back > 0.5 + CUT
        stays = whole & (on - abs(move) > 0.5 + REGULAR + CUT)
        came = (self.came if move >= 0 else self.went) <= abs(move) + 0.5 + REGULAR + CUT
        leaves = (self.went if move >= 0 else self.came) <= 0.5 + REGULAR + CUT
        missing = np.flatnonzero(stays & ~stayed)
        return not len(missing) and bool((explained | came | leaves).all() and np.count_nonzero(stayed) > 1)


def _lanes(boxes: Boxes) -> Iterator[tuple[Points, Points]]:
    """Yield a place and a direction, as a unit vector, of each lane with LEAST vehicles."""
    middles, sizes = _middles(boxes), boxes[:, 2:] - boxes[:, :2]
    judged: set[bytes] = set()
    for middle, size in zip(middles, sizes, strict=True):
        away = np.hypot(*((middles - middle) / size).T)
        away[away == 0] = np.inf
        nearest = int(away.argmin())
        if not away[nearest] <= NEAR:
            continue
        way = (middles[nearest] - middle) / np.hypot(*(middles[nearest] - middle))
        way = way if tuple(way) > (0.0, 0.0) else -way
        lane = _beside(boxes, middle, way)
        if len(lane) >= LEAST and lane.tobytes() not in judged:
            judged.add(lane.tobytes())
            yield middle, way


def _beside(boxes: Boxes, start: Points, way: Points) -> Indices:
    """Return which boxes lie in a lane."""
    apart = _middles(boxes) - start
    across = np.abs(apart[:, 0] * way[1] - apart[:, 1] * way[0])
    return np.flatnonzero(across <= BESIDE / 2 * (boxes[:, 2:] - boxes[:, :2]).min(axis=1))


def _edges(start: Points, way: Points, size_px: tuple[int, int]) -> tuple[float, float]:
    """Return where a line enters the picture and leaves it, along its direction."""
    with np.errstate(divide="ignore"):
        ends = np.sort(np.array([(0.0 - start) / way, (np.array(size_px, np.float64) - start) / way]), axis=0)
    at = float(start @ way)
    return at + float(ends[0].max()), at + float(ends[1].min())


def _lengths(boxes: Boxes, way: Points) -> Values:
    """Return how long boxes are along a direction, shape (N,)."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]) @ np.abs(way))


def _middles(boxes: Boxes) -> Points:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)
