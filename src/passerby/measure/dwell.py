"""How long people stay in a zone: mean dwell by Little's law, without following anybody."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.measure import FOLLOWED_SHARE, Span
from passerby.measure.occupancy import TimeMean
from passerby.measure.place import Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind

LEAST_PASSED = 20
"""Fewer arrivals than this make a rate that is mostly chance (20 arrivals: ±22 %)."""
MOST_DRIFT = 0.2
"""Arrivals and departures of a period in balance differ by at most this share."""


def mean_dwell(mean_occupancy: float, arrivals_per_s: float) -> float:
    r"""Mean dwell :math:`W = L / \lambda` in a zone by Little's law, s.

    Holds for any order of service and any distribution, over a period in which as many leave as arrive, and in
    which many arrive: who asks must check both, as `ZoneDwell` does. Who steps from outside to inside arrives; a
    point on an edge belongs to the side that `Zone` says.

    Args:
        mean_occupancy: L, mean number in the zone, persons.
        arrivals_per_s: λ, arrivals per second.

    Raises:
        MeasureError: Nobody arrived.

    Source: Little (1961), A proof for the queuing formula L = λW.

    >>> mean_dwell(6.0, 0.1)
    60.0
    """
    if not arrivals_per_s > 0:
        msg = f"mean dwell of {mean_occupancy} persons: nobody arrived"
        raise MeasureError(msg)
    return mean_occupancy / arrivals_per_s


@dataclass(frozen=True, slots=True)
class Passage:
    """What happened in a zone in one span.

    Args:
        span: When.
        present: Mean number inside.
        arrived: How many came in.
        departed: How many left.
    """

    span: Span
    present: float
    arrived: int
    departed: int


class Passages:
    """Who came into a zone and who left it, over a sliding period; for dwell and queues.

    Arrivals are steps that begin outside and end inside. Who appears inside (through a door in the zone) is
    not among them; then arrivals and departures are out of balance, and dwell says nothing.

    Args:
        zone: Measurement area.
        period_s: Length of the period.
    """

    def __init__(self, zone: Zone, *, period_s: float) -> None:
        self.zone = zone
        self._period_s = period_s
        self._mean = TimeMean()
        self._arrived = self._departed = 0
        self._past: deque[Passage] = deque()

    def observe(self, view: View) -> None:
        """Take one moment."""
        self._mean.add(view.count(self.zone), view.span_s)
        ends = view.steps(self.zone.space, (Kind.PERSON,)).ends
        if len(ends):
            was, now = self.zone.holds(ends).reshape(-1, 2).T
            self._arrived += int(np.count_nonzero(now & ~was))
            self._departed += int(np.count_nonzero(was & ~now))

    def end(self, span: Span) -> list[Passage]:
        """Close a span and return those of the period."""
        found = self._mean.take()
        if found is not None:
            self._past.append(Passage(span, found[0], self._arrived, self._departed))
        self._arrived = self._departed = 0
        while self._past and self._past[0].span.end_s <= span.end_s - self._period_s:
            self._past.popleft()
        return list(self._past)


class ZoneDwell:
    """Mean dwell of a zone by Little's law, given only while its conditions hold.

    Args:
        zone: Measurement area.
        period_s: Period over which arrivals and presence are taken; several times the dwell.
    """

    def __init__(self, zone: Zone, *, period_s: float = 600.0) -> None:
        self._passages = Passages(zone, period_s=period_s)

    def observe(self, view: View) -> None:
        """Take one moment."""
        self._passages.observe(view)

    def readings(self, span: Span) -> list[Reading]:
        """Return the mean dwell; nothing while it is not known."""
        past = self._passages.end(span)
        observed_s = sum(each.span.observed_s for each in past)
        arrived, departed = sum(each.arrived for each in past), sum(each.departed for each in past)
        if min(arrived, departed) < LEAST_PASSED or abs(arrived - departed) > MOST_DRIFT * max(arrived, departed):
            return []
        if sum(each.span.followed for each in past) < FOLLOWED_SHARE * observed_s:
            return []
        present = float(np.average([each.present for each in past], weights=[each.span.observed_s for each in past]))
        rate = (arrived + departed) / 2 / observed_s
        value = mean_dwell(present, rate)
        if value > observed_s / 2:  # the period is too short to have seen whole stays
            return []
        return [span.reading(self._passages.zone.name, Quantity.MEAN_DWELL, value, estimator="little law")]
