"""How fast people walk in a zone: mean speed and percentiles."""

from __future__ import annotations

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.density import require_metres
from passerby.measure.measure import Span
from passerby.measure.place import Points, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View

PERCENTILES = {15: Quantity.SPEED_P15, 50: Quantity.SPEED_P50, 85: Quantity.SPEED_P85}


def individual_speed(before_m: Points, after_m: Points, *, span_s: float) -> Points:
    r"""Speed :math:`v_i = |x_i(t + \Delta t) - x_i(t - \Delta t)| / 2 \Delta t` of each person, m/s.

    Args:
        before_m: Shape (N, 2), positions at the start of the span.
        after_m: Shape (N, 2), positions of the same persons at its end.
        span_s: Length of the span, 2 Δt.

    Raises:
        MeasureError: The span has no length.

    Source: PedPy 1.5, compute_individual_speed. `motion` fits a straight line over ±1 s instead.

    >>> individual_speed(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]), span_s=2.0).tolist()
    [2.5]
    """
    if not span_s > 0:
        msg = f"speed over {span_s} s: no time was observed"
        raise MeasureError(msg)
    return np.asarray(np.linalg.norm(after_m - before_m, axis=1) / span_s)


def mean_speed(points_m: Points, speeds: Points, zone: Zone) -> float:
    r"""Mean speed :math:`v = \frac{1}{N} \sum v_i` of the people in a zone, m/s.

    A point on an edge belongs to one side, by the rule of `Zone`.

    Args:
        points_m: Shape (N, 2).
        speeds: Shape (N,), m/s.
        zone: Measurement area.

    Raises:
        MeasureError: No one is in the zone; then there is no speed, not a speed of zero.

    Source: PedPy 1.5, compute_mean_speed_per_frame, which gives 0 for an empty zone.

    >>> hall = Zone("hall", ((0, 0), (2, 0), (2, 1), (0, 1)))
    >>> mean_speed(np.array([[0.5, 0.5], [1, 0.5], [9, 9]]), np.array([1.0, 2.0, 7.0]), hall)
    1.5
    """
    inside = zone.holds(points_m)
    if not inside.any():
        msg = f"zone '{zone.name}': no one is in it, so there is no speed"
        raise MeasureError(msg)
    return float(speeds[inside].mean())


class ZoneSpeed:
    """Mean speed of a zone, and the 15th, 50th and 85th percentile of the speeds of all persons and moments.

    Percentiles of several spans cannot be combined: for a window, their mean is given. A point on an edge belongs
    to the side that `Zone` says; a person who has just come into view has no speed yet and is left out.

    Source: 85th percentile as in the Highway Capacity Manual; linear interpolation, as in NumPy's percentile.

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
        """Return the speeds; none if no one was in the zone."""
        speeds = np.linalg.norm(np.concatenate([np.empty((0, 2)), *self._velocities]), axis=1)
        self._velocities = []
        speeds = speeds[np.isfinite(speeds)]
        if not len(speeds):
            return []
        made = [span.reading(self._zone.name, Quantity.MEAN_SPEED, speeds.mean())]
        found = np.percentile(speeds, list(PERCENTILES))
        return made + [
            span.reading(self._zone.name, quantity, value)
            for quantity, value in zip(PERCENTILES.values(), found, strict=True)
        ]
