"""Another network looks at each piece of cover that a person wants to take away, in the raw frames beneath it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from passerby.media.frame import Frame
from passerby.media.source import Source
from passerby.redact.check import HUMAN, suspected
from passerby.redact.drawn_region import Edges
from passerby.redact.mask import Cover
from passerby.vision.boxes import areas, keep_best, shared_areas
from passerby.vision.detector import Detector, detect_or_fail

EVERY_S: Final = 0.5
"""A piece is looked at in its first frame, so often after it, and in its last frame."""
SCORE: Final = 0.3
"""Lowest score that counts: lower than when a copy is checked, because this piece will be seen."""
OTHERS_EVERY_S: Final = 0.2
"""A region that leaves one person visible is looked at so often: somebody may pass."""
TOUCHES: Final = 0.1
"""From this share of a box inside the region on, it counts as somebody in the region."""
SAME_BODY: Final = 0.5
"""Intersection over union from which two boxes are one body."""


@dataclass(frozen=True, slots=True)
class PieceToOpen:
    """A piece of cover to look at.

    Args:
        box_px: x1, y1, x2, y2, px.
        from_s: Start, s.
        to_s: End (included), s.
    """

    box_px: Edges
    from_s: float
    to_s: float


@dataclass(slots=True)
class SecondAnswer:
    """What the networks say of a piece.

    Args:
        frames: Number of frames they looked at.
        suspicious: Number of those in which they suspect a person in the piece.
    """

    frames: int = 0
    suspicious: int = 0

    @property
    def suspects(self) -> bool:
        """Whether somebody may be there; a piece that no frame shows is not known to be empty."""
        return self.suspicious > 0 or not self.frames


def look_again(source: Source, detectors: Sequence[Detector], pieces: Sequence[PieceToOpen]) -> list[SecondAnswer]:
    """Look at pieces in the frames of their time.

    Args:
        source: The recording.
        detectors: Not those that covered it.
        pieces: In any order.

    Raises:
        SourceError: The recording cannot be read any further.
        DetectorError: A detector failed: no answer is better than a false one.
    """
    answers = [SecondAnswer() for _ in pieces]
    next_s = [piece.from_s for piece in pieces]
    before: Frame | None = None
    end_s = max((piece.to_s for piece in pieces), default=-np.inf)
    for frame in source if pieces else ():
        for index, piece in enumerate(pieces):
            over = before is not None and before.time_s <= piece.to_s < frame.time_s
            if over and before is not None and before.time_s >= piece.from_s:
                _look(before, detectors, piece, answers[index])
            if piece.from_s <= frame.time_s <= piece.to_s and frame.time_s >= next_s[index]:
                _look(frame, detectors, piece, answers[index])
                next_s[index] = frame.time_s + EVERY_S
        before = frame
        if frame.time_s > end_s:
            break
    return answers


def look_for_others(
    source: Source, detectors: Sequence[Detector], region_at: Callable[[float], Edges | None]
) -> tuple[tuple[float, float], ...]:
    """Return the times from and to between which a region shows one person and nobody else, s.

    Args:
        source: The recording.
        detectors: Not those that covered it.
        region_at: Returns the region at a time, px; None where there is none.

    Raises:
        SourceError: The recording cannot be read any further.
        DetectorError: A detector failed: no answer is better than a false one.
    """
    spans: list[tuple[float, float]] = []
    before: tuple[float, bool] | None = None
    for frame in source:
        region = region_at(frame.time_s)
        if region is None:
            before = None
            continue
        if before is not None and frame.time_s < before[0] + OTHERS_EVERY_S:
            continue
        alone = not frame.damaged and all(_shows_one(detector, frame, region) for detector in detectors)
        if alone:
            spans.append((before[0] if before is not None and before[1] else frame.time_s, frame.time_s))
        before = frame.time_s, alone
    return tuple(spans)


def _shows_one(detector: Detector, frame: Frame, region: Edges) -> bool:
    """Return whether a network finds at most one body and one face in a region; a box in a box counts as another."""
    found = detect_or_fail(detector, frame)
    around = np.array([region], np.float32)
    for kind in HUMAN:
        mine = found.of(frozenset({kind}), SCORE)
        inside = shared_areas(mine.boxes_px, around)[:, 0] > TOUCHES * areas(mine.boxes_px)
        boxes, scores = mine.boxes_px[inside], mine.scores[inside]
        if len(keep_best(boxes, scores, overlap=SAME_BODY)) > 1:
            return False
    return True


def _look(frame: Frame, detectors: Sequence[Detector], piece: PieceToOpen, answer: SecondAnswer) -> None:
    answer.frames += 1
    if frame.damaged:
        answer.suspicious += 1
        return
    around = all_but(piece.box_px, frame.height, frame.width)
    answer.suspicious += bool(suspected(frame, detectors, score=SCORE, kinds=HUMAN, cover=around))


def all_but(box_px: Edges, height: int, width: int) -> Cover:
    """Return a cover of everything outside a box."""
    x1, y1, x2, y2 = (round(edge) for edge in box_px)
    x1, x2 = (min(max(0, edge), width) for edge in (x1, x2))
    y1, y2 = (min(max(0, edge), height) for edge in (y1, y2))
    strips = [(0, 0, width, y1), (0, y2, width, height), (0, y1, x1, y2), (x2, y1, width, y2)]
    boxes = np.array(strips, np.int32)
    return Cover(boxes, np.zeros(len(boxes), np.bool_))
