"""Where the places of a plan lie in the camera's picture, and what can be measured there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.flow import ON_TWO_WHEELS
from passerby.measure.ground import require_seen
from passerby.measure.loop_check import LoopLine
from passerby.measure.place import Line, Points, Space, Zone
from passerby.measure.plan import LinePlan, ScenePlan


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a place appears in the camera's picture.

    Args:
        name: Name of the place.
        points_px: Shape (N, 2).
        closed: Whether it is a zone.
        into: What lies to the left of a line.
        out_of: What lies to its right.
        holes_px: Holes of a zone, each of shape (N, 2).
    """

    name: str
    points_px: Points
    closed: bool
    into: str = ""
    out_of: str = ""
    holes_px: tuple[Points, ...] = ()


class Placement:
    """The places of a plan in pictures of one size.

    Args:
        plan: The places.
        camera_px: Width and height of the camera's picture.

    Raises:
        MeasureError: The plan was drawn on a picture of other proportions, or for another ground.
    """

    def __init__(self, plan: ScenePlan, camera_px: tuple[int, int]) -> None:
        self._plan = plan
        self.size_px = plan.size_px or camera_px
        """Width and height of the picture that the places are drawn on."""
        self.scale = _scale(camera_px, self.size_px)
        """Factor from the camera's picture to that one."""
        if plan.ground is not None:
            require_seen(plan.ground.seen_px, self.size_px)

    def require_seen(self, line: Line) -> None:
        """Refuse a line outside the picture.

        Raises:
            MeasureError: It lies outside, or is in metres without a calibration.
        """
        ends = self._in_picture(np.array([line.a, line.b]), line.space, name=f"line '{line.name}'")
        along = ends[0] + np.linspace(0, 1, 50)[:, None] * (ends[1] - ends[0])
        if not self._within(along).any():
            msg = f"line '{line.name}': it lies outside the picture; draw it where people can be seen"
            raise MeasureError(msg)

    def drawn(self) -> list[Drawn]:
        """Return how the places appear in the camera's picture; a line has a tick to its left."""
        made = []
        for line in (each.line for each in self._plan.lines):
            a, b, middle = np.array(line.a), np.array(line.b), (np.array(line.a) + np.array(line.b)) / 2
            tick = middle + np.array(line.normal) * line.length / 8
            corners = np.array([a, middle, tick, middle, b])
            made.append(
                Drawn(line.name, self._shown(corners, line.space), closed=False, into=line.into, out_of=line.out_of)
            )
        for zone in (each.zone for each in self._plan.zones):
            outline, *holes = (
                self._shown(np.array([*ring, ring[0]]), zone.space) for ring in (zone.outline, *zone.holes)
            )
            made.append(Drawn(zone.name, outline, closed=True, holes_px=tuple(holes)))
        return made

    def _shown(self, corners: Points, space: Space) -> Points:
        """Return a path through corners in the camera's picture, with the lens distortion."""
        share = np.linspace(0, 1, 20)[:, None]
        way = np.concatenate([start + share * (end - start) for start, end in pairwise(corners)])
        points = self._in_picture(way, space, name="a place") / self.scale
        return points[np.isfinite(points).all(axis=1)]

    def loop(self, each: LinePlan) -> LoopLine | None:
        """Return where a line lies in the picture; None if one of its ends cannot be seen in it."""
        line = each.line
        ends = np.array([line.a, line.b])
        beside = ends.mean(axis=0) + np.array(line.normal) * line.length / 100
        (a, b), (middle, left) = (
            self._in_picture(points, line.space, name=f"line '{line.name}'")
            for points in (ends, np.array([ends.mean(axis=0), beside]))
        )
        way = left - middle
        if not (np.isfinite([a, b, way]).all() and np.hypot(*(b - a)) > 0):
            return None
        across = np.array([-(b - a)[1], (b - a)[0]]) / np.hypot(*(b - a))
        in_picture = Line(line.name, (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), Space.PICTURE)
        left_px = across if across @ way > 0 else -across
        rides = not ON_TWO_WHEELS.isdisjoint(each.kinds)
        return LoopLine(line, in_picture, left_px, counts=each.from_above, rides=rides)

    def no_density(self, zone: Zone) -> str:
        """Return why a zone's density cannot be measured ("" = it can).

        Raises:
            MeasureError: The zone lies outside the picture, or is in metres without a calibration.
        """
        corners = self._in_picture(np.array(zone.outline), zone.space, name=f"zone '{zone.name}'")
        seen = self._within(corners)
        if not seen.any() and not zone.holds(self._grid(zone.space)).any():
            msg = f"zone '{zone.name}': it lies outside the picture; draw it where people can be seen"
            raise MeasureError(msg)
        ground = self._plan.ground
        if zone.space is Space.PICTURE or ground is None:
            return "it is in pixels"
        if not seen.all():
            return "it extends beyond the picture"
        least = float(np.nanmin(ground.px_per_m(corners))) / self.scale  # as the camera sees it, not as drawn
        if least < self._plan.least_px_per_m:
            return f"at its far end, a metre has {least:.1f} px, fewer than {self._plan.least_px_per_m:g}"
        return ""

    def _in_picture(self, points: Points, space: Space, *, name: str) -> Points:
        if space is Space.PICTURE:
            return points
        if self._plan.ground is None:
            msg = f"{name}: it is in metres, but the camera is not calibrated; add 'ground' (passerby calibrate)"
            raise MeasureError(msg)
        return self._plan.ground.to_picture(points)

    def _within(self, points_px: Points) -> Points:
        with np.errstate(invalid="ignore"):
            return np.asarray(((points_px >= 0) & (points_px <= np.array(self.size_px))).all(axis=1))

    def _grid(self, space: Space) -> Points:
        """Return points spread over the picture, in a place's coordinates."""
        x, y = np.meshgrid(np.linspace(0, self.size_px[0], 64), np.linspace(0, self.size_px[1], 48))
        points = np.stack((x.ravel(), y.ravel()), axis=1)
        ground = self._plan.ground
        return ground.to_ground(points) if space is Space.GROUND and ground is not None else points


def _scale(size_px: tuple[int, int], drawn_px: tuple[int, int]) -> float:
    """Return the factor from the size of the camera's picture to that of the picture that places were drawn on."""
    across, down = (drawn / own for drawn, own in zip(drawn_px, size_px, strict=True))
    if abs(across - down) > 0.02 * across:
        drawn, own = ("x".join(map(str, size)) for size in (drawn_px, size_px))
        msg = f"the places are drawn on a picture of {drawn}, the camera gives {own}: aspect ratios differ; redraw them"
        raise MeasureError(msg)
    return across
