"""One camera's ground plane, motion and measures combined: boxes in, readings about places out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import floor

import numpy as np

from passerby.errors import MeasureError
from passerby.measure.crowd import Crowd, CrowdView
from passerby.measure.density import ZoneDensity
from passerby.measure.dwell import ZoneDwell
from passerby.measure.flow import IN_DOUBT, LineFlow
from passerby.measure.foot_map import FootCounter, FootMap
from passerby.measure.hazard import ZoneEntries
from passerby.measure.looks import Looks
from passerby.measure.loop_check import WATCHED, LoopCheck, limits_of
from passerby.measure.measure import BOXES, TRACKS, Measure, Span
from passerby.measure.motion.low_score import LowScoreVehicles
from passerby.measure.motion.motion import Motion
from passerby.measure.occupancy import ZoneOccupancy
from passerby.measure.place import Line, Space, Zone
from passerby.measure.placement import Drawn, Placement
from passerby.measure.plan import LinePlan, ScenePlan, ZonePlan
from passerby.measure.pressure import ZonePressure
from passerby.measure.queue import ZoneQueue
from passerby.measure.reading import Reading
from passerby.measure.speed import ZoneSpeed
from passerby.measure.suggest import Walks
from passerby.measure.traffic import VEHICLES, LineHeadway, StoppedVehicles, Turns
from passerby.measure.view import View
from passerby.measure.virtual_loop import Mask
from passerby.measure.voronoi import VoronoiDensity
from passerby.vision.detections import Detections, Kind

STILL_M_PER_S = 0.3
STILL_PX_PER_S = 5.0
SPOT_M = 1.5
SPOT_PX = 20.0


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
        self._placement = Placement(plan, size_px)
        size_px = self._placement.size_px
        gates = [each.line for each in plan.lines if each.gate]
        self._motion = Motion(size_px, plan.ground, lines=[each.line for each in plan.lines], gates=gates)
        vehicle_lines = [each.line for each in plan.lines if IN_DOUBT.intersection(each.kinds)]
        self._low_score = LowScoreVehicles(size_px, plan.ground, vehicle_lines) if vehicle_lines else None
        loops = [self._placement.loop(each) for each in plan.lines if WATCHED.intersection(each.kinds)]
        self._loops = LoopCheck([each for each in loops if each is not None], size_px, scale=self._placement.scale)
        self._measures: list[Measure] = []
        self._dense: list[Zone] = []
        self._feet = [
            FootCounter(each.zone, width_px=self._placement.size_px[0]) for each in plan.zones if each.foot_map
        ]
        self._refuse_doubles()
        for each in plan.lines:
            self._measures += self._of_line(each)
        for zone_plan in plan.zones:
            self._measures += self._of_zone(zone_plan)
        if plan.walkable is not None and self._dense:
            self._measures.append(VoronoiDensity(self._dense, plan.walkable))
        if gates:
            self._measures.append(Turns(gates))
        self._crowd = Crowd((each.zone for each in plan.zones), size_px, plan.ground)
        self._walks = Walks(size_px)
        if not plan.lines:
            self._measures.append(self._walks)
        self._span: int | None = None
        self._observed_s = self._followed_s = 0.0
        self._looks = Looks()

    def observe(self, time_s: float, found: Detections, crowd: CrowdView | None = None) -> list[Reading]:
        """Add the detections of a frame; return the readings of spans that ended.

        Args:
            time_s: When, s.
            found: Detections that count.
            crowd: How well boxes can count at this moment; None = unknown.

        Raises:
            MeasureError: The time is not later than that of the frame before.
        """
        if crowd is not None:
            self._crowd.look(crowd)
        if self._placement.scale != 1:
            found = replace(found, boxes_px=found.boxes_px * np.float32(self._placement.scale))
        if self._low_score is not None:
            self._low_score.observe(time_s, found)
        return self._take(self._motion.observe(time_s, found))

    @property
    def wants_motion(self) -> bool:
        """Whether `observe_motion` is of use: there are lines that count vehicles."""
        return self._loops.lines > 0

    def observe_motion(self, time_s: float, moving: Mask | None) -> None:
        """Add what moves in a frame, inspected or not: a second source for lines that count vehicles.

        Args:
            time_s: When, s; frames come in order.
            moving: Shape (h, w), nonzero = moving, a small copy of the picture; None = unknown.
        """
        self._loops.observe(time_s, moving)

    def skip(self, time_s: float) -> list[Reading]:
        """Add a frame that was not inspected: a gap, never a zero.

        Raises:
            MeasureError: The time is not later than that of the frame before.
        """
        if self._low_score is not None:
            self._low_score.skip(time_s)
        return self._take(self._motion.skip(time_s))

    def finish(self) -> list[Reading]:
        """Return the readings that were not returned yet."""
        if self._low_score is not None:
            self._low_score.finish()
        made = self._take(self._motion.finish(), last=True)
        if self._looks.alone:
            self._observed_s = self._span_s  # the only pass of an image counts for a whole span
        return made + self._close()

    @property
    def warnings(self) -> list[str]:
        """What was observed only in part so far, and the consequence, one sentence each."""
        return self._looks.warnings() + self._loops.warnings

    def suggestions(self) -> list[Line]:
        """Return suggested lines from where people walked; none if the plan has lines."""
        return self._walks.lines()

    def foot_maps(self) -> list[FootMap]:
        """Return the maps of foot points of the hours that ended since the last call."""
        return [each for counter in self._feet for each in counter.take()]

    def drawn(self) -> list[Drawn]:
        """Return how the places appear in the camera's picture; a line has a tick to its left."""
        return self._placement.drawn()

    def _take(self, views: Sequence[View], *, last: bool = False) -> list[Reading]:
        made: list[Reading] = []
        for number, seen in enumerate(views):
            final = last and number == len(views) - 1
            view = seen if self._low_score is None else self._low_score.compared(seen, last=final)
            view = self._loops.compared(view, last=final)
            span = floor((view.time_s - view.span_s / 2) / self._span_s)
            if span != self._span:
                made += self._close()
                self._span = span
            self._observed_s += view.span_s
            self._followed_s += view.span_s * view.followed
            self._looks.add(view)
            for counter in self._feet:
                counter.observe(view)
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
        self._placement.require_seen(line)
        longer_px = max(self._placement.size_px) / self._placement.scale
        if limits := limits_of(line, each.kinds, longer_px=longer_px):
            self.notes.append(limits)
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

        reason = self._placement.no_density(zone)
        if reason:
            self.notes.append(f"zone '{zone.name}': {reason}; its density is not measured, only its occupancy")
        else:
            made += [ZoneDensity(zone, use=each.use), ZoneSpeed(zone), ZonePressure(zone)]
            self._dense.append(zone)

        return made

    def _refuse_doubles(self) -> None:
        names = [each.line.name for each in self._plan.lines] + [each.zone.name for each in self._plan.zones]
        for name in names:
            if names.count(name) > 1:
                msg = f"two places are named '{name}'; give each its own name"
                raise MeasureError(msg)


FOLLOWING = (LineFlow, LineHeadway, Turns, ZoneSpeed, ZonePressure, StoppedVehicles)
"""Measures that need steps and velocities: they observe only while passes are close enough to follow people."""
COUNTABLE = (Kind.PERSON, *VEHICLES)
