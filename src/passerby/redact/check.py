"""The leak check: other detectors look at a covered copy and say where somebody may still be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.media.source import Source
from passerby.redact.mask import Cover
from passerby.redact.recognise import cover_in
from passerby.vision.detections import Kind
from passerby.vision.detector import Detector, detect_or_fail
from passerby.vision.sampling import sample

HUMAN: Final = frozenset({Kind.PERSON, Kind.HEAD, Kind.FACE})

_EVERY_S: Final = 2
_LEAST, _MOST = 10, 60
_UPPER: Final = 0.4
"""Part of a person's box, from the top, by which somebody is known: baseline.md measures the same part."""
_AROUND: Final = 0.15
"""What is added around a head or face, of its width and height."""
_COVERED: Final = 0.6
"""Share of the protected part from which it counts as covered; boxes of two networks never agree better."""
_SAME_PLACE: Final = 0.3
"""Least intersection over union of two boxes that are one row."""
_CROP_PX: Final = 192
_CROPS: Final = 200
"""Spots that keep a picture: enough for a person to look at, and memory stays small."""


class Depth(StrEnum):
    """How much of a copy is looked at."""

    SAMPLE = "sample"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where somebody may be seen, in one frame or in frames that follow each other.

    Args:
        first_s: Time of the first frame, s.
        last_s: Time of the last frame, s.
        frame: Index of the frame in which the detector was surest.
        box_px: x1, y1, x2, y2 in that frame, px.
        kind: What it seems to be: person, head or face.
        score: How sure the detector was, in [0, 1].
        detector: Name of the one that was surest.
        frames: Number of frames, of those looked at.
        crop: Shape (h, w, 3) uint8 RGB, the place and its surroundings in the covered copy; empty after 200 spots.
    """

    first_s: float
    last_s: float
    frame: int
    box_px: tuple[int, int, int, int]
    kind: str
    score: float
    detector: str
    frames: int = 1
    crop: NDArray[np.uint8] = field(repr=False, compare=False, default_factory=lambda: np.empty((0, 0, 3), np.uint8))


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Args:
        frames_looked: Frames that all detectors looked at.
        frames_suspicious: Those with at least one spot.
        frames_unreadable: Frames that were due but could not be decoded.
        spots: In order of their first time.
    """

    frames_looked: int
    frames_suspicious: int
    frames_unreadable: int
    spots: tuple[Spot, ...]

    @property
    def share(self) -> float:
        """Share of the frames looked at that have a spot, in [0, 1]."""
        return self.frames_suspicious / self.frames_looked if self.frames_looked else 0.0


def check(
    source: Source,
    detectors: Sequence[Detector],
    *,
    depth: Depth = Depth.SAMPLE,
    score: float = 0.4,
    kinds: frozenset[Kind] = HUMAN,
    covers: Callable[[int], Cover | None] | None = None,
) -> CheckResult:
    """Look at a covered copy; what is found on cover itself, drawn figures too, does not count.

    Args:
        source: The covered copy.
        detectors: Others than those that covered it, or the same at other sizes: they must be able to disagree.
        depth: All frames, or one each 2 s (at least 10 and at most 60, spread over the copy).
        score: Least score that counts.
        kinds: What counts; what was not to be covered does not.
        covers: The cover of a frame by its index, None where unknown; without it cover is told by its colour.

    Raises:
        SourceError: The copy cannot be read.
        DetectorError: A detector failed: nothing is said rather than something untrue.
    """
    rows = _Rows()
    due = sampled(source.length, source.shape.rate) if depth is Depth.SAMPLE else None
    looked = suspicious = unreadable = 0
    step = max(1, round(_EVERY_S * source.shape.rate))
    for index, frame in enumerate(source):
        if depth is Depth.SAMPLE and (index % step if due is None else index not in due):
            continue
        if frame.damaged:
            unreadable += 1
            continue
        looked += 1
        found = _suspected(frame, detectors, score=score, kinds=kinds, cover=covers(index) if covers else None)
        suspicious += bool(found)
        rows.add(frame, [replace(spot, frame=index) for spot in found])
    return CheckResult(looked, suspicious, unreadable, rows.all())


def sampled(length: int | None, rate: Fraction) -> frozenset[int] | None:
    """Return the frames that a sample looks at; None when only the rate tells, since the length is unknown."""
    if not length:
        return None
    count = min(length, _MOST, max(_LEAST, int(length / rate / _EVERY_S)))
    return frozenset(np.linspace(0, length - 1, count).astype(int).tolist())


