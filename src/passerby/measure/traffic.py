"""Vehicles and bicycles: turning counts, headway and vehicles that stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.flow import crossings, doubted
from passerby.measure.measure import Span, word
from passerby.measure.place import Line, Points, Zone
from passerby.measure.reading import LOWER_BOUND, Quantity, Reading
from passerby.measure.view import View
from passerby.vision.detections import Kind

VEHICLES = (Kind.BICYCLE, Kind.MOTORCYCLE, Kind.CAR, Kind.BUS, Kind.TRUCK)
TOUCHING_S = 0.01
"""There is a gap between two moments if they are farther apart than the span of the later one, plus this."""
GONE_S = 3.0
"""A stopped vehicle that is not seen for longer than this has left."""


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
        msg = f"headway of {len(times_s)} vehicles: at least two are needed"
        raise MeasureError(msg)
    return float((times_s.max() - times_s.min()) / (len(times_s) - 1))


class LineHeadway:
    """Mean headway of the vehicles that pass a line, separately for each direction.

    A span counts the headways that end in it. There is no headway across a gap in observation, nor while vehicles are
    missed or mistaken for each other. The time at which a
    vehicle is on the line is that of its crossing.

    Args:
        line: Measurement line across the lane.
        kinds: Classes that count as vehicles.
    """

    def __init__(self, line: Line, kinds: Collection[Kind] = VEHICLES) -> None:
        self._line = line
        self._kinds = tuple(kinds)
        self._last: dict[bool, float] = {}
        self._seen_s = float("-inf")
        self._gaps: list[float] = []

    def observe(self, view: View) -> None:
        """Add one moment."""
        gap = not view.span_s or view.time_s - view.span_s > self._seen_s + TOUCHING_S
        if gap or view.unsure or doubted(view, [self._line.name]):
            self._last = {}
        self._seen_s = view.time_s
        found = crossings(view.steps(self._line.space, self._kinds), self._line)
        for time_s, inwards in sorted(zip(found.times_s.tolist(), found.inwards.tolist(), strict=True)):
            if inwards in self._last:
                self._gaps.append(max(0.0, time_s - self._last[inwards]))
            self._last[inwards] = time_s

    def readings(self, span: Span) -> list[Reading]:
        """Return the mean of the headways that ended in the span."""
        gaps = self._gaps
        self._gaps = []
        return [span.reading(self._line.name, Quantity.HEADWAY, float(np.mean(gaps)))] if gaps else []


class Turns:
    """Turning counts between lines in one view; `motion` reports only from which line to which, not who turned.

    A turn is a crossing of one line after that of another, in either direction; edges are treated as for crossings. A
    vehicle that was out of sight between the lines for longer than `motion` bridges is not counted.

    Source: Highway Capacity Manual, turning movement count.

    Args:
        gates: The lines, in the same order as in `motion`.
        kinds: Classes that count.
    """

    def __init__(self, gates: Collection[Line], kinds: Collection[Kind] = VEHICLES) -> None:
        self._names = [line.name for line in gates]
        self._kinds = frozenset(kinds)
        self._counts: Counter[tuple[int, int, int]] = Counter()
        self._unsure: set[int] = set()

    def observe(self, view: View) -> None:
        """Add one moment."""
        self._unsure |= view.unsure | doubted(view, self._names)
        self._counts.update(turn for turn in view.turns if turn[2] in self._kinds)

    def readings(self, span: Span) -> list[Reading]:
        """Return one reading for each movement that occurred; its place is named "from > to"."""
        counts, unsure = self._counts, self._unsure
        self._counts, self._unsure = Counter(), set()
        made = []
        for (first, last, kind), count in sorted(counts.items()):
            estimator = LOWER_BOUND if kind in unsure else ""
            place = f"{self._names[first]} > {self._names[last]}"
            made.append(span.reading(place, Quantity.TURNS, count, kind=word(kind), estimator=estimator))
        return made


@dataclass(slots=True)
class _Stop:
    """A spot at which a vehicle stands: where, since when, when last seen, and whether it was reported."""

    spot: Points
    since_s: float
    seen_s: float
    counted: bool = False


class StoppedVehicles:
    """Reports when a vehicle has stood in a zone for too long, once for each stop.

    A stop is a spot, not a vehicle: the next vehicle there is the same stop, unless the spot was empty for
    `GONE_S` before. A point on an edge belongs to one side, by the rule of `Zone`.

    Source: our own definition: a foot point that is no faster than `still` and no farther from the spot than `spot`.

    Args:
        zone: Measurement area.
        after_s: How long is too long.
        still: Speed up to which a vehicle counts as standing, m/s or px/s.
        spot: Two vehicles closer together than this are at the same spot, m or px.
        kinds: Classes that count as vehicles.
    """

    def __init__(
        self, zone: Zone, *, after_s: float, still: float, spot: float, kinds: Collection[Kind] = VEHICLES
    ) -> None:
        self._zone = zone
        self._after_s = after_s
        self._still = still
        self._spot = spot
        self._kinds = tuple(kinds)
        self._stops: list[_Stop] = []
        self._events = 0

    def observe(self, view: View) -> None:
        """Add one moment."""
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
            if not stop.counted and stop.seen_s - stop.since_s >= self._after_s:
                stop.counted = True
                self._events += 1

    def readings(self, span: Span) -> list[Reading]:
        """Return an event if vehicles stopped."""
        events = self._events
        self._events = 0
        return [span.reading(self._zone.name, Quantity.STOPPED_VEHICLE, events)] if events else []
