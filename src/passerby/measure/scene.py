"""One camera's ground plane, motion and measures combined: boxes in, readings about places out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import floor

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.crowd import Crowd, CrowdView
from passerby.measure.density import ZoneDensity
from passerby.measure.dwell import ZoneDwell
from passerby.measure.flow import IN_DOUBT, LineFlow
from passerby.measure.ground import require_seen
from passerby.measure.hazard import ZoneEntries
from passerby.measure.looks import Looks
from passerby.measure.measure import BOXES, TRACKS, Measure, Span
from passerby.measure.motion.motion import Motion
from passerby.measure.motion.weak import WeakVehicles
from passerby.measure.occupancy import ZoneOccupancy
from passerby.measure.place import Line, Points, Space, Zone
from passerby.measure.plan import LinePlan, ScenePlan, ZonePlan
from passerby.measure.pressure import ZonePressure
from passerby.measure.queue import ZoneQueue
from passerby.measure.reading import Reading
from passerby.measure.speed import ZoneSpeed
from passerby.measure.suggest import Walks
from passerby.measure.traffic import VEHICLES, LineHeadway, StoppedVehicles, Turns
from passerby.measure.view import View
from passerby.measure.voronoi import VoronoiDensity
from passerby.vision.detections import Detections, Kind

STILL_M_PER_S = 0.3
STILL_PX_PER_S = 5.0
SPOT_M = 1.5
SPOT_PX = 20.0


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


class Scene:
    """Measures the places in view of one camera, span by span.

    Args:
        plan: The places.
        size_px: Width and height of the picture.
        span_s: Length of the span of a reading; spans begin at whole multiples of it.

    Raises:
        MeasureError: A place lies outside the picture, or cannot be measured as asked.
    """

    def __init__(self, plan: ScenePlan, size_px: tuple[int, int], *, span_s: float = 1.0) -> None:
        self.notes: list[str] = []
        """What is not measured and why, one sentence each."""
        self._plan = plan
        self._span_s = span_s
        self._size = plan.size_px or size_px
        self._scale = _scale(size_px, self._size)
        if plan.ground is not None:
            require_seen(plan.ground.seen_px, self._size)
        gates = [each.line for each in plan.lines if each.gate]
        self._motion = Motion(self._size, plan.ground, lines=[each.line for each in plan.lines], gates=gates)
        vehicle_lines = [each.line for each in plan.lines if IN_DOUBT.intersection(each.kinds)]
        self._weak = WeakVehicles(self._size, plan.ground, vehicle_lines) if vehicle_lines else None
        self._measures: list[Measure] = []
        self._dense: list[Zone] = []
        self._refuse_doubles()
        for each in plan.lines:
            self._measures += self._of_line(each)
        for zone_plan in plan.zones:
            self._measures += self._of_zone(zone_plan)
        if plan.walkable is not None and self._dense:
            self._measures.append(VoronoiDensity(self._dense, plan.walkable))
        if gates:
            self._measures.append(Turns(gates))
        self._crowd = Crowd((each.zone for each in plan.zones), self._size, plan.ground)
        self._walks = Walks(self._size)
        if not plan.lines:
            self._measures.append(self._walks)
        self._span: int | None = None
        self._observed_s = self._followed_s = 0.0
        self._looks = Looks()

    def observe(
        self, time_s: float, found: Detections, gauge: Detections | None = None, *, structure: float = 0.0
    ) -> list[Reading]:
        """Add the detections of a frame; return the readings of spans that ended.

        Args:
            time_s: When, s.
            found: Detections that count.
            gauge: Detections of the network that shows how dense the crowd is, down to its faintest hits; None = none.
            structure: Share of the picture that is full of strong fine structure, in [0, 1].

        Raises:
            MeasureError: The time is not later than that of the frame before.
        """
        if gauge is not None:
            self._crowd.look(CrowdView.of(time_s, gauge, structure=structure))
        if self._scale != 1:
            found = replace(found, boxes_px=found.boxes_px * np.float32(self._scale))
        if self._weak is not None:
            self._weak.observe(time_s, found)
        return self._take(self._motion.observe(time_s, found))

    def skip(self, time_s: float) -> list[Reading]:
        """Add a frame that was not inspected: a gap, never a zero.

        Raises:
            MeasureError: The time is not later than that of the frame before.
        """
        if self._weak is not None:
            self._weak.skip(time_s)
        return self._take(self._motion.skip(time_s))

    def finish(self) -> list[Reading]:
        """Return the readings that were not returned yet."""
        made = self._take(self._motion.finish())
        if self._looks.alone:
            self._observed_s = self._span_s  # the only pass of an image counts for a whole span
        return made + self._close()

    @property
    def warnings(self) -> list[str]:
        """What was observed only in part so far, and the consequence, one sentence each."""
        return self._looks.warnings()

    def suggestions(self) -> list[Line]:
        """Return suggested lines from where people walked; none if the plan has lines."""
        return self._walks.lines()

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
        points = self._in_picture(way, space, name="a place") / self._scale
        return points[np.isfinite(points).all(axis=1)]

    def _take(self, views: Iterable[View]) -> list[Reading]:
        made: list[Reading] = []
        for seen in views:
            view = seen if self._weak is None else self._weak.compared(seen)
            span = floor((view.time_s - view.span_s / 2) / self._span_s)
            if span != self._span:
                made += self._close()
                self._span = span
            self._observed_s += view.span_s
            self._followed_s += view.span_s * view.followed
            self._looks.add(view)
            for measure in self._measures:
                if view.followed or not isinstance(measure, FOLLOWING):
                    measure.observe(view)
        return made

    def _close(self) -> list[Reading]:
        if self._span is None or not self._observed_s:
            return []  # counts wait for the next span that is observed
        end_s = (self._span + 1) * self._span_s
        observed_s, followed_s = (min(each, self._span_s) for each in (self._observed_s, self._followed_s))
        self._observed_s = self._followed_s = 0.0
        estimator = TRACKS if followed_s >= observed_s / 2 else BOXES
        looked = Span(end_s, self._span_s, observed_s, followed_s, estimator)
        followed = Span(end_s, self._span_s, followed_s)
        made: list[Reading] = []

        for measure in self._measures:
            if not isinstance(measure, FOLLOWING):
                made += measure.readings(looked)
            elif followed_s:
                made += measure.readings(followed)

        return self._crowd.corrected(made)

    def observe_crowd(self, view: CrowdView) -> None:
        """Add the density map of a moment; it corrects the counts of dense zones."""
        self._crowd.observe(view)

    def _of_line(self, each: LinePlan) -> list[Measure]:
        line = each.line
        ends = self._in_picture(np.array([line.a, line.b]), line.space, name=f"line '{line.name}'")
        along = ends[0] + np.linspace(0, 1, 50)[:, None] * (ends[1] - ends[0])
        if not self._within(along).any():
            msg = f"line '{line.name}': it lies outside the picture; draw it where people can be seen"
            raise MeasureError(msg)
        made: list[Measure] = [LineFlow(line, each.kinds, one_way=each.one_way)]
        if each.headway:
            made.append(LineHeadway(line))
        return made

    def _of_zone(self, each: ZonePlan) -> list[Measure]:
        zone = each.zone
        made: list[Measure] = [ZoneOccupancy(zone)]
        if each.queue:
            made.append(ZoneQueue(zone))
        if each.hazard:
            made.append(ZoneEntries(zone, tuple(each_kind for each_kind in Kind if each_kind in COUNTABLE)))
        if each.dwell:
            made.append(ZoneDwell(zone))
        if each.stopped_after_s is not None:
            metric = zone.space is Space.GROUND
            still, spot = (STILL_M_PER_S, SPOT_M) if metric else (STILL_PX_PER_S, SPOT_PX)
            made.append(StoppedVehicles(zone, after_s=each.stopped_after_s, still=still, spot=spot))

        reason = self._no_density(zone)
        if reason:
            self.notes.append(f"zone '{zone.name}': {reason}; its density is not measured, only its occupancy")
        else:
            made += [ZoneDensity(zone, use=each.use), ZoneSpeed(zone), ZonePressure(zone)]
            self._dense.append(zone)

        return made

    def _no_density(self, zone: Zone) -> str:
        """Return why a zone's density cannot be measured ("" = it can)."""
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
        least = float(np.nanmin(ground.px_per_m(corners))) / self._scale  # as the camera sees it, not as drawn
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
            return np.asarray(((points_px >= 0) & (points_px <= np.array(self._size))).all(axis=1))

    def _grid(self, space: Space) -> Points:
        """Return points spread over the picture, in a place's coordinates."""
        x, y = np.meshgrid(np.linspace(0, self._size[0], 64), np.linspace(0, self._size[1], 48))
        points = np.stack((x.ravel(), y.ravel()), axis=1)
        ground = self._plan.ground
        return ground.to_ground(points) if space is Space.GROUND and ground is not None else points

    def _refuse_doubles(self) -> None:
        names = [each.line.name for each in self._plan.lines] + [each.zone.name for each in self._plan.zones]
        for name in names:
            if names.count(name) > 1:
                msg = f"two places are named '{name}'; give each its own name"
                raise MeasureError(msg)


def _scale(size_px: tuple[int, int], drawn_px: tuple[int, int]) -> float:
    """Return the factor from the size of the camera's picture to that of the picture that places were drawn on."""
    across, down = (drawn / own for drawn, own in zip(drawn_px, size_px, strict=True))
    if abs(across - down) > 0.02 * across:
        drawn, own = ("x".join(map(str, size)) for size in (drawn_px, size_px))
        msg = f"the places are drawn on a picture of {drawn}, the camera gives {own}: aspect ratios differ; redraw them"
        raise MeasureError(msg)
    return across


FOLLOWING = (LineFlow, LineHeadway, Turns, ZoneSpeed, ZonePressure, StoppedVehicles)
"""Measures that need steps and velocities: they observe only while passes are close enough to follow people."""
COUNTABLE = (Kind.PERSON, *VEHICLES)
