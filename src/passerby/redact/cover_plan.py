"""Turns passes into cover: combines the timelines of each detector with what moves."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from passerby.redact.cause import Cause, CoverLayer, cause_of
from passerby.redact.cover_boxes import Boxes, joined, outwards, repeats
from passerby.redact.held_region import HeldRegion
from passerby.redact.mask import Cover
from passerby.redact.opening import CoverPiece, Opening, opened, piece_of
from passerby.redact.outline import Outlined, Outlines
from passerby.redact.perspective import Perspective
from passerby.redact.plates import with_plates
from passerby.redact.rule import COVER_SCORE, FACES, Rule
from passerby.redact.steady_view import SteadyView
from passerby.redact.support import FACE_SCORE, agreed, faces_without_body, supported, weighed
from passerby.redact.timeline import Timeline
from passerby.redact.traffic import TRACE_SCORE, Traffic, unexplained
from passerby.vision.boxes import keep_best
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import Look
from passerby.vision.picture.foreground import bare_blobs
from passerby.vision.picture.similarity import STILL, Similarity

Box = tuple[float, float, float, float]

SAME_FACE = 0.4
"""Intersection over union from which faces found at several sizes count as one."""
BLIND_HOLD_S = 0.5
"""Where a pass shows that no one can be found, frames this long before and after it are covered whole."""


class CoverPlan:
    """Decides what to cover in the time between any two passes; frames must be requested in order.

    Each detector has its own timelines and perspective, so that one more detector can only add cover,
    and their order does not matter.

    Args:
        rules: What is covered for each kind.
        hold_s: Cover starts this long before the first detection and ends this long after the last.
        motion: Whether what moves is covered too.
    """

    def __init__(self, rules: Sequence[Rule], *, hold_s: float, motion: bool) -> None:
        self.rules = tuple(rules)
        self.hold_s = hold_s
        self._motion = motion
        self._view = SteadyView()
        self._plates = any(Kind.PLATE in rule.kinds for rule in rules)
        self._people = any(Kind.PERSON in rule.kinds for rule in rules)
        self._timelines: list[list[Timeline]] = []
        self._perspectives: list[Perspective] = []
        self._traffic: list[Traffic] = []
        self._last: list[Detections] = []
        self._human: deque[tuple[float, Boxes]] = deque()
        self._crowd = HeldRegion()
        self._unclear = HeldRegion()
        self._blind: deque[tuple[float, str]] = deque()
        self._outlines = Outlines()
        self._stretch: tuple[float, float] | None = None
        self._found: tuple[Boxes, NDArray[np.bool_]] = joined([])
        self._boxed = self._found  # the same where every outline stays a box
        self._pieces: list[CoverPiece] = []
        self._outlined = Outlined(np.zeros(0, np.bool_))
        self._explained: list[Boxes] = []
        self._layers: list[CoverLayer] | None = None
        self._shown = STILL  # the view of the latest cover
        self._moved: Boxes = np.empty((0, 4), np.float32)

    def anew(self) -> CoverPlan:
        """Return a plan with the same settings and no passes yet."""
        return CoverPlan(self.rules, hold_s=self.hold_s, motion=self._motion)

    def follow(self, time_s: float, step: Similarity) -> None:
        """Add how the view moved since the frame before; frames come in order of time, each before the pass on it."""
        self._view.follow(time_s, step)
        if self._view.far():
            moved = self._view.rebased()
            for timeline in (each for timelines in self._timelines for each in timelines):
                timeline.move(moved)
            self._stretch = None

    def observe(self, look: Look, *, still_rows: int = 0) -> None:
        """Add the results of a pass that did not fail; passes come in order of time.

        Args:
            look: The pass.
            still_rows: Height of the picture, px, if the camera is known to stand still; otherwise 0.
        """
        while len(self._timelines) < len(look.found):
            self._timelines.append([Timeline(hold_s=self.hold_s, margin=rule.margin) for rule in self.rules])
            self._perspectives.append(Perspective())
            self._traffic.append(Traffic())
            self._last.append(Detections.none())

        self._last = [old if new is None else new for new, old in zip(look.found, self._last, strict=True)]
        answers = with_plates(look.found, place=look.unsupported, rows_px=look.rows_px) if self._plates else look.found
        if not still_rows:
            for perspective in self._perspectives:
                perspective.forget()

        known = Detections.joined(self._last)
        faces = known.of(FACES, COVER_SCORE).boxes_px
        sure = known.of(FACES, FACE_SCORE)
        sure_faces = sure.boxes_px[keep_best(sure.boxes_px, sure.scores, overlap=SAME_FACE)]
        lone_faces = faces_without_body(known, sure_faces)
        human = known.of(FACES | {Kind.PERSON}, TRACE_SCORE).boxes_px
        self._human.append((look.time_s, human))
        view = self._view.at(look.time_s)
        parts = zip(answers, self._timelines, self._perspectives, self._traffic, strict=True)

        for place, (found, timelines, perspective, traffic) in enumerate(parts):
            if found is None:
                continue
            if still_rows:
                perspective.learn(found, rows_px=still_rows)
            traffic.observe(look.time_s, found, human_px=human)
            corrected = perspective.corrected(found, faces_px=faces)
            partners = [self._last[other] for other in look.partners_of(place)]
            both = agreed(corrected, partners, area_px=look.area_px)
            backed = np.ones(len(corrected), np.bool_)
            if partners and look.area_px and not look.harsh:
                backed = supported(corrected, partners, lone_faces, area_px=look.area_px, doubted=place in look.doubted)
            evidence = weighed(corrected, backed | both, area_px=look.area_px)
            for rule, timeline in zip(self.rules, timelines, strict=True):
                boxes, scores, which = rule.boxes(corrected, poor=look.poor, agreed=both, faces_px=sure_faces)
                steady = boxes if view == STILL else view.inverse().boxes(boxes)
                timeline.observe(look.time_s, boxes=steady, scores=scores, evidence=evidence[which])

        self._outlines.observe(look)
        if look.blind:
            self._blind.append((look.time_s, look.blind))
        if self._people and look.crowd is not None:
            self._crowd.observe(look.time_s, look.crowd)
        if look.unclear is not None:
            self._unclear.observe(look.time_s, look.unclear)
        self._stretch = None

    def forget(self, before_s: float) -> None:
        """Drop what later frames no longer need; to be called for frames that are covered whole without `cover`."""
        self._view.forget(before_s)
        for traffic, timelines in zip(self._traffic, self._timelines, strict=True):
            traffic.forget(before_s)
            for timeline in timelines:
                timeline.forget(before_s)
        self._outlines.forget(before_s)
        while self._human and self._human[0][0] < before_s:
            self._human.popleft()
        for region in (self._crowd, self._unclear):
            region.forget(before_s)
        while self._blind and self._blind[0][0] < before_s - BLIND_HOLD_S:
            self._blind.popleft()

    def blind(self, start_s: float, end_s: float) -> str:
        """Return why no one could have been found around a period of time ("" = people could have been found).

        Args:
            start_s: Time of the pass at or before the frame.
            end_s: Time of the pass at or after it.
        """
        first_s, last_s = start_s - BLIND_HOLD_S, end_s + BLIND_HOLD_S
        return next((why for time_s, why in self._blind if first_s <= time_s <= last_s), "")

    def crowd(self, start_s: float, end_s: float, *, size: tuple[int, int]) -> Cover:
        """Return the cover of a crowd that is too dense for boxes, around a period of time.

        Args:
            start_s: Time of the pass at or before the frame.
            end_s: Time of the pass at or after it; frames are asked for in order of time.
            size: Rows and columns of the picture, px.
        """
        return self._crowd.cover(start_s, end_s, size=size)

    def unclear(self, start_s: float, end_s: float, *, size: tuple[int, int]) -> Cover:
        """Return the cover of what is shown too coarsely for anyone to be found; arguments as for `crowd`."""
        return self._unclear.cover(start_s, end_s, size=size)

    def cover(
        self,
        start_s: float,
        end_s: float,
        *,
        size: tuple[int, int],
        moving: NDArray[np.uint8] | None = None,
        at_s: float | None = None,
        openings: Sequence[Opening] = (),
    ) -> Cover:
        """Return the cover of a frame between two passes.

        Args:
            start_s: Time of the pass at or before the frame.
            end_s: Time of the pass at or after it; frames are asked for in order of time.
            size: Rows and columns of the picture, px.
            moving: What moves in the frame, as `Foreground.mask` returns it.
            at_s: Time of the frame; None = `start_s`. It matters where the camera moves between the passes.
            openings: Where a person took cover away in this frame.
        """
        if (start_s, end_s) != self._stretch:
            self._found, self._outlined = self._between((start_s, end_s), size)
            looking = [each for each in self._traffic if each.looks_for_vehicles(start_s)]
            traces = [boxes for time_s, boxes in self._human if start_s <= time_s <= end_s]
            human = np.concatenate([np.empty((0, 4), np.float32), *traces])
            self._explained = [each.between(start_s, end_s, size=size, human_px=human) for each in looking]
            self._stretch = (start_s, end_s)
            self._layers = None
        boxes, bodies = self._boxed if openings else self._found
        polygons_px = () if openings else self._outlined.polygons_px  # openings act on boxes: nothing is outlined
        self._shown = self._view.at(start_s if at_s is None else at_s)
        boxes = boxes if self._shown == STILL else self._shown.boxes(boxes)
        self._moved = boxes[:0]
        if self._motion and moving is not None:
            bare = self._outlined.without(unexplained(moving, self._explained, size=size))
            moved = bare_blobs(bare, boxes, size=size)
            self._moved = moved
            boxes = np.concatenate((boxes, moved))
            bodies = np.concatenate((bodies, np.zeros(len(moved), np.bool_)))
        if openings:
            pieces = [*self._pieces, *[CoverPiece.MOTION] * len(self._moved)]
            boxes, bodies = opened(boxes, bodies, pieces, openings)
        return Cover(outwards(boxes), bodies, polygons_px)

    def layers(self) -> list[CoverLayer]:
        """Return what the cover of the latest `cover` is there for."""
        if self._layers is None:
            self._layers = [] if self._stretch is None else [*self._by_cause(*self._stretch)]
        shown = self._shown
        layers = self._layers if shown == STILL else [(cause, shown.boxes(boxes)) for cause, boxes in self._layers]
        return [*layers, (Cause.MOTION, self._moved)]

    def _by_cause(self, start_s: float, end_s: float) -> list[CoverLayer]:
        """Return the boxes of all timelines, one layer a cause: one layer a box would take too long in a crowd."""
        boxes: defaultdict[Cause, list[Box]] = defaultdict(list)
        for timelines, (index, rule) in product(self._timelines, enumerate(self.rules)):
            for hull, found in timelines[index].evidence(start_s, end_s):
                for box, score in found:
                    boxes[cause_of(rule, score)].append(box)
                boxes[Cause.MARGIN if found else Cause.HOLD].append(hull)
        return [(cause, np.array(mine, np.float32)) for cause, mine in boxes.items()]

    def _between(
        self, span: tuple[float, float], size: tuple[int, int]
    ) -> tuple[tuple[Boxes, NDArray[np.bool_]], Outlined]:
        """Return the boxes of a stretch that stay boxes, which of them are bodies, and the outlines of the others."""
        self.forget(span[0])
        parts = []
        pieces: list[CoverPiece] = []
        faces = [np.empty((0, 4), np.float32)]
        rounded = all(self._view.at(time_s) == STILL for time_s in span)
        for timelines, (index, rule) in product(self._timelines, enumerate(self.rules)):
            parts.append((timelines[index].between(*span, rounded=rounded), rule.body))
            pieces += [piece_of(rule)] * len(parts[-1][0])
            faces += [parts[-1][0]] if rule.kinds & FACES else []
        boxes, bodies = joined(parts)
        outlined = self._outlines.between(boxes, bodies, faces=np.concatenate(faces), span=span, size=size)
        kept = ~outlined.replaced
        bodies &= ~repeats(boxes)
        self._pieces, self._boxed = pieces, (boxes, bodies)
        return (boxes[kept], bodies[kept]), outlined
