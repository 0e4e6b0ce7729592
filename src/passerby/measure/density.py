"""How close people stand: classic density and Voronoi density of a zone."""

from __future__ import annotations

from typing import Any

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.measure import Span
from passerby.measure.occupancy import TimeMean, occupancy
from passerby.measure.place import Points, Space, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.service_level import Use, level_of_service
from passerby.measure.view import View, among
from passerby.vision.detections import Kind

ARC_SEGMENTS = 3
"""Straight pieces of a quarter circle where cells are cut off, as in PedPy's examples."""


def density(points_m: Points, zone: Zone) -> float:
    r"""Person density :math:`\rho = N / A` of a zone at one moment.

    A point on an edge belongs to the side that `Zone` says.

    Args:
        points_m: Shape (N, 2), foot points on the ground plane, m.
        zone: Measurement area; A is its area in m².

    Returns:
        Density in 1/m².

    Raises:
        MeasureError: The zone is not in metres.

    Source: Zhang and Seyfried (2012); PedPy 1.5, compute_classic_density.

    >>> density(np.array([[0.5, 0.5]]), Zone("hall", ((0, 0), (2, 0), (2, 1), (0, 1))))
    0.5
    """
    require_metres(zone)
    return occupancy(points_m, zone) / zone.area


def voronoi_density(points_m: Points, zone: Zone, walkable: Zone, *, cut_off_m: float | None = None) -> float:
    r"""Voronoi density :math:`\rho = \frac{1}{A}\sum_i A(V_i \cap M) / A(V_i)` of a zone at one moment.

    Each person holds the cell V of the walkable area that is nearer to them than to anybody else, at most a
    circle of `cut_off_m`; what of the cells lies in the zone M counts. It changes smoothly where the classic
    density jumps. Edges have no width, so no edge rule is needed. Persons outside the walkable area are left out.

    Args:
        points_m: Shape (N, 2), foot points of everybody in the walkable area, m.
        zone: Measurement area M.
        walkable: Where people can be; cells end at its border.
        cut_off_m: Radius that bounds a cell where few people are; None = no bound.

    Returns:
        Density in 1/m².

    Raises:
        MeasureError: A zone is not in metres.

    Source: Steffen and Seyfried (2010); PedPy 1.5, compute_voronoi_density.

    >>> floor = Zone("floor", ((0, 0), (4, 0), (4, 2), (0, 2)))
    >>> voronoi_density(np.array([[1.0, 1.0], [3.0, 1.0]]), Zone("hall", ((0, 0), (2, 0), (2, 2), (0, 2))), floor)
    0.25
    """
    shapely = loaded()
    require_metres(zone)
    area = polygon(walkable)
    inside = points_m[walkable.holds(points_m)]
    if not len(inside):
        return 0.0
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(inside), extend_to=area, ordered=True))
    cells = _within(cells, area)
    if cut_off_m is not None:
        cells = _cut_off(cells, inside, cut_off_m)
    several = np.flatnonzero(shapely.get_num_geometries(cells) > 1)
    for number in several:
        cells[number] = _part_with(cells[number], inside[number])
    shares = shapely.area(_within(cells, polygon(zone))) / shapely.area(cells)
    return float(np.nansum(shares) / zone.area)


def polygon(zone: Zone) -> Any:  # noqa: ANN401 - as above
    """Return a zone in shapely's terms."""
    shapely = loaded()
    return shapely.Polygon(zone.outline, zone.holes)


def loaded() -> Any:  # noqa: ANN401 - its types are a package of their own
    """Return shapely, an extra that takes a while to load.

    Raises:
        MeasureError: It is not installed.
    """
    try:
        import shapely  # type: ignore[import-untyped]  # noqa: PLC0415 - as the docstring says
    except ImportError as error:
        msg = "the Voronoi density needs shapely; run pip install 'passerby[measure]'"
        raise MeasureError(msg) from error
    return shapely


def require_metres(zone: Zone) -> None:
    """Refuse a zone whose area is not in m².

    Raises:
        MeasureError: It is in picture coordinates.
    """
    if zone.space is not Space.GROUND:
        msg = f"zone '{zone.name}': it is in pixels, so there is no density in 1/m2; calibrate the camera"
        raise MeasureError(msg)


def _within(cells: Any, area: Any) -> Any:  # noqa: ANN401 - as above
    """Return the parts of cells that lie in an area; most lie in it whole, and telling so is cheap."""
    shapely = loaded()
    shapely.prepare(area)
    parts = cells.copy()
    cut = ~shapely.covers(area, cells)
    parts[cut] = shapely.intersection(cells[cut], area)
    return parts


def _cut_off(cells: Any, persons: Points, radius_m: float) -> Any:  # noqa: ANN401 - as above
    """Return the parts of cells that lie in a circle of straight pieces around their persons."""
    shapely = loaded()
    bounds = shapely.bounds(cells)
    reach = np.maximum(np.abs(bounds[:, :2] - persons), np.abs(bounds[:, 2:] - persons))
    large = np.hypot(*reach.T) > radius_m * np.cos(np.pi / (4 * ARC_SEGMENTS))  # the pieces lie inside the circle
    around = shapely.buffer(shapely.points(persons[large]), radius_m, quad_segs=ARC_SEGMENTS)
    parts = cells.copy()
    parts[large] = shapely.intersection(cells[large], around)
    return parts


def _part_with(cell: Any, person: Points) -> Any:  # noqa: ANN401 - as above
    """Return the part of a cell that its person stands in: a corner of the walkable area can cut a cell in two."""
    shapely = loaded()
    parts = shapely.get_parts(cell)
    return parts[int(np.argmin(shapely.distance(parts, shapely.Point(person))))]


class ZoneDensity:
    """Mean and peak density of a zone in metres, its level of service, and its Voronoi density where asked for.

    Args:
        zone: Measurement area.
        walkable: Where people can be, for the Voronoi density; None = classic density only.
        use: What people do there, for the level of service; None = no level.
        cut_off_m: Radius that bounds a cell.

    Raises:
        MeasureError: The zone is not in metres.
    """

    def __init__(
        self, zone: Zone, walkable: Zone | None = None, *, use: Use | None = None, cut_off_m: float = 2.0
    ) -> None:
        require_metres(zone)
        if walkable is not None:
            loaded()  # what is missing must show before the work
        self._zone, self._walkable, self._use, self._cut_off_m = zone, walkable, use, cut_off_m
        self._mean = TimeMean()
        self._last: View | None = None

    def observe(self, view: View) -> None:
        """Take one moment."""
        self._mean.add(view.count(self._zone) / self._zone.area, view.span_s)
        self._last = view

    def readings(self, span: Span) -> list[Reading]:
        """Return mean and peak; the Voronoi density is that of the span's last moment, since it is dear."""
        found = self._mean.take()
        if found is None:
            return []
        name = self._zone.name
        made = [span.reading(name, Quantity.DENSITY, found[0]), span.reading(name, Quantity.PEAK_DENSITY, found[1])]
        if self._use is not None:
            made.append(span.reading(name, Quantity.LEVEL_OF_SERVICE, level_of_service(found[0], self._use)))
        if self._walkable is not None and self._last is not None:
            persons = self._last.points(Space.GROUND)[among(self._last.kinds, (Kind.PERSON,))]
            value = voronoi_density(persons, self._zone, self._walkable, cut_off_m=self._cut_off_m)
            made.append(span.reading(name, Quantity.VORONOI_DENSITY, value))
        self._last = None
        return made
