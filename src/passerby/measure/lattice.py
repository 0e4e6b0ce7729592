"""A metric lattice as the camera sees it, and where a metre has enough pixels: how people see whether a ground fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.measure.ground import Ground
from passerby.measure.place import Points

MOST_LINES: Final = 40
"""Lines of a lattice in each direction: more would hide the picture."""
_STEPS_M: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_SAMPLES: Final = 160
ROWS, COLUMNS = 36, 64
"""Cells of the region that can be trusted."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Lines of equal distance on the ground, in the picture.

    Args:
        step_m: Distance between neighbours; 0 = the picture shows no ground.
        lines_px: Each of shape (N, 2), within the picture.
    """

    step_m: float
    lines_px: tuple[Points, ...]


def lattice(ground: Ground, size_px: tuple[int, int], *, least_px_per_m: float) -> Lattice:
    """Return a lattice of the ground that the picture shows at this resolution or better.

    Args:
        ground: The plane.
        size_px: Width and height of the picture.
        least_px_per_m: Where a metre has fewer pixels, no line is needed.
    """
    cells = _cells(size_px)
    seen = ground.to_ground(cells)[np.nan_to_num(ground.px_per_m(cells)) >= least_px_per_m]
    if len(seen) == 0:
        return Lattice(0.0, ())
    low, high = seen.min(axis=0), seen.max(axis=0)
    step = next((each for each in _STEPS_M if (high - low).max() / each <= MOST_LINES), _STEPS_M[-1])
    first, last = np.floor(low / step) * step, np.ceil(high / step) * step
    last = np.minimum(last, first + MOST_LINES * step)
    lines: list[Points] = []
    for axis in (0, 1):
        along = np.linspace(first[1 - axis], last[1 - axis], _SAMPLES)
        for at in np.arange(first[axis], last[axis] + step / 2, step):
            on_ground = np.empty((_SAMPLES, 2))
            on_ground[:, axis], on_ground[:, 1 - axis] = at, along
            lines += _within(ground.to_picture(on_ground), size_px)
    return Lattice(step, tuple(lines))


def trusted(ground: Ground, size_px: tuple[int, int], *, least_px_per_m: float) -> NDArray[np.float64]:
    """Return where a metre has enough pixels in its worst direction, as rectangles.

    Args:
        ground: The plane.
        size_px: Width and height of the picture.
        least_px_per_m: What is enough.

    Returns:
        Shape (N, 4): left, top, right and bottom, px; none of them overlap.
    """
    enough = np.nan_to_num(ground.px_per_m(_cells(size_px))).reshape(ROWS, COLUMNS) >= least_px_per_m
    wide, high = size_px[0] / COLUMNS, size_px[1] / ROWS
    found = [
        (begin * wide, row * high, end * wide, (row + 1) * high)
        for row in range(ROWS)
        for begin, end in _runs(enough[row])
    ]
    return np.array(found, np.float64).reshape(-1, 4)


def _cells(size_px: tuple[int, int]) -> Points:
    """Return the centres of all cells of a picture, shape (ROWS * COLUMNS, 2)."""
    x = (np.arange(COLUMNS) + 0.5) * size_px[0] / COLUMNS
    y = (np.arange(ROWS) + 0.5) * size_px[1] / ROWS
    return np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)


def _within(points_px: Points, size_px: tuple[int, int]) -> Iterator[Points]:
    """Yield the parts of a path that lie in the picture."""
    with np.errstate(invalid="ignore"):
        inside = np.asarray(((points_px >= 0) & (points_px <= np.array(size_px))).all(axis=1))
    for begin, end in _runs(inside):
        if end - begin > 1:
            yield points_px[begin:end]


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the beginning and the end of each unbroken run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
