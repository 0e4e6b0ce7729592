"""The only wiring of the watchdog's networks: looks at covered frames as the cover's own networks never did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.redact.check import HUMAN, PossibleMiss, suspected
from passerby.redact.paint import Box
from passerby.vision.detector import Detector
from passerby.vision.inspect.detector_set import checking_detectors
from passerby.vision.inspect.self_test import FIGURES, LEAST_FOUND, scene
from passerby.vision.models.catalogue import model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.centerface import CenterFace
from passerby.vision.nets.yolox import YoloX
from passerby.vision.picture.brightened import Brightened

SCORE: Final = 0.3
"""From this score on, a spot in the drawn frame is looked at again."""
AGAIN: Final = 0.5
"""The score that another look at the magnified spot must give, in the drawn frame or in one after it.

On the half for tuning (python -m benchmarks.watchdog): of what was no person had 0.2 at most, and of 55 planted
people 48 had more than this. Somebody who was too weak in the drawn frame is often clear in a later one.
"""
FOLLOWING: Final = 2
"""Frames after the drawn one that are looked at if there is a spot."""
AROUND: Final = 1.5
"""Part of the picture around a spot that is magnified, in sides of the spot on each side."""
LEAST_PX: Final = 96
MAGNIFIED_PX: Final = 416
MOST_SPOTS: Final = 4
"""Spots of one frame that are looked at again; the surest first. More are as bad as these."""


@dataclass(frozen=True, slots=True)
class LookResult:
    """What one look found.

    Args:
        heads: How many people may be uncovered in the drawn frame.
        scores: The score of each, highest first, in [0, 1].
    """

    heads: int
    scores: tuple[float, ...] = ()


class WatchdogInspector:
    """Looks at frames of one camera with networks and at scales that did not cover.

    Args:
        width: Width of the frames, px.
        height: Height, px.

    Raises:
        ModelError: A network is missing or damaged.
    """

    def __init__(self, width: int, height: int) -> None:
        self._shape = shape = Shape(width, height, Layout.YUV420, Colour(), Fraction(10), Fraction(1, 1_000_000))
        self._first: list[Detector] = [Brightened(each) for each in checking_detectors(shape, score=SCORE)]
        partner, face = locate(model_named("yolox-nano")), locate(model_named("centerface"))
        self._again: list[Detector] = [
            Brightened(YoloX(partner, long_side=MAGNIFIED_PX, score=AGAIN, square=True)),
            Brightened(CenterFace(face, long_side=MAGNIFIED_PX, score=AGAIN, square=True)),
        ]

    def test(self) -> None:
        """Look at a drawn scene, through everything that a real look goes through.

        Raises:
            DetectorError: Fewer than two of its three people were found: this watchdog sees nothing.
        """
        drawn = scene(self._shape)
        found = self.look(drawn, lambda: [drawn] * FOLLOWING).heads
        if found < LEAST_FOUND:
            msg = f"the watchdog found {found} of {len(FIGURES)} drawn people; run 'passerby models fetch --force'"
            raise DetectorError(msg)

    def spots(self, frame: Frame) -> list[PossibleMiss]:
        """Return where somebody may be uncovered in a drawn frame, surest first.

        Raises:
            DetectorError: A network failed: the frame was not inspected.
        """
        return suspected(frame, self._first, score=SCORE, kinds=HUMAN, cover=None)

    def look(self, drawn: Frame, following: Callable[[], Sequence[Frame]]) -> LookResult:
        """Return whom a look finds: spots of the drawn frame that are found again, magnified, in it or after it.

        Args:
            drawn: The drawn frame.
            following: Returns frames after it; called only if there is something to look at.

        Raises:
            DetectorError: A network failed: the frame was not inspected.
        """
        spots = _apart(self.spots(drawn))[:MOST_SPOTS]
        if not spots:
            return LookResult(0)
        frames = [drawn, *(each for each in following() if (each.width, each.height) == (drawn.width, drawn.height))]
        sure = [spot.score for spot in spots if any(self._found_again(each, spot.box_px) for each in frames)]
        return LookResult(len(sure), tuple(sure))

    def _found_again(self, frame: Frame, box: Box) -> bool:
        region = _region(box, frame.width, frame.height)
        part = _cut(frame, region)
        inner = tuple(edge - start for edge, start in zip(box, region[:2] * 2, strict=True))
        spots = suspected(part, self._again, score=AGAIN, kinds=HUMAN, cover=None)
        return any(_touch(spot.box_px, inner) for spot in spots)


def _apart(spots: Sequence[PossibleMiss]) -> list[PossibleMiss]:
    """Return one spot for each place, the surest."""
    kept: list[PossibleMiss] = []
    for spot in spots:
        if not any(_touch(spot.box_px, each.box_px) for each in kept):
            kept.append(spot)
    return kept


def _region(box: Box, width: int, height: int) -> Box:
    """Return the part of the picture around a box, at even pixels."""
    x1, y1, x2, y2 = box
    side = max(LEAST_PX, (1 + 2 * AROUND) * max(x2 - x1, y2 - y1))
    left, top = (max(0, int((a + b - side) / 2)) // 2 * 2 for a, b in ((x1, x2), (y1, y2)))
    right, bottom = min(width, left + int(side)) // 2 * 2, min(height, top + int(side)) // 2 * 2
    return left, top, max(right, left + 2), max(bottom, top + 2)


def _cut(frame: Frame, region: Box) -> Frame:
    x1, y1, x2, y2 = region
    if frame.layout is Layout.RGB:
        return replace(frame, planes=(frame.planes[0][y1:y2, x1:x2],))
    luma, *chroma = frame.planes
    halves = tuple(plane[y1 // 2 : y2 // 2, x1 // 2 : x2 // 2] for plane in chroma)
    return replace(frame, planes=(luma[y1:y2, x1:x2], *halves))


def _touch(one: Sequence[int], other: Sequence[int]) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 0 and down > 0
