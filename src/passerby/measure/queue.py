"""How long a queue is, and how long a person who joins it would wait."""

from __future__ import annotations

from passerby.errors import MeasureError
from passerby.measure.dwell import Passages
from passerby.measure.measure import FOLLOWED_SHARE, Span
from passerby.measure.place import Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View

LEAST_SERVED = 5
"""With fewer departures than this, the service rate of a queue is not known."""


def expected_wait(length: float, served_per_s: float) -> float:
    r"""Expected wait :math:`W_q = N / \mu` of a person who joins now, s.

    Holds while the queue is served in order of arrival and as fast as recently. A person who steps out of the zone
    counts as served, wherever they leave it; a point on an edge belongs to one side, by the rule of `Zone`.

    Args:
        length: N, waiting persons.
        served_per_s: μ, persons who leave the queue each second.

    Raises:
        MeasureError: No one was served, so the wait is not known.

    Source: Little (1961); Gross and Harris, Fundamentals of Queueing Theory.

    >>> expected_wait(12, 0.2)
    60.0
    """
    if not served_per_s > 0:
        msg = f"queue of {length} persons: no one was served, so the wait is not known"
        raise MeasureError(msg)
    return length / served_per_s


class ZoneQueue:
    """Length and expected wait of a queue that stands in a zone.

    Everyone in the zone counts as waiting: draw it where people queue, not where they walk past.

    Args:
        zone: Where the queue stands.
        period_s: Period over which the service rate is measured.
    """

    def __init__(self, zone: Zone, *, period_s: float = 300.0) -> None:
        self._passages = Passages(zone, period_s=period_s)

    def observe(self, view: View) -> None:
        """Add one moment."""
        self._passages.observe(view)

    def readings(self, span: Span) -> list[Reading]:
        """Return the length, and the wait once the service rate is known."""
        past = self._passages.end(span)
        if not past or past[-1].span is not span:
            return []
        name, length = self._passages.zone.name, past[-1].present
        made = [span.reading(name, Quantity.QUEUE_LENGTH, length)]
        served = sum(each.departed for each in past)
        observed_s = sum(each.span.observed_s for each in past)
        followed = sum(each.span.followed for each in past) >= FOLLOWED_SHARE * observed_s
        if served >= LEAST_SERVED and followed:
            wait = expected_wait(length, served / observed_s)
            made.append(span.reading(name, Quantity.QUEUE_WAIT, wait))
        return made
