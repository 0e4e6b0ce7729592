"""Vehicles and bicycles: turning counts, headway and vehicles that stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.flow import crossings
from passerby.measure.measure import Span, word
from passerby.measure.place import Line, Points, Zone
from passerby.measure.reading import Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind

VEHICLES = (Kind.BICYCLE, Kind.MOTORCYCLE, Kind.CAR, Kind.BUS, Kind.TRUCK)
TOUCHING_S = 0.01
"""Two moments that lie further apart than the later one reaches back have a gap between them."""
GONE_S = 3.0
"""A stopped vehicle that is out of sight for this long has left."""


def mean_headway(times_s: Points) -> float:
    r"""Mean headway :math:`h = (t_n - t_1) / (n - 1)` of vehicles that pass a line one after another, s.

    Args:
        times_s: Shape (n,), when they passed, in any order.

    Raises:
        MeasureError: Fewer than two passed.

    Source: Highway Capacity Manual, time headway.

    >>> mean_headway(np.array([0.0, 2.0, 6.0]))
    3.0
    """
    if len(times_s) < 2:
        msg = f"headway of {len(times_s)} vehicle: it takes two"
        raise MeasureError(msg)
    return float((times_s.max() - times_s.min()) / (len(times_s) - 1))


class LineHeadway:
    """Mean headway of the vehicles that pass a line, each direction for itself.

    A span says something of the gaps that end in it. Over a gap in observation there is no headway. When a vehicle is
    on the line is told as for crossings.

    Args:
        line: Measurement line across the lane.
        kinds: What counts as a vehicle.
    """

    def __init__(self, line: Line, kinds: Collection[Kind] = VEHICLES) -> None:
        self._line, self._kinds = line, tuple(kinds)
        self._last: dict[bool, float] = {}
        self._seen_s = float("-inf")
        self._gaps: list[float] = []

    def observe(self, view: View) -> None:
        """Take one moment."""
        if not view.span_s or view.time_s - view.span_s > self._seen_s + TOUCHING_S:
            self._last = {}
        self._seen_s = view.time_s
        found = crossings(view.steps(self._line.space, self._kinds), self._line)
        for time_s, inwards in sorted(zip(found.times_s.tolist(), found.inwards.tolist(), strict=True)):
            if inwards in self._last:
                self._gaps.append(max(0.0, time_s - self._last[inwards]))
            self._last[inwards] = time_s

    def readings(self, span: Span) -> list[Reading]:
        """Return the mean of the gaps that ended in the span."""
        gaps, self._gaps = self._gaps, []
        return [span.reading(self._line.name, Quantity.HEADWAY, float(np.mean(gaps)))] if gaps else []


class Turns:
    """Turning counts between lines of one view; who turned is not known, `motion` tells only from where to where.

    A turn is a crossing of one line after that of another, either way; edges as for crossings. What was out of
    sight between the lines for longer than `motion` bridges made no turn.

    Source: Highway Capacity Manual, turning movement count.

    Args:
        gates: The lines, in the order in which `motion` was given them.
        kinds: What counts.
    """

    def __init__(self, gates: Collection[Line], kinds: Collection[Kind] = VEHICLES) -> None:
        self._names = [line.name for line in gates]
        self._kinds = frozenset(kinds)
        self._counts: Counter[tuple[int, int, int]] = Counter()

    def observe(self, view: View) -> None:
        """Take one moment."""
        self._counts.update(turn for turn in view.turns if turn[2] in self._kinds)

    def readings(self, span: Span) -> list[Reading]:
        """Return one reading for each movement that happened, its place named "from > to"."""
        counts, self._counts = self._counts, Counter()
        return [
            span.reading(f"{self._names[first]} > {self._names[last]}", Quantity.TURNS, count, kind=word(kind))
            for (first, last, kind), count in sorted(counts.items())
        ]


@dataclass(slots=True)
class _Stop:
    """A spot at which a vehicle stands: where, since when, when last seen, and whether it was told of."""

    spot: Points
    since_s: float
    seen_s: float
    told: bool = False


class StoppedVehicles:
    """Tells when a vehicle has stood in a zone for too long, once for each stop.

    A stop is a spot, not a vehicle: what stands there next is the same stop until the spot was empty for
    `GONE_S`. A point on an edge belongs to the side that `Zone` says.

    Source: our own definition: a foot point no faster than `still`, no farther from the spot than `spot`.

    Args:
        zone: Measurement area.
        after_s: How long is too long.
        still: Speed up to which a vehicle stands, m/s or px/s.
        spot: Two vehicles nearer than this are at one spot, m or px.
        kinds: What counts as a vehicle.
    """

    def __init__(
        self, zone: Zone, *, after_s: float, still: float, spot: float, kinds: Collection[Kind] = VEHICLES
    ) -> None:
        self._zone, self._after_s, self._still, self._spot = zone, after_s, still, spot
        self._kinds = tuple(kinds)
        self._stops: list[_Stop] = []
        self._events = 0

    def observe(self, view: View) -> None:
        """Take one moment."""
        points = view.points(self._zone.space)
        standing = view.inside(self._zone, self._kinds)
        standing &= np.linalg.norm(view.velocities, axis=1) <= self._still
        self._stops = [stop for stop in self._stops if view.time_s - stop.seen_s <= GONE_S]
        for spot in points[standing]:
            near = [stop for stop in self._stops if np.linalg.norm(stop.spot - spot) <= self._spot]
            if near:
                near[0].seen_s = view.time_s
            else:
                self._stops.append(_Stop(spot, view.time_s, view.time_s))
        for stop in self._stops:
            if not stop.told and stop.seen_s - stop.since_s >= self._after_s:
                stop.told = True
                self._events += 1

    def readings(self, span: Span) -> list[Reading]:
        """Return an event if vehicles stopped."""
        events, self._events = self._events, 0
        return [span.reading(self._zone.name, Quantity.STOPPED_VEHICLE, events)] if events else []
