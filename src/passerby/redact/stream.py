"""Holds frames back until enough is known about them, then covers each exactly once, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.errors import RedactionError
from passerby.media.frame import Frame
from passerby.redact.cause import Cause, CoverLayer
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.hand_cover import HandCover
from passerby.redact.mask import Cover
from passerby.redact.redactor import RedactedFrame, blackout, redact
from passerby.redact.scenes import Scenes
from passerby.redact.static_mask import StaticMask, cover_at
from passerby.redact.style import Style
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.inspector import PASS_GAP_S, InspectedFrame

WAITING_BYTES = 160 << 20
"""Raw frames that may wait in memory: 1 s of 1080p at 53/s. Beyond this, the look-ahead gets shorter."""
SLACK_S = 1e-6
UNSEEN = "not inspected"


@dataclass(frozen=True, slots=True)
class Covered:
    """A covered picture and what was covered in it.

    Args:
        frame: The covered picture.
        cover: What was covered.
        time_s: Presentation time.
        as_region: Whether a crowd too dense for boxes was covered as a region.
        plan: Which detector plan was used, and why ("" = there was nothing to choose).
        layers: What is covered for each cause, if that was asked for.
    """

    frame: RedactedFrame
    cover: Cover
    time_s: float
    as_region: bool
    plan: str = ""
    layers: tuple[CoverLayer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Decision:
    """The cover of a frame, whether a crowd is covered as a region, and what the cover is there for."""

    cover: Cover
    as_region: bool = False
    layers: tuple[CoverLayer, ...] = ()


class Redactor:
    """Covers a stream of frames, looking ahead and back in time.

    Args:
        plan: What is covered; every scene gets its own copy of this plan.
        style: How the cover looks.
        look_ahead_s: How long a frame waits, so that later passes can still add to its cover.
        masks: Regions that are covered always, or for a period of time.
        explain: Whether to return what the cover is there for.
        by_hand: What a person added and took away.
    """

    def __init__(
        self,
        plan: CoverPlan,
        style: Style,
        *,
        look_ahead_s: float,
        masks: Iterable[StaticMask] = (),
        explain: bool = False,
        by_hand: HandCover | None = None,
    ) -> None:
        self._explain = explain
        self._by_hand = by_hand or HandCover()
        self._scenes = Scenes(plan)
        self._style = style
        self._look_ahead_s = look_ahead_s
        self._masks = tuple(masks)
        self._waiting: deque[InspectedFrame] = deque()
        self._waiting_bytes = 0
        self._looks: deque[Look] = deque()
        self.inspected = 0  # passes that did not fail
        self.failure = ""  # why the latest failed pass failed

    def stream(self, inspected: Iterable[InspectedFrame]) -> Iterator[Covered]:
        """Yield every frame once, covered; covered whole where working detectors did not inspect it."""
        yield from map(self.covered, self._released(inspected))

    def covers(self, inspected: Iterable[InspectedFrame]) -> Iterator[tuple[Cover, float]]:
        """Yield the cover and the time of every frame, as `stream` does, and paint nothing."""
        for each in self._released(inspected):
            self._scenes.forget(each.frame.time_s)
            yield self._cover(each).cover, each.frame.time_s

    def _released(self, inspected: Iterable[InspectedFrame]) -> Iterator[InspectedFrame]:
        """Yield each frame when enough is known about it."""
        for each in inspected:
            self._take(each)
            while self._waiting and self._ready(self._waiting[0]):
                yield self._release()
        while self._waiting:
            yield self._release()

    def _take(self, inspected: InspectedFrame) -> None:
        self._waiting.append(inspected)
        self._waiting_bytes += size_of(inspected.frame)
        self.follow(inspected)
        if inspected.look is not None:
            self.learn(inspected.look, still_rows=0 if inspected.moving is None else inspected.frame.height)

    def follow(self, inspected: InspectedFrame) -> None:
        """Record the scene of a frame, before the pass on it; frames come in order of time."""
        if not inspected.frame.damaged:
            self._scenes.add(inspected.frame.time_s, inspected.place, inspected.step)

    def learn(self, look: Look, *, still_rows: int = 0) -> None:
        """Add the results of a pass; passes come in order of time.

        Args:
            look: The pass.
            still_rows: Height of its frame if the camera stood still, else 0, as for `CoverPlan.observe`.
        """
        self._looks.append(look)
        self.failure = look.failure or self.failure
        if not look.failure:
            self.inspected += 1
            self._scenes.plan(look.time_s).observe(look, still_rows=still_rows)

    def _ready(self, inspected: InspectedFrame) -> bool:
        if inspected.frame.damaged:  # it stays covered whatever comes later
            return True
        if not self._looks:
            return self._waiting_bytes > WAITING_BYTES
        known_s = self._looks[-1].time_s - inspected.frame.time_s
        return known_s >= self._look_ahead_s or (known_s >= 0 and self._waiting_bytes > WAITING_BYTES)

    def _release(self) -> InspectedFrame:
        inspected = self._waiting.popleft()
        self._waiting_bytes -= size_of(inspected.frame)
        return inspected

    def covered(self, inspected: InspectedFrame) -> Covered:
        """Return a frame covered according to what is known now; frames come in order of time, each once."""
        frame = inspected.frame
        self._scenes.forget(frame.time_s)
        found = self._cover(inspected)
        cover = found.cover
        plan = self._looks[0].plan if self._looks else ""
        try:
            covered = redact(frame, cover, self._style)
            return Covered(covered, cover, frame.time_s, found.as_region, plan, found.layers)
        except RedactionError as error:
            return Covered(blackout(frame, str(error)), Cover.all(str(error)), frame.time_s, as_region=False, plan=plan)

    @property
    def known_s(self) -> float:
        """Time of the newest pass, s; -inf before the first."""
        return self._looks[-1].time_s if self._looks else -np.inf

    def doubt(self, time_s: float) -> str:
        """Return why a frame at that time does not count as inspected ("" = it does)."""
        before, after = self._looks_around(time_s)
        return UNSEEN if before is None or after is None else _doubt(time_s, before, after)

    def _cover(self, inspected: InspectedFrame) -> _Decision:
        frame = inspected.frame
        before, after = self._looks_around(frame.time_s)
        if before is None or after is None:
            return _Decision(Cover.all(frame.damaged or UNSEEN))
        span = before.time_s, after.time_s
        plans = self._scenes.plans(frame.time_s)
        doubt = frame.damaged or _doubt(frame.time_s, before, after)
        if reason := doubt or next((why for plan in plans if (why := plan.blind(*span))), ""):
            for plan in plans:
                plan.forget(before.time_s)
            return _Decision(Cover.all(reason))

        size = (frame.height, frame.width)
        time_s = frame.time_s
        openings = self._by_hand.openings(time_s)
        found = [
            plan.cover(*span, moving=inspected.moving, size=size, at_s=time_s, openings=openings) for plan in plans
        ]
        crowd = Cover.joined([plan.crowd(*span, size=size) for plan in plans])
        unclear = Cover.joined([plan.unclear(*span, size=size) for plan in plans])
        fixed = cover_at(self._masks, time_s, size)
        added = self._by_hand.added(time_s)

        layers: list[CoverLayer] = []
        if self._explain:
            regions = ((Cause.HAND, added), (Cause.MASKS, fixed), (Cause.CROWD, crowd), (Cause.POOR, unclear))
            layers = [(cause, boxes_of(part).astype(np.float32)) for cause, part in regions]
            layers += [layer for plan in plans for layer in plan.layers()]

        cover = Cover.joined([*found, crowd, unclear, fixed, added]).clipped(*size)
        return _Decision(cover, bool(len(crowd.boxes_px)), tuple(layers))

    def _looks_around(self, time_s: float) -> tuple[Look | None, Look | None]:
        start_s, end_s = self._scenes.span(time_s)
        looks = self._looks
        while len(looks) > 1 and looks[1].time_s <= time_s:
            looks.popleft()
        before = looks[0] if looks and start_s <= looks[0].time_s <= time_s else None
        after = next((look for look in looks if time_s <= look.time_s < end_s), None)
        return before, after


def _doubt(time_s: float, before: Look, after: Look) -> str:
    """Return why a frame between two passes does not count as inspected ("" = it does)."""
    if failure := before.failure or after.failure:
        return failure
    gap_s = max(time_s - before.time_s, after.time_s - time_s)
    return UNSEEN if gap_s > PASS_GAP_S + SLACK_S else ""


def size_of(frame: Frame) -> int:
    """Return the memory that a raw frame uses, bytes."""
    return sum(plane.nbytes for plane in frame.planes)


def boxes_of(cover: Cover) -> NDArray[np.int32]:
    """Return the rectangles of a cover and the bounds of its polygons, shape (N, 4) int32."""
    bounds = [np.concatenate((polygon.min(axis=0), polygon.max(axis=0))) for polygon in cover.polygons_px]
    return np.concatenate((cover.boxes_px, np.array(bounds, np.int32).reshape(-1, 4)))
