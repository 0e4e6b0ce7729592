"""How close people stand, from the area around each of them: Voronoi density of a zone."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import numpy as np

from passerby.errors import MeasureError
from passerby.installation import how_to_install
from passerby.measure.density import require_metres
from passerby.measure.measure import Span
from passerby.measure.place import Points, Space, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View, among
from passerby.vision.detections import Kind

ARC_SEGMENTS = 3
"""Straight segments of a quarter circle where cells are cut off, as in PedPy's examples."""
CUT_OFF_M = 2.0
SLACK_M = 0.01
"""A zone may extend beyond the walkable area by this much, because both are drawn by hand."""


def voronoi_density(points_m: Points, zone: Zone, walkable: Zone, *, cut_off_m: float | None = None) -> float:
    r"""Voronoi density :math:`\rho = \frac{1}{A}\sum_i A(V_i \cap M) / A(V_i)` of a zone at one moment.

    Each person has the cell V of the walkable area that is closer to them than to anyone else, at most a circle of
    `cut_off_m`; the parts of the cells within the zone M count. It changes smoothly where the classic density
    jumps. Edges have no width, so no edge rule is needed. Persons outside the walkable area are left out. If the
    zone is the whole walkable area, the result is the classic density.

    Args:
        points_m: Shape (N, 2), foot points of everyone in the walkable area, m.
        zone: Measurement area M.
        walkable: Where people can be; cells end at its border.
        cut_off_m: Radius that limits a cell where there are few people; None = no limit.

    Returns:
        Density in 1/m².

    Raises:
        MeasureError: A zone is not in metres.

    Source: Steffen and Seyfried (2010); PedPy 1.5, compute_voronoi_density.

    >>> floor = Zone("floor", ((0, 0), (4, 0), (4, 2), (0, 2)))
    >>> voronoi_density(np.array([[1.0, 1.0], [3.0, 1.0]]), Zone("hall", ((0, 0), (2, 0), (2, 2), (0, 2))), floor)
    0.25
    """
    require_metres(zone)
    return Cells(points_m, walkable, cut_off_m=cut_off_m).density(zone)


class Cells:
    """The Voronoi cells of all persons at one moment, from which zones compute their density.

    Args:
        points_m: Shape (N, 2), foot points on the ground plane, m; persons outside `walkable` are left out.
        walkable: Where people can be.
        cut_off_m: Radius that limits a cell; None = no limit.
    """

    def __init__(self, points_m: Points, walkable: Zone, *, cut_off_m: float | None = None) -> None:
        shapely = loaded()
        (self._area, _), self._cut_off_m = _shape(walkable), cut_off_m
        # two persons at exactly the same point share one cell, half each
        self._persons, self._count = np.unique(points_m[walkable.holds(points_m)], axis=0, return_counts=True)
        self._cells = np.empty(0, object)
        if len(self._persons):
            everybody = shapely.MultiPoint(self._persons)
            made = shapely.voronoi_polygons(everybody, extend_to=self._area, ordered=True)
            self._cells = shapely.get_parts(made)

    def density(self, zone: Zone) -> float:
        """Return the Voronoi density of a zone, 1/m²."""
        shapely = loaded()
        (area, border), persons = _shape(zone), self._persons
        if not len(persons):
            return 0.0
        sharing = np.ones(len(persons), np.bool_)
        if self._cut_off_m is not None:  # a circle on one side of the zone's border needs no cell
            sharing = shapely.dwithin(border, shapely.points(persons), self._cut_off_m)
        whole = self._count[~sharing][zone.holds(persons[~sharing])].sum()
        cells = self._bounded(sharing)
        shares = shapely.area(_within(cells, area)) / shapely.area(cells)
        return float((whole + np.nansum(shares * self._count[sharing])) / zone.area)

    def _bounded(self, which: Any) -> Any:  # noqa: ANN401 - shapely's types are a separate package
        """Return the cells of some persons within circle and walkable area: the part that the person stands in."""
        shapely = loaded()
        cells, persons = self._cells[which], self._persons[which]
        if self._cut_off_m is not None:
            cells = _cut_off(cells, persons, self._cut_off_m)
        cells = _within(cells, self._area)
        for number in np.flatnonzero(shapely.get_num_geometries(cells) > 1):
            cells[number] = _part_with(cells[number], persons[number])
        return cells


