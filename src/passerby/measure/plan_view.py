"""Places of a calibrated camera on a floor plan."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin
from typing import Final

import numpy as np

from passerby.measure.ground import Ground
from passerby.measure.place import Line, Point, Points, Space, Zone
from passerby.measure.plan import ScenePlan

_BETWEEN: Final = 8
"""Points per edge: a straight edge in the picture of a bending lens is none on the plan."""


@dataclass(frozen=True, slots=True)
class PlanScale:
    """How metres lie on the picture of a plan.

    Args:
        m_per_px: Metres per pixel.
        origin_px: Where 0, 0 m lies.
        turn_deg: Direction of the x axis, counter-clockwise from the picture's right, degrees.
    """

    m_per_px: float
    origin_px: Point
    turn_deg: float = 0.0

    def to_picture(self, points_m: Points) -> Points:
        """Return positions on the picture, shape (N, 2), px; y points down there.

        >>> PlanScale(0.5, (10.0, 20.0)).to_picture(np.array([[1.0, 2.0]])).tolist()
        [[12.0, 16.0]]
        """
        turn = radians(self.turn_deg)
        turned = points_m @ np.array([[cos(turn), -sin(turn)], [-sin(turn), -cos(turn)]])
        return np.asarray(np.array(self.origin_px) + turned / self.m_per_px)


@dataclass(frozen=True, slots=True)
class OnPlan:
    """A place on a plan.

    Args:
        name: Its name.
        points_px: Shape (N, 2), on the plan's picture.
        closed: Whether it is a zone.
        into: Unit vector towards what counts as in, for a line; (0, 0) for a zone.
    """

    name: str
    points_px: Points
    closed: bool
    into: Point = (0.0, 0.0)


def places_on_plan(plan: ScenePlan, scale: PlanScale) -> list[OnPlan]:
    """Return the places of a camera that lie on the ground as a whole; those beyond the horizon are left out."""
    if plan.ground is None:
        return []
    lines = (_line(each.line, plan.ground, scale) for each in plan.lines)
    zones = (_zone(each.zone, plan.ground, scale) for each in plan.zones)
    return [each for each in (*lines, *zones) if np.isfinite(each.points_px).all()]


def _line(line: Line, ground: Ground, scale: PlanScale) -> OnPlan:
    middle = (np.array(line.a) + np.array(line.b)) / 2
    beside = middle + np.array(line.normal) * line.length / 100
    way = np.diff(_placed(np.array([middle, beside]), line.space, ground, scale), axis=0)[0]
    x, y = (way / (np.hypot(*way) or 1.0)).tolist()
    return OnPlan(line.name, _placed(_dense((line.a, line.b)), line.space, ground, scale), closed=False, into=(x, y))


def _zone(zone: Zone, ground: Ground, scale: PlanScale) -> OnPlan:
    ring = _dense((*zone.outline, zone.outline[0]))[:-1]
    return OnPlan(zone.name, _placed(ring, zone.space, ground, scale), closed=True)


def _placed(points: Points, space: Space, ground: Ground, scale: PlanScale) -> Points:
    return scale.to_picture(points if space is Space.GROUND else ground.to_ground(points))


def _dense(corners: tuple[Point, ...]) -> Points:
    """Return a path through corners, with points between them."""
    share = np.arange(_BETWEEN)[:, None] / _BETWEEN
    way = [np.array(one) + share * (np.array(other) - np.array(one)) for one, other in pairwise(corners)]
    return np.concatenate([*way, np.array([corners[-1]])])
