"""What measures get: where people stand and how they moved, with no link from one moment to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from passerby.measure.place import Space, Zone
from passerby.vision.detections import Kind

Points = NDArray[np.float64]
Kinds = tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Moves between two moments; it is not known which of them belong to the same person.

    Args:
        ends: Shape (M, 2, 2), start and end of each step, m or px.
        times_s: Shape (M, 2), times of both ends, s.
        kinds: Shape (M,), values of `vision.detections.Kind`.
    """

    ends: Points
    times_s: Points
    kinds: NDArray[np.int8]

    @classmethod
    def none(cls) -> Steps:
        """Return no steps."""
        return cls(np.empty((0, 2, 2)), np.empty((0, 2)), np.empty(0, np.int8))

    def of(self, kinds: Kinds) -> Steps:
        """Return the steps of these classes."""
        keep = among(self.kinds, kinds)
        return Steps(self.ends[keep], self.times_s[keep], self.kinds[keep])


def among(kinds: NDArray[np.int8], wanted: Kinds) -> NDArray[np.bool_]:
    """Return which of some detections have one of the classes, shape (N,)."""
    return _table(wanted)[kinds]


@cache
def _table(wanted: Kinds) -> NDArray[np.bool_]:
    return np.array([kind in wanted for kind in Kind])  # a lookup table: np.isin takes ten times longer for so few


@dataclass(frozen=True, slots=True)
class View:
    """One moment of one camera.

    Args:
        time_s: Time, s.
        span_s: How long it counts for: since the moment before, s; 0 for the first and after a gap.
        points_px: Shape (N, 2), foot points in the picture.
        points_m: The same points on the ground, NaN above the horizon; None without a calibration.
        velocities: Shape (N, 2), m/s with a calibration, otherwise px/s.
        kinds: Shape (N,), values of `vision.detections.Kind`.
        steps_px: Moves that ended at this moment, in the picture.
        steps_m: The same on the ground; None without a calibration.
        followed: Whether passes were close enough to follow anyone who moves; if not, these are boxes of a single pass.
        unsure: Classes of vehicles that may have been mistaken for each other, so that fewer are seen than there are.
        missed: Names of lines that uncounted vehicles crossed recently.
        missed_riders: Names of lines that something uncounted crossed recently that may be a bicycle or motorcycle.
        passed: For each moving region that passed a line and counts as a vehicle: the line, and whether inwards.
        turned: For each crossing of this moment whose moving region went the other way: the line, the class, and
            whether the crossing is inwards.
        turns: For each vehicle or person that passed a second gate: the first gate, this one (numbers), and the class.
    """

    time_s: float
    span_s: float
    points_px: Points
    points_m: Points | None
    velocities: Points
    kinds: NDArray[np.int8]
    steps_px: Steps
    steps_m: Steps | None = None
    turns: tuple[tuple[int, int, int], ...] = ()
    followed: bool = True
    unsure: frozenset[int] = frozenset()
    missed: frozenset[str] = frozenset()
    missed_riders: frozenset[str] = frozenset()
    passed: tuple[tuple[str, bool], ...] = ()
    turned: tuple[tuple[str, int, bool], ...] = ()
    _held: dict[tuple[Zone, Kinds], NDArray[np.bool_]] = field(default_factory=dict, compare=False, repr=False)
    _moves: dict[tuple[Space, Kinds], Steps] = field(default_factory=dict, compare=False, repr=False)

    def points(self, space: Space) -> Points:
        """Return foot points in m or px; NaN in metres without a calibration."""
        if space is Space.PICTURE:
            return self.points_px
        return np.full_like(self.points_px, np.nan) if self.points_m is None else self.points_m

    def inside(self, zone: Zone, kinds: Kinds = (Kind.PERSON,)) -> NDArray[np.bool_]:
        """Return which detections of some classes are in a zone, shape (N,); cached for several measures."""
        if (zone, kinds) not in self._held:
            self._held[zone, kinds] = zone.holds(self.points(zone.space)) & among(self.kinds, kinds)
        return self._held[zone, kinds]

    def count(self, zone: Zone, kinds: Kinds = (Kind.PERSON,)) -> int:
        """Return how many detections of some classes are in a zone."""
        return int(np.count_nonzero(self.inside(zone, kinds)))

    def steps(self, space: Space, kinds: Kinds) -> Steps:
        """Return the moves of some classes in m or px; none in metres without a calibration."""
        if (space, kinds) not in self._moves:
            made = self.steps_px if space is Space.PICTURE else self.steps_m
            self._moves[space, kinds] = Steps.none() if made is None else made.of(kinds)
        return self._moves[space, kinds]