def _suspected(
    frame: Frame, detectors: Sequence[Detector], *, score: float, kinds: frozenset[Kind], cover: Cover | None
) -> list[Spot]:
    """Return what the detectors see in one frame that is not covered, surest first."""
    mask = None if cover is None else cover.raster(frame.height, frame.width)
    spots = []
    for detector in detectors:
        found = detect_or_fail(detector, frame).of(kinds, score)
        for box, sure, kind in zip(found.boxes_px.tolist(), found.scores.tolist(), found.kinds.tolist(), strict=True):
            part = _protected(box, Kind(kind), frame)
            if part is not None and _covered_share(frame, part, mask) < _COVERED:
                inside = _inside(box, frame)
                name = Kind(kind).name.lower()
                spots.append(Spot(frame.time_s, frame.time_s, 0, inside, name, round(sure, 4), detector.name))
    return sorted(spots, key=lambda spot: (-spot.score, spot.box_px))


def _protected(box: list[float], kind: Kind, frame: Frame) -> tuple[int, int, int, int] | None:
    """Return the part of a detection by which somebody is known, cut at the border; None when nothing is left."""
    x1, y1, x2, y2 = box
    if kind in {Kind.HEAD, Kind.FACE}:
        across, down = _AROUND * (x2 - x1), _AROUND * (y2 - y1)
        part = _inside([x1 - across, y1 - down, x2 + across, y2 + down], frame)
    else:
        part = _inside([x1, y1, x2, y1 + _UPPER * (y2 - y1)], frame)
    return part if part[2] > part[0] and part[3] > part[1] else None


def _inside(box: list[float], frame: Frame) -> tuple[int, int, int, int]:
    """Return a box rounded outwards and cut at the border."""
    x1, y1 = (max(0, int(np.floor(edge))) for edge in box[:2])
    return x1, y1, min(frame.width, int(np.ceil(box[2]))), min(frame.height, int(np.ceil(box[3])))


def _covered_share(frame: Frame, part: tuple[int, int, int, int], mask: NDArray[np.uint8] | None) -> float:
    """Return how much of a part is covered, in [0, 1]."""
    x1, y1, x2, y2 = part
    return float(cover_in(frame, part).mean() if mask is None else mask[y1:y2, x1:x2].mean())


class _Rows:
    """Joins spots at one place in frames that follow each other; by place alone, so nobody is followed."""

    def __init__(self) -> None:
        self._open: list[Spot] = []
        self._closed: list[Spot] = []
        self._crops = 0

    def add(self, frame: Frame, spots: Sequence[Spot]) -> None:
        """Take the spots of the next frame that was looked at."""
        going: list[Spot] = []
        for spot in spots:
            if any(_overlap(other.box_px, spot.box_px) >= _SAME_PLACE for other in going):
                continue  # several detectors, or tiles, saw one thing
            before = next((old for old in self._open if _overlap(old.box_px, spot.box_px) >= _SAME_PLACE), None)
            if before is None:
                going.append(replace(spot, crop=self._crop(frame, spot.box_px)))
                continue
            self._open.remove(before)
            if spot.score > before.score:
                crop = crop_of(frame, spot.box_px) if before.crop.size else before.crop
                going.append(replace(spot, first_s=before.first_s, frames=before.frames + 1, crop=crop))
            else:
                going.append(replace(before, last_s=spot.last_s, frames=before.frames + 1))
        self._closed += self._open
        self._open = going

    def all(self) -> tuple[Spot, ...]:
        """Return the rows."""
        return tuple(sorted([*self._closed, *self._open], key=lambda spot: (spot.first_s, spot.box_px)))

    def _crop(self, frame: Frame, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        self._crops += 1
        return crop_of(frame, box) if self._crops <= _CROPS else np.empty((0, 0, 3), np.uint8)


def _overlap(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> float:
    """Return intersection over union of two boxes."""
    width, height = min(one[2], two[2]) - max(one[0], two[0]), min(one[3], two[3]) - max(one[1], two[1])
    shared = max(0, width) * max(0, height)
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, two)]
    return shared / (sum(areas) - shared) if shared else 0.0


def crop_of(frame: Frame, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return the surroundings of a box in a covered copy with the box drawn, at most 192 px on a side.

    Returns:
        Shape (h, w, 3) uint8, RGB.
    """
    x1, y1, x2, y2 = box
    margin = max(24, (x2 - x1) // 2, (y2 - y1) // 2)
    left, top = max(0, x1 - margin) // 2 * 2, max(0, y1 - margin) // 2 * 2
    right, bottom = min(frame.width, x2 + margin), min(frame.height, y2 + margin)
    ratio = _CROP_PX / max(right - left, bottom - top)
    columns, rows = (max(2, round(ratio * side / 2) * 2) for side in (right - left, bottom - top))
    picture = sample(frame, columns, rows, region=(left, top, right, bottom))
    inner = [
        round((edge - start) / scale)
        for edge, start, scale in zip(box, (left, top) * 2, (picture.scale_x, picture.scale_y) * 2, strict=True)
    ]
    cv2.rectangle(picture.rgb, inner[:2], inner[2:], (255, 140, 0), 1)
    return picture.rgb
