"""How close people stand in a zone: classic density and level of service."""

from __future__ import annotations

from passerby.errors import MeasureError
from passerby.measure.measure import Span
from passerby.measure.occupancy import TimeMean, occupancy
from passerby.measure.place import Points, Space, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.service_level import Use, level_of_service
from passerby.measure.view import View


def density(points_m: Points, zone: Zone) -> float:
    r"""Person density :math:`\rho = N / A` of a zone at one moment.

    A point on an edge belongs to one side, by the rule of `Zone`.

    Args:
        points_m: Shape (N, 2), foot points on the ground plane, m.
        zone: Measurement area; A is its area in m².

    Returns:
        Density in 1/m².

    Raises:
        MeasureError: The zone is not in metres.

    Source: Zhang and Seyfried (2012); PedPy 1.5, compute_classic_density.

    >>> import numpy as np
    >>> density(np.array([[0.5, 0.5]]), Zone("hall", ((0, 0), (2, 0), (2, 1), (0, 1))))
    0.5
    """
    require_metres(zone)
    return occupancy(points_m, zone) / zone.area


def require_metres(zone: Zone) -> None:
    """Refuse a zone whose area is not in m².

    Raises:
        MeasureError: The zone is in picture coordinates.
    """
    if zone.space is not Space.GROUND:
        msg = f"zone '{zone.name}': it is in pixels, so there is no density in 1/m2; calibrate the camera"
        raise MeasureError(msg)


class ZoneDensity:
    """Mean and peak density of a zone in metres, and its level of service.

    Args:
        zone: Measurement area.
        use: What people do there, for the level of service; None = no level of service.

    Raises:
        MeasureError: The zone is not in metres.
    """

    def __init__(self, zone: Zone, *, use: Use | None = None) -> None:
        require_metres(zone)
        self._zone = zone
        self._use = use
        self._mean = TimeMean()

    def observe(self, view: View) -> None:
        """Add one moment."""
        self._mean.add(view.count(self._zone) / self._zone.area, view.span_s)

    def readings(self, span: Span) -> list[Reading]:
        """Return mean and peak density, and the level of service."""
        found = self._mean.take()
        if found is None:
            return []
        name = self._zone.name
        made = [span.reading(name, Quantity.DENSITY, found[0]), span.reading(name, Quantity.PEAK_DENSITY, found[1])]
        if self._use is not None:
            made.append(span.reading(name, Quantity.LEVEL_OF_SERVICE, level_of_service(found[0], self._use)))
        return made
