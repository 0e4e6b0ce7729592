"""Lines and zones: where to measure, on the ground plane or in the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from passerby.errors import MeasureError

Point = tuple[float, float]
Ring = tuple[Point, ...]
Points = NDArray[np.float64]
Edges = tuple[Points, Points, Points, Points]


class Space(StrEnum):
    """What coordinates mean."""

    GROUND = "ground"
    """Metres on the ground plane; seen from above, y points up when x points right."""
    PICTURE = "picture"
    """Pixels of the upright picture; y points down."""


@dataclass(frozen=True, slots=True)
class Line:
    """A measurement line with a direction: crossing to its left counts as in, to its right as out.

    Left is the left hand of someone who stands at `a` and looks towards `b`, on the plan or on the screen.

    Args:
        name: Name of the line, unique among the places.
        a: Start point, in m or px.
        b: End point.
        space: What the coordinates mean.
        into: What lies to its left, in plain words, such as "platform".
        out_of: What lies to its right, such as "street".

    Raises:
        MeasureError: A coordinate is not finite, or the line has no length.
    """

    name: str
    a: Point
    b: Point
    space: Space = Space.GROUND
    into: str = "in"
    out_of: str = "out"
    _start: Points = field(init=False, repr=False, compare=False)
    _way: Points = field(init=False, repr=False, compare=False)
    _left: Points = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _require_finite(f"line '{self.name}'", (self.a, self.b))
        if self.a == self.b:
            msg = f"line '{self.name}': both ends are {self.a}; a line needs a length"
            raise MeasureError(msg)
        # computed once: a line is used at every moment, and making small arrays costs more than the arithmetic
        object.__setattr__(self, "_start", np.array(self.a, np.float64))
        object.__setattr__(self, "_way", np.array(self.b, np.float64) - self._start)
        object.__setattr__(self, "_left", np.array(self.normal))

    @property
    def length(self) -> float:
        """Length in m or px.

        >>> Line("door", (0, 0), (3, 4)).length
        5.0
        """
        return float(np.hypot(self.b[0] - self.a[0], self.b[1] - self.a[1]))

    @property
    def normal(self) -> Point:
        """Unit vector to the left.

        >>> Line("door", (0, 0), (2, 0)).normal
        (-0.0, 1.0)
        """
        turn = 1.0 if self.space is Space.GROUND else -1.0
        return (-turn * (self.b[1] - self.a[1]) / self.length, turn * (self.b[0] - self.a[0]) / self.length)

    def left(self, points: Points) -> Points:
        """Return how far points of shape (..., 2) lie to the left of the line, negative on its right, shape (...)."""
        return np.asarray((points - self._start) @ self._left)

    def along(self, points: Points) -> Points:
        """Return how far along the line from `a` (0) to `b` (1) points of shape (..., 2) lie, shape (...)."""
        return np.asarray((points - self._start) @ self._way / (self._way @ self._way))


@dataclass(frozen=True, slots=True)
class Zone:
    """A measurement area: inside `outline` and outside all `holes`.

    A point on an edge belongs to one side of it, always the same one, so that zones that share an edge never both
    count it, and the counts of the parts of a divided zone add up.

    Args:
        name: Name of the zone, unique among the places.
        outline: At least three corners, in m or px, in order.
        space: What the coordinates mean.
        holes: Outlines of areas that are not part of it, such as pillars and kiosks.

    Raises:
        MeasureError: A coordinate is not finite, edges cross, a hole leaves the zone, or it has no area.
    """

    name: str
    outline: Ring
    space: Space = Space.GROUND
    holes: tuple[Ring, ...] = ()
    area: float = field(init=False)
    """Area without holes, in m² or px²."""
    _rising: Edges = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rings = (self.outline, *self.holes)
        for ring in rings:
            self._require_simple(ring)
        for hole in self.holes:
            self._require_apart(self.outline, hole)
            if not _inside(np.array(hole), _rising((self.outline,))).any():
                msg = f"zone '{self.name}': the hole at {hole[0]} lies outside the zone; move or remove it"
                raise MeasureError(msg)

        for one, other in combinations(self.holes, 2):
            self._require_apart(one, other)
        area = ring_area(self.outline) - sum(map(ring_area, self.holes))
        if area <= 0:
            msg = f"zone '{self.name}': has no area, because its corners lie on a line; move one"
            raise MeasureError(msg)

        object.__setattr__(self, "area", area)
        object.__setattr__(self, "_rising", _rising(rings))

    def __hash__(self) -> int:
        """Return the hash of its name: zones are looked up at every moment, and can have many corners."""
        return hash(self.name)

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Return which points lie in the zone, shape (N,); a point that is not finite lies in no zone.

        Args:
            points: Shape (N, 2), in the zone's coordinates.

        >>> Zone("hall", ((0, 0), (2, 0), (2, 1), (0, 1))).holds(np.array([[1, 0.5], [3, 0.5]])).tolist()
        [True, False]
        """
        return _inside(points, self._rising)

    def _require_simple(self, ring: Ring) -> None:
        _require_finite(f"zone '{self.name}'", ring)
        if len(ring) < 3:
            msg = f"zone '{self.name}': {len(ring)} corners; give at least 3"
            raise MeasureError(msg)

        edges = _edges(ring)
        if twice := [number for number, (start, end) in enumerate(edges, 1) if start == end]:
            again = (
                "the last corner repeats the first" if twice[0] == len(edges) else f"corner {twice[0]} is given twice"
            )
            msg = f"zone '{self.name}': {again}; remove one"
            raise MeasureError(msg)

        for (i, one), (j, other) in combinations(enumerate(edges), 2):
            neighbours = j - i in {1, len(edges) - 1}
            if not neighbours and _meet(one, other):
                msg = f"zone '{self.name}': edge {i + 1} crosses edge {j + 1}; give the corners in order"
                raise MeasureError(msg)

    def _require_apart(self, one: Ring, other: Ring) -> None:
        for edge in _edges(one):
            for cut in _edges(other):
                if _meet(edge, cut):
                    msg = f"zone '{self.name}': the hole at {other[0]} touches another edge; move it"
                    raise MeasureError(msg)