def loaded() -> Any:  # noqa: ANN401 - as above
    """Return shapely, an optional package that is slow to load.

    Raises:
        MeasureError: It is not installed.
    """
    try:
        import shapely  # type: ignore[import-untyped]  # noqa: PLC0415 - as the docstring says
    except ImportError as error:
        msg = f"the Voronoi density needs shapely; run {how_to_install('measure')}"
        raise MeasureError(msg) from error
    return shapely


@lru_cache(maxsize=512)
def _shape(zone: Zone) -> tuple[Any, Any]:
    """Return a zone and its border as shapely geometries, prepared for many queries."""
    shapely = loaded()
    area = shapely.Polygon(zone.outline, zone.holes)
    border = area.boundary
    shapely.prepare([area, border])
    return area, border


def _within(cells: Any, area: Any) -> Any:  # noqa: ANN401 - as above
    """Return the parts of cells that lie in an area; most lie in it completely, which is cheap to check."""
    shapely = loaded()
    parts = cells.copy()
    cut = ~shapely.covers(area, cells)
    parts[cut] = shapely.intersection(cells[cut], area)
    return parts


def _cut_off(cells: Any, persons: Points, radius_m: float) -> Any:  # noqa: ANN401 - as above
    """Return the parts of cells that lie in a polygonal circle around their persons."""
    shapely = loaded()
    bounds = shapely.bounds(cells)
    reach = np.maximum(np.abs(bounds[:, :2] - persons), np.abs(bounds[:, 2:] - persons))
    large = np.hypot(*reach.T) > radius_m * np.cos(np.pi / (4 * ARC_SEGMENTS))  # the segments lie inside the circle
    angles = np.arange(4 * ARC_SEGMENTS) * (np.pi / 2 / ARC_SEGMENTS)
    circle = radius_m * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    around = shapely.polygons(persons[large][:, None] + circle)
    parts = cells.copy()
    parts[large] = shapely.intersection(cells[large], around)
    return parts


def _part_with(cell: Any, person: Points) -> Any:  # noqa: ANN401 - as above
    """Return the part of a cell that its person stands in: a corner of the walkable area can cut a cell in two."""
    shapely = loaded()
    parts = shapely.get_parts(cell)
    return parts[int(np.argmin(shapely.distance(parts, shapely.Point(person))))]


class VoronoiDensity:
    """Voronoi density of several zones, only at the last moment of a span, because it is expensive.

    Args:
        zones: Measurement areas.
        walkable: Where people can be.

    Raises:
        MeasureError: A zone is not in metres, or extends beyond the walkable area.
    """

    def __init__(self, zones: Collection[Zone], walkable: Zone) -> None:
        floor = loaded().buffer(_shape(walkable)[0], SLACK_M)
        require_metres(walkable)
        for zone in zones:
            require_metres(zone)
            if not floor.covers(_shape(zone)[0]):
                msg = f"zone '{zone.name}': it extends beyond the walkable area; draw it inside"
                raise MeasureError(msg)
        self._zones = tuple(zones)
        self._walkable = walkable
        self._last: View | None = None

    def observe(self, view: View) -> None:
        """Store the last moment."""
        self._last = view

    def readings(self, span: Span) -> list[Reading]:
        """Return the density of each zone; all use the same Voronoi diagram."""
        view = self._last
        self._last = None
        if view is None:
            return []
        persons = view.points(Space.GROUND)[among(view.kinds, (Kind.PERSON,))]
        cells = Cells(persons, self._walkable, cut_off_m=CUT_OFF_M)
        return [span.reading(zone.name, Quantity.VORONOI_DENSITY, cells.density(zone)) for zone in self._zones]
