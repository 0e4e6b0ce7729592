"""Crowd pressure: how turbulent the motion of a crowd is."""

from __future__ import annotations

import numpy as np

from passerby.measure.density import require_metres
from passerby.measure.measure import Span
from passerby.measure.place import Points, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View


def crowd_pressure(density_per_m2: float, velocities: Points) -> float:
    r"""Crowd pressure :math:`P = \rho \operatorname{Var}(\vec v)`, 1/s².

    The variance of a vector is the sum of the variances of its components:
    :math:`\operatorname{Var}(\vec v) = \langle |\vec v - \langle \vec v \rangle|^2 \rangle`. It is not a
    physical pressure. 0.02 per s² is quoted as the onset of turbulence: this is a guideline, not a certification. A
    point on an edge of the zone belongs to one side, by the rule of `Zone`.

    Args:
        density_per_m2: Density of the zone.
        velocities: Shape (N, 2), of the people in it, m/s; with fewer than two the result is 0.

    Source: Helbing, Johansson and Al-Abideen (2007), Dynamics of crowd disasters, with their local average
    taken over the zone.

    >>> crowd_pressure(2.0, np.array([[1.0, 0.0], [-1.0, 0.0]]))
    2.0
    """
    if len(velocities) < 2:
        return 0.0
    return float(density_per_m2 * ((velocities - velocities.mean(axis=0)) ** 2).sum(axis=1).mean())


class ZonePressure:
    """Crowd pressure of a zone, over all persons and moments of a span.

    Args:
        zone: Measurement area in metres.

    Raises:
        MeasureError: The zone is not in metres.
    """

    def __init__(self, zone: Zone) -> None:
        require_metres(zone)
        self._zone = zone
        self._velocities: list[Points] = []

    def observe(self, view: View) -> None:
        """Add one moment."""
        self._velocities.append(view.velocities[view.inside(self._zone)])

    def readings(self, span: Span) -> list[Reading]:
        """Return the pressure."""
        moments = self._velocities
        self._velocities = []
        if not moments:
            return []
        together = np.concatenate(moments)
        together = together[np.isfinite(together).all(axis=1)]
        density = len(together) / len(moments) / self._zone.area
        return [span.reading(self._zone.name, Quantity.CROWD_PRESSURE, crowd_pressure(density, together))]
