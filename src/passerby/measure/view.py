"""What measures see: where people stand and how they moved, without a thread from one moment to the next."""

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
    """Moves between two moments; which belong to the same person is not known.

    Args:
        ends: Shape (M, 2, 2), start and end of each step, m or px.
        times_s: Shape (M, 2), when.
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
        """Return the steps of these kinds."""
        keep = among(self.kinds, kinds)
        return Steps(self.ends[keep], self.times_s[keep], self.kinds[keep])


def among(kinds: NDArray[np.int8], wanted: Kinds) -> NDArray[np.bool_]:
    """Return which bodies are of one of the kinds, shape (N,)."""
    return _table(wanted)[kinds]


@cache
def _table(wanted: Kinds) -> NDArray[np.bool_]:
    return np.array([kind in wanted for kind in Kind])  # a look-up: np.isin costs ten times more on so few


@dataclass(frozen=True, slots=True)
class View:
    """One moment before one camera.

    Args:
        time_s: When, s.
        span_s: How long it stands for: since the moment before, s; 0 for the first and after a gap.
        points_px: Shape (N, 2), foot points in the picture.
        points_m: The same on the ground, NaN above the horizon; None without a calibration.
        velocities: Shape (N, 2), m/s on the ground, else px/s.
        kinds: Shape (N,), values of `vision.detections.Kind`.
        steps_px: Moves that ended at this moment, in the picture.
        steps_m: The same on the ground; None without a calibration.
        followed: Whether looks were near enough to follow who moves; else these are boxes of a single look.
        unsure: Whether vehicles could be taken for each other or are missed: fewer are seen than there are.
        missed: Names of lines that vehicles crossed lately which were not counted.
        turns: For each body that passed a second gate: the first gate, this one (by number), and its kind.
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
    unsure: bool = False
    missed: frozenset[str] = frozenset()
    _held: dict[tuple[Zone, Kinds], NDArray[np.bool_]] = field(default_factory=dict, compare=False, repr=False)
    _moves: dict[tuple[Space, Kinds], Steps] = field(default_factory=dict, compare=False, repr=False)

    def points(self, space: Space) -> Points:
        """Return foot points in m or px; none where there is no calibration."""
        if space is Space.PICTURE:
            return self.points_px
        return np.full_like(self.points_px, np.nan) if self.points_m is None else self.points_m

    def inside(self, zone: Zone, kinds: Kinds = (Kind.PERSON,)) -> NDArray[np.bool_]:
        """Return who is in a zone and of one of the kinds, shape (N,); several measures ask for the same zone."""
        if (zone, kinds) not in self._held:
            self._held[zone, kinds] = zone.holds(self.points(zone.space)) & among(self.kinds, kinds)
        return self._held[zone, kinds]

    def count(self, zone: Zone, kinds: Kinds = (Kind.PERSON,)) -> int:
        """Return how many are in a zone and of one of the kinds."""
        return int(np.count_nonzero(self.inside(zone, kinds)))

    def steps(self, space: Space, kinds: Kinds) -> Steps:
        """Return the moves of some kinds in m or px; none where there is no calibration."""
        if (space, kinds) not in self._moves:
            made = self.steps_px if space is Space.PICTURE else self.steps_m
            self._moves[space, kinds] = Steps.none() if made is None else made.of(kinds)
        return self._moves[space, kinds]