def ring_area(ring: Ring) -> float:
    """Return the area inside a ring by the shoelace formula.

    >>> ring_area(((0, 0), (2, 0), (2, 3), (0, 3)))
    6.0
    """
    points = np.array(ring, np.float64)
    points = points - points[0]  # keeps precision if coordinates are far from the origin
    x, y = points.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _inside(points: Points, rising: Edges) -> NDArray[np.bool_]:
    """Count how often a ray to the right crosses the edges: odd = inside; edges are half open."""
    x0, y0, y1, slope = rising
    px, py = np.asarray(points, np.float64).reshape(-1, 2).T
    level = (py >= y0) & (py < y1)  # (edges, points)
    crossed = level & (px < x0 + (py - y0) * slope)
    return np.asarray(np.logical_xor.reduce(crossed, axis=0))


def _rising(rings: tuple[Ring, ...]) -> Edges:
    """Return the edges from their lower end up: x and y there, y at the upper end, and slope, each of shape (edges, 1).

    In this order, an edge that two zones share has exactly the same numbers in both.
    """
    ends = [sorted(edge, key=lambda corner: (corner[1], corner[0])) for ring in rings for edge in _edges(ring)]
    edges = np.array([edge for edge in ends if edge[0][1] != edge[1][1]], np.float64).reshape(-1, 2, 2)
    (x0, y0), (x1, y1) = edges[:, 0].T, edges[:, 1].T
    return x0[:, None], y0[:, None], y1[:, None], ((x1 - x0) / (y1 - y0))[:, None]


def _edges(ring: Ring) -> list[tuple[Point, Point]]:
    return list(pairwise((*ring, ring[0])))


def _meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Return whether two segments have a point in common."""
    (a, b), (c, d) = one, other
    sides = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(side == 0 and _between(*three) for side, three in zip(sides, ends, strict=True))


def _turn(a: Point, b: Point, c: Point) -> float:
    return float(np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])))


def _between(a: Point, b: Point, c: Point) -> bool:
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _require_finite(where: str, points: Ring) -> None:
    for number, point in enumerate(points, 1):
        if not np.isfinite(point).all():
            msg = f"{where}: point {number} is {point}; enter finite numbers"
            raise MeasureError(msg)
