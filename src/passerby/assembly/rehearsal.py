"""Looks at a clip once and covers it many times: what the networks answered is kept, and no pixel."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.assembly.redaction import LOOK_AHEAD_S
from passerby.assembly.tested_detectors import tested
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.redact.choice import CoverKind, StyleName
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.mask import Cover
from passerby.redact.rule import COVER_SCORE, kinds_of, rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.settings.camera_plan import PlanChoice
from passerby.vision.effort import Effort
from passerby.vision.inspect.detector_set import covering_detectors, taking_turns
from passerby.vision.inspect.inspector import FrameInspector, InspectedFrame
from passerby.vision.picture.scenery import Observed


@dataclass(frozen=True, slots=True)
class KeptFrame:
    """A frame without pixels, and what moved in it as bits: a minute of motion masks would fill memory."""

    seen: InspectedFrame
    bits: NDArray[np.uint8] | None
    shape: tuple[int, int]

    def unpacked(self) -> InspectedFrame:
        """Return the frame with its motion mask."""
        if self.bits is None:
            return self.seen
        count = self.shape[0] * self.shape[1]
        moving = np.unpackbits(self.bits, count=count).reshape(self.shape) * np.uint8(255)
        return replace(self.seen, moving=moving)


class Rehearsal:
    """What the networks of one effort answered on a clip.

    Args:
        kept: The frames, without pixels.
        picture_px: Width and height of the picture.
    """

    def __init__(self, kept: list[KeptFrame], picture_px: tuple[int, int]) -> None:
        self._kept = kept
        self.picture_px = picture_px
        self.times_s = [each.seen.frame.time_s for each in kept]

    def covers(
        self, choice: PlanChoice, kinds: frozenset[CoverKind], *, until_s: float
    ) -> Iterator[tuple[Cover, float]]:
        """Yield the cover and the time of each frame up to and including a time, as `passerby redact` would make it.

        Args:
            choice: The settings; its effort must be the one that was looked with.
            kinds: What to cover.
            until_s: Time of the last frame that is needed, s; what is found up to the look-ahead later counts.
        """
        scores = choice.table(self.picture_px)
        rules = rules_for(kinds, score=COVER_SCORE, margin=choice.growth - 1, scores=scores)
        plan = CoverPlan(rules, hold_s=choice.hold_s, motion=CoverKind.PEOPLE in kinds)
        ahead_s = max(LOOK_AHEAD_S, choice.hold_s)
        redactor = Redactor(plan, style_named(StyleName.SOLID), look_ahead_s=ahead_s)
        seen = (each.unpacked() for each in self._kept if each.seen.frame.time_s <= until_s + 2 * ahead_s)
        yield from takewhile(lambda found: found[1] <= until_s, redactor.covers(seen))


def rehearse(clip: Path, effort: Effort, kinds: frozenset[CoverKind]) -> Generator[int, None, Rehearsal]:
    """Look at a clip with the networks of an effort; yield the number of frames done, and return their answers.

    Raises:
        SourceError: The clip cannot be read.
        ModelError: A network is missing or damaged.
        DetectorError: A network fails its self-test.
    """
    with closing(open_source(clip)) as source:
        wanted = kinds_of(kinds)
        detectors = tested(covering_detectors(source.shape, wanted, effort=effort), source.shape)
        turns = taking_turns(detectors, effort, wanted)
        observed = Observed.MOTION if CoverKind.PEOPLE in kinds else Observed.CAMERA
        inspector = FrameInspector(detectors, occasional=turns, observed=observed)
        kept: list[KeptFrame] = []
        with closing(inspector):
            for seen in inspector.inspect(source):
                kept.append(without_pixels(seen))
                yield len(kept)
        return Rehearsal(kept, (source.shape.width, source.shape.height))


def without_pixels(seen: InspectedFrame) -> KeptFrame:
    """Return what was seen in a frame, whose planes become one zero each, seen as their whole size."""
    frame: Frame = seen.frame
    planes = tuple(np.broadcast_to(np.zeros((), plane.dtype), plane.shape) for plane in frame.planes)
    bare = replace(seen, frame=replace(frame, planes=planes), moving=None)
    if seen.moving is None:
        return KeptFrame(bare, None, (0, 0))
    height, width = seen.moving.shape
    return KeptFrame(bare, np.packbits(seen.moving > 0), (height, width))
