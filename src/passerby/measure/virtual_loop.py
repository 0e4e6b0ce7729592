"""A virtual loop on a line: what passes it as a moving region, without a network and without a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.place import Points

REACH = 24
"""How far the loop extends to both sides of its line, in cells: enough to see from where a region comes."""
BESIDE = 16
"""How far it extends beyond both ends, in cells: a region counts where its middle passes."""
JOINED = 2
"""Moving cells on the line belong together across gaps of up to this many cells."""
GAP_S, GAP_SHARE = 0.2, 0.35
"""A region has passed if the line is still there for longer than this: a roof can have the colour of the road. A fast
one has passed after this share of the time that it took."""
FAST_S = 0.12
"""A region that went from one side of the line to the other within this time is a fast one."""
FAR_LONGER = 4.0
NEXT = 0.5
"""What lies on the line now is the next of two fast vehicles if it lies farther back than a moment before, by this
share of its extent: between them, no frame shows the line still."""
LEAST_CELLS = 5
"""Narrower regions are leaves, noise and distant people."""
LONGEST_S = 8.0
"""What stays longer is not traffic: a shadow of a cloud, the spot that a parked vehicle left."""
SURE_WAY = 2.0
"""A region has a direction if it came from one side and left to the other by at least this many cells."""

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LoopPassage:
    """One moving region that passed a line.

    Args:
        start_s: When it reached the line, s.
        end_s: When it had left it, s.
        low: Where its extent along the line begins, from 0 at the line's start to 1 at its end.
        high: Where it ends.
        width_px: Its largest width along the line, px of the picture.
        inwards: Whether it went to the line's left; None = unknown.
    """

    start_s: float
    end_s: float
    low: float
    high: float
    width_px: float
    inwards: bool | None

    def is_part_of(self, other: LoopPassage) -> bool:
        """Return whether it is a bumper or a shadow of what passed there at the same time, far wider or far longer."""
        together = min(self.end_s, other.end_s) - max(self.start_s, other.start_s) > -GAP_S
        within = min(self.high, other.high) - max(self.low, other.low) > (self.high - self.low) / 2
        longer = other.end_s - other.start_s > FAR_LONGER * (self.end_s - self.start_s + FAST_S)
        return together and within and (longer or self.width_px < other.width_px / 2)


@dataclass(frozen=True, slots=True)
class _Run:
    """Moving cells on the line: from which to which, and how far they extend to the left and right, cells."""

    low: int
    high: int
    left: float
    right: float

    @property
    def balance(self) -> float:
        """By how many cells more it extends to the left."""
        return self.left - self.right


@dataclass(slots=True)
class _Region:
    """A region that is on the line now: since when, where, and by how many cells it extends to the left and right."""

    start_s: float
    end_s: float
    low: int
    high: int
    widest: int
    came: float
    leaves: float
    before: float
    """How many more cells moved to the left than to the right of the line, in the frame before it reached it."""

    @classmethod
    def begun(cls, time_s: float, run: _Run, before: float) -> _Region:
        """Return the region that begins with a run of moving cells."""
        return cls(time_s, time_s, run.low, run.high, run.high - run.low, run.balance, run.balance, before)

    def over(self, time_s: float) -> bool:
        """Return whether it has left the line by now."""
        took_s = self.end_s - self.start_s
        fast = took_s == 0 or (took_s <= FAST_S and self.came * self.leaves < 0)
        return time_s - self.end_s > (GAP_SHARE * took_s if fast else GAP_S)

    def ends_before(self, run: _Run) -> bool:
        """Return whether a run belongs to what comes next."""
        way = self.came - self.leaves
        back = (run.balance - self.leaves) * np.sign(way)
        fast = self.end_s - self.start_s <= FAST_S
        return fast and abs(way) >= SURE_WAY and back > max(SURE_WAY, NEXT * (run.left + run.right))


@dataclass(slots=True)
class _Cells:
    """Which cells of a mask a loop reads: columns and rows, shape (K, 2 * REACH + 1), and which are in the picture."""

    x: NDArray[np.intp]
    y: NDArray[np.intp]
    within: NDArray[np.bool_]
    ahead: int
    count: int
    px: float


class VirtualLoop:
    """Finds what passes a line in the moving parts of each frame, as an inductive loop in the road does.

    Nothing is followed: a region exists from when it reaches the line until it has left it. Vehicles so close together
    that the line is never still between them are one region, so passages are too few rather than too many.

    Source: Michalopoulos (1991), Vehicle detection video through image processing: the Autoscope system.

    Args:
        a_px: Start of the line in the picture.
        b_px: Its end.
        left_px: Unit vector to its left, in the picture.
        size_px: Width and height of the picture.
    """

    def __init__(self, a_px: Points, b_px: Points, left_px: Points, *, size_px: tuple[int, int]) -> None:
        self._a, self._b, self._left = a_px, b_px, left_px
        self._size = size_px
        self._cells: _Cells | None = None
        self._shape = (0, 0)
        self._regions: list[_Region] = []
        self._before: NDArray[np.bool_] | None = None
        self._passages: list[LoopPassage] = []
        self._last_s = -np.inf

    def observe(self, time_s: float, moving: Mask | None) -> None:
        """Add a frame.

        Args:
            time_s: Its time, s.
            moving: Shape (h, w), nonzero = moving, a small copy of the picture; None = unknown: what is on the line
                now is not counted.
        """
        if moving is None or moving.shape != self._shape or time_s <= self._last_s:
            self._regions, self._before = [], None
        self._last_s = time_s
        if moving is None:
            return
        if moving.shape != self._shape:
            self._shape = (moving.shape[0], moving.shape[1])
            self._cells = self._read_at(self._shape)
        cells = self._cells
        assert cells is not None  # noqa: S101 - made with the first mask
        active = (moving[cells.y, cells.x] > 0) & cells.within
        on_line = active[:, REACH - 1 : REACH + 2].sum(axis=1) >= 2
        for low, high in _runs(on_line):
            self._extend(time_s, _Run(low, high, *_extents(active[low:high])), active)
        for each in [each for each in self._regions if each.over(time_s)]:
            self._close(each, active)
        self._before = active

    def drain(self) -> list[LoopPassage]:
        """Return the passages that ended since the last call."""
        made, self._passages = self._passages, []
        return made

    def _extend(self, time_s: float, run: _Run, active: NDArray[np.bool_]) -> None:
        """Add a run to the region that it touches, or begin one; regions that it joins become one."""
        touched = [each for each in self._regions if each.low < run.high + JOINED and run.low < each.high + JOINED]
        for each in [each for each in touched if each.ends_before(run)]:
            touched.remove(each)
            self._close(each, active)
        if not touched:
            before = 0.0 if self._before is None else _lean(self._before[run.low : run.high])
            self._regions.append(_Region.begun(time_s, run, before))
            return
        first, *others = sorted(touched, key=lambda each: each.start_s)
        for other in others:
            self._regions.remove(other)
            first.low, first.high = min(first.low, other.low), max(first.high, other.high)
        first.low, first.high = min(first.low, run.low), max(first.high, run.high)
        first.widest = max(first.widest, run.high - run.low)
        first.end_s, first.leaves = time_s, run.balance

    def _close(self, region: _Region, active: NDArray[np.bool_]) -> None:
        self._regions.remove(region)
        if region.start_s == region.end_s:  # a fast one: only the frames before and after show from where to where
            region.came, region.leaves = region.before, _lean(active[region.low : region.high])
        assert self._cells is not None  # noqa: S101 - made with the first mask
        if (passage := self._passage(region, self._cells)) is not None:
            self._passages.append(passage)

    def _passage(self, region: _Region, cells: _Cells) -> LoopPassage | None:
        middle = (region.low + region.high) / 2 - cells.ahead
        if region.widest < LEAST_CELLS or region.end_s - region.start_s > LONGEST_S or not 0 <= middle < cells.count:
            return None
        way = region.came - region.leaves
        low, high = ((each - cells.ahead) / cells.count for each in (region.low, region.high))
        inwards = None if abs(way) < SURE_WAY else way < 0
        return LoopPassage(region.start_s, region.end_s, low, high, region.widest * cells.px, inwards)

    def _read_at(self, shape: tuple[int, int]) -> _Cells:
        """Return the cells to read from masks of a shape: along the line and beyond its ends, and across it."""
        rows, columns = shape
        per_px = np.array([columns / self._size[0], rows / self._size[1]])
        start, way = self._a * per_px, (self._b - self._a) * per_px
        length = float(np.hypot(*way))
        count = max(1, round(length))
        along = (np.arange(-BESIDE, count + BESIDE) + 0.5) / count
        across = np.arange(-REACH, REACH + 1)
        left = self._left * per_px
        left = left / np.hypot(*left)
        points = start + along[:, None, None] * way - across[None, :, None] * left  # the line's left comes first
        x, y = np.floor(points).astype(np.intp).transpose(2, 0, 1)
        within = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        px = float(np.hypot(*(self._b - self._a))) / count
        return _Cells(np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1), within, BESIDE, count, px)


def _runs(active: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where runs of active cells begin and end, joined across small gaps.

    >>> _runs(np.array([0, 1, 1, 0, 0, 1, 0, 0, 0, 1], bool))
    [(1, 6), (9, 10)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], active, [False])).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for low, high in edges.reshape(-1, 2).tolist():
        if runs and low - runs[-1][1] <= JOINED:
            runs[-1] = (runs[-1][0], high)
        else:
            runs.append((low, high))
    return runs


def _extents(active: NDArray[np.bool_]) -> tuple[float, float]:
    """Return how far a region extends to the left and to the right of the line, on average, cells."""
    left = np.cumprod(active[:, REACH::-1], axis=1).sum(axis=1)
    right = np.cumprod(active[:, REACH:], axis=1).sum(axis=1)
    return float(left.mean()), float(right.mean())


def _lean(active: NDArray[np.bool_]) -> float:
    """Return how many more cells move to the left than to the right of the line, on average."""
    return float(
        (active[:, :REACH].sum(axis=1, dtype=np.int64) - active[:, REACH + 1 :].sum(axis=1, dtype=np.int64)).mean()
    )
