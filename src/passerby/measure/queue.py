"""How long a queue is, and how long one more would wait."""

from __future__ import annotations

from passerby.errors import MeasureError
from passerby.measure.dwell import Passages
from passerby.measure.measure import FOLLOWED_SHARE, Span
from passerby.measure.place import Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View

LEAST_SERVED = 5
"""Fewer departures than this say nothing about how fast a queue is served."""


def expected_wait(length: float, served_per_s: float) -> float:
    r"""Expected wait :math:`W_q = N / \mu` of one who joins now, s.

    Holds while the queue is served as fast as it lately was, in order of arrival. Who steps out of the zone was
    served, wherever they left it; a point on an edge belongs to the side that `Zone` says.

    Args:
        length: N, persons who wait.
        served_per_s: μ, persons who leave the queue each second.

    Raises:
        MeasureError: Nobody was served, so nobody knows.

    Source: Little (1961); Gross and Harris, Fundamentals of Queueing Theory.

    >>> expected_wait(12, 0.2)
    60.0
    """
    if not served_per_s > 0:
        msg = f"queue of {length} persons: nobody was served, so the wait is not known"
        raise MeasureError(msg)
    return length / served_per_s


class ZoneQueue:
    """Length and expected wait of a queue that stands in a zone.

    Everybody in the zone waits: draw it where people queue, not where they pass.

    Args:
        zone: Where the queue stands.
        period_s: Time over which it is seen how fast it is served.
    """

    def __init__(self, zone: Zone, *, period_s: float = 300.0) -> None:
        self._passages = Passages(zone, period_s=period_s)

    def observe(self, view: View) -> None:
        """Take one moment."""
        self._passages.observe(view)

    def readings(self, span: Span) -> list[Reading]:
        """Return the length, and the wait once it is known how fast the queue is served."""
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
