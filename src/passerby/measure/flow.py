"""Line crossings: counts by class and direction, flow, specific flow and counter-flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.errors import MeasureError
from passerby.measure.counter_flow import counter_flow_share
from passerby.measure.measure import Span, word
from passerby.measure.place import Line, Points, Space
from passerby.measure.reading import LOWER_BOUND, MOVING_REGIONS, Quantity, Reading
from passerby.measure.view import Steps, View
from passerby.vision.detections import Kind

IN_DOUBT = frozenset({Kind.CAR, Kind.BUS, Kind.TRUCK})
"""Classes of which moving regions and weak boxes show whether some were missed."""
ON_TWO_WHEELS = frozenset({Kind.BICYCLE, Kind.MOTORCYCLE})
"""Classes of which moving regions alone show that some may have been missed."""


@dataclass(frozen=True, slots=True)
class Crossings:
    """Steps that crossed a line.

    Args:
        times_s: Shape (K,), time of each crossing, interpolated along the step.
        inwards: Shape (K,), whether the crossing is to the line's left.
        kinds: Shape (K,).
        which: Shape (K,), index of the step.
    """

    times_s: Points
    inwards: NDArray[np.bool_]
    kinds: NDArray[np.int8]
    which: NDArray[np.intp]


def crossings(steps: Steps, line: Line) -> Crossings:
    """Find the steps that cross a line, in (to its left) or out (to its right).

    A step crosses when its ends lie on different sides and it meets the line between `a` and `b`. A point on
    the line belongs to the left, so that a walker who pauses there counts once; the line includes its end `a`
    but not `b`, so that two lines end to end never both count. No one is followed: a person who turns back is one
    crossing in and one out. A box that only trembles makes no step (`motion`), so nothing is counted twice.

    Args:
        steps: In the line's coordinates.
        line: Measurement line.

    Source: PedPy 1.5, compute_crossing_frames, which has no directions.

    >>> walk = Steps(np.array([[[1.0, -1.0], [1.0, 1.0]]]), np.array([[0.0, 2.0]]), np.zeros(1, np.int8))
    >>> found = crossings(walk, Line("door", (0, 0), (2, 0)))
    >>> found.times_s.tolist(), found.inwards.tolist()
    ([1.0], [True])
    """
    if not len(steps.kinds):
        return Crossings(np.empty(0), np.empty(0, np.bool_), steps.kinds, np.empty(0, np.intp))
    side = line.left(steps.ends)  # (M, 2)
    was_left, is_left = (side >= 0).T
    crossed = np.flatnonzero(was_left != is_left)
    if not len(crossed):
        return Crossings(np.empty(0), np.empty(0, np.bool_), steps.kinds[crossed], crossed)
    crossed = crossed[np.isfinite(side[crossed]).all(axis=1)]
    start, end = side[crossed].T
    share = start / (start - end)  # of the step, up to the line
    begin, finish = line.along(steps.ends[crossed]).T
    reach = begin + share * (finish - begin)
    hit = (reach >= 0) & (reach < 1)
    which, share = crossed[hit], share[hit]
    begun_s, ended_s = steps.times_s[which].T

    return Crossings(begun_s + share * (ended_s - begun_s), is_left[which], steps.kinds[which], which)


def flow(count: float, observed_s: float) -> float:
    r"""Flow :math:`J = N / T` over a line, 1/s.

    Raises:
        MeasureError: No time was observed.

    Source: Zhang and Seyfried (2012); PedPy 1.5, compute_flow, whose T runs from the first to the last crossing.

    >>> flow(30, 60.0)
    0.5
    """
    if not observed_s > 0:
        msg = f"flow of {count} crossings: no time was observed"
        raise MeasureError(msg)
    return count / observed_s


def specific_flow(flow_per_s: float, line: Line) -> float:
    r"""Specific flow :math:`J_s = J / b` over a line of width b, 1/(m s).

    Raises:
        MeasureError: The line is not in metres.

    Source: Zhang and Seyfried (2012).

    >>> specific_flow(3.0, Line("door", (0, 0), (2, 0)))
    1.5
    """
    if line.space is not Space.GROUND:
        msg = f"line '{line.name}': it is in pixels, so there is no flow per metre; calibrate the camera"
        raise MeasureError(msg)
    return flow_per_s / line.length


def doubted(view: View, lines: Iterable[str]) -> frozenset[Kind]:
    """Return the classes of which some crossed one of these lines uncounted, or may have, at a moment."""
    known = frozenset(lines)
    vehicles = frozenset() if view.missed.isdisjoint(known) else IN_DOUBT
    return vehicles | (frozenset() if view.missed_riders.isdisjoint(known) else ON_TWO_WHEELS)


class LineFlow:
    """Counts the crossings of a line in one span, and their flows.

    Moving regions that count (`loop_check`) are cars, and never wrong-way events: their direction is less certain than
    that of a vehicle that was found.

    A flow belongs to its own span. Over a longer window it is again `N / T`: the crossings of the window divided by
    its observed time.

    Args:
        line: Measurement line.
        kinds: What counts.
        one_way: Whether vehicles may cross inwards only; each vehicle that crosses outwards is a wrong-way event.
    """

    def __init__(self, line: Line, kinds: Collection[Kind] = (Kind.PERSON,), *, one_way: bool = False) -> None:
        self._line = line
        self._kinds = tuple(kinds)
        self._one_way = one_way
        self._counts: Counter[tuple[int, bool]] = Counter()
        self._regions: Counter[bool] = Counter()
        self._unsure: set[int] = set()

    def observe(self, view: View) -> None:
        """Count the crossings of one moment."""
        self._unsure |= view.unsure | doubted(view, [self._line.name])
        found = crossings(view.steps(self._line.space, self._kinds), self._line)
        self._counts.update(zip(found.kinds.tolist(), found.inwards.tolist(), strict=True))
        self._regions.update(inwards for name, inwards in view.passed if name == self._line.name)
        for name, kind, inwards in view.turned:
            if name == self._line.name and kind in self._kinds:
                self._counts[kind, inwards] -= 1
                self._counts[kind, not inwards] += 1

    def readings(self, span: Span) -> list[Reading]:
        """Return counts by class, flows of persons, and wrong-way events."""
        counts, regions, unsure = self._counts, self._regions, self._unsure
        self._counts, self._regions, self._unsure = Counter(), Counter(), set()
        name, made = self._line.name, []

        for kind in self._kinds:
            for inwards, quantity in ((True, Quantity.CROSSINGS_IN), (False, Quantity.CROSSINGS_OUT)):
                added = regions[inwards] if kind is Kind.CAR else 0
                estimator = LOWER_BOUND if kind in unsure else MOVING_REGIONS if added else ""
                count = counts[kind, inwards] + added
                made.append(span.reading(name, quantity, count, kind=word(kind), estimator=estimator))
            if self._one_way and kind not in unsure and kind is not Kind.PERSON and counts[kind, False]:
                made.append(span.reading(name, Quantity.WRONG_WAY, counts[kind, False], kind=word(kind)))

        if Kind.PERSON in self._kinds:
            made += self._flows(span, counts[Kind.PERSON, True], counts[Kind.PERSON, False])

        return made

    def _flows(self, span: Span, inwards: int, outwards: int) -> list[Reading]:
        per_s = flow(inwards + outwards, span.observed_s)
        made = [
            span.reading(self._line.name, Quantity.FLOW, per_s),
            span.reading(self._line.name, Quantity.COUNTER_FLOW_SHARE, counter_flow_share(inwards, outwards)),
        ]
        if self._line.space is Space.GROUND:
            made.append(span.reading(self._line.name, Quantity.SPECIFIC_FLOW, specific_flow(per_s, self._line)))
        return made
