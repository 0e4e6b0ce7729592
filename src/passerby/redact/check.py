"""The leak check: other detectors inspect a covered copy and report where a person may still be visible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.media.source import Source
from passerby.redact.choice import CheckDepth
from passerby.redact.mask import Cover
from passerby.redact.paint import Box
from passerby.redact.recognise import cover_in
from passerby.redact.scene_sample import SceneSample
from passerby.vision.detections import Kind
from passerby.vision.detector import Detector, detect_or_fail
from passerby.vision.sampling import sample

HUMAN: Final = frozenset({Kind.PERSON, Kind.HEAD, Kind.FACE})

_EVERY_S: Final = 2
_LEAST, _MOST = 10, 60
_UPPER: Final = 0.4
"""Upper share of a person's box, by which a person can be recognised: baseline.md measures the same part."""
_AROUND: Final = 0.15
"""Margin added around a head or face, as a share of its width and height."""
_COVERED: Final = 0.6
"""From this covered share on, the protected part counts as covered; boxes of two networks never agree better."""
_SAME_PLACE: Final = 0.4
"""Two boxes join into one row if at least this share of the smaller lies in the other, like a face in its body."""
_PAUSE_S: Final = 1.0
"""How long a gap within a row may be: detectors sometimes miss."""
_CROP_PX: Final = 192
_CROPS: Final = 200
"""Number of spots that get a crop: enough for a person to look through, without using much memory."""


@dataclass(frozen=True, slots=True)
class PossibleMiss:
    """A place where a person may be visible, in one frame or in consecutive frames.

    Args:
        first_s: Time of the first frame, s.
        last_s: Time of the last frame, s.
        frame: Index of the frame with the highest score.
        box_px: x1, y1, x2, y2 in that frame, px.
        kind: What it seems to be: person, head or face.
        score: The detector's score, in [0, 1].
        detector: Name of the detector that gave the highest score.
        frames: Number of inspected frames in which it was found.
        crop: Shape (h, w, 3) uint8 RGB, the place and its surroundings in the covered copy; empty after 200 spots.
    """

    first_s: float
    last_s: float
    frame: int
    box_px: Box
    kind: str
    score: float
    detector: str
    frames: int = 1
    crop: NDArray[np.uint8] = field(repr=False, compare=False, default_factory=lambda: np.empty((0, 0, 3), np.uint8))


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Args:
        frames_looked: Number of frames that all detectors inspected.
        frames_suspicious: Number of those with at least one spot.
        frames_unreadable: Number of frames that were due but could not be decoded.
        spots: In order of their first time.
        scenes: Number of scenes in the copy, as far as its cuts can be detected.
        scenes_looked: Number of scenes of which at least one frame was inspected.
    """

    frames_looked: int
    frames_suspicious: int
    frames_unreadable: int
    spots: tuple[PossibleMiss, ...]
    scenes: int = 0
    scenes_looked: int = 0

    @property
    def share(self) -> float:
        """Share of the inspected frames that have a spot, in [0, 1]."""
        return self.frames_suspicious / self.frames_looked if self.frames_looked else 0.0


def check(
    source: Source,
    detectors: Sequence[Detector],
    *,
    depth: CheckDepth = CheckDepth.SAMPLE,
    score: float = 0.4,
    kinds: frozenset[Kind] = HUMAN,
    covers: Callable[[int], Cover | None] | None = None,
) -> CheckResult:
    """Inspect a covered copy; anything found on the cover itself, including drawn figures, does not count.

    Args:
        source: The covered copy.
        detectors: Not those that covered it, or the same at other sizes: they must be able to disagree.
        depth: All frames, or one every 2 s (at least 10 and at most 60, spread over the copy) plus the first frame of
            each of the first 60 scenes, of every second of the next 60 scenes, every third after that, and so on.
        score: Lowest score that counts.
        kinds: Kinds that count; leave out those that were not meant to be covered.
        covers: The cover of a frame by its index, None where unknown; without it, cover is recognised by its colour.

    Raises:
        SourceError: The copy cannot be read.
        DetectorError: A detector failed: no result is better than a false one.
        ValueError: The depth is `OFF`.
    """
    if depth is CheckDepth.OFF:
        msg = "depth 'off' means no check; choose sample or full"
        raise ValueError(msg)

    rows = _Rows()
    due = sampled(source.length, source.shape.rate) if depth is CheckDepth.SAMPLE else None
    scenes = SceneSample()
    looked = suspicious = unreadable = 0
    step = max(1, round(_EVERY_S * source.shape.rate))

    for index, frame in enumerate(source):
        opening = not frame.damaged and scenes.opens(frame)
        spread = index % step == 0 if due is None else index in due
        if depth is CheckDepth.SAMPLE and not (spread or opening):
            continue
        if frame.damaged:
            unreadable += 1
            continue
        looked += 1
        scenes.looked()
        found = suspected(frame, detectors, score=score, kinds=kinds, cover=covers(index) if covers else None)
        suspicious += bool(found)
        rows.add(frame, [replace(spot, frame=index) for spot in found])

    return CheckResult(looked, suspicious, unreadable, rows.all(), scenes.count, scenes.count_looked)


def sampled(length: int | None, rate: Fraction) -> frozenset[int] | None:
    """Return the frames to inspect in a sample; None if the length is unknown, so that only the rate can decide."""
    if not length:
        return None
    count = min(length, _MOST, max(_LEAST, int(length / rate / _EVERY_S)))
    return frozenset(np.linspace(0, length - 1, count).astype(int).tolist())


def suspected(
    frame: Frame, detectors: Sequence[Detector], *, score: float, kinds: frozenset[Kind], cover: Cover | None
) -> list[PossibleMiss]:
    """Return what the detectors find uncovered in one frame, highest score first."""
    mask = None if cover is None else cover.raster(frame.height, frame.width)
    spots = []
    for detector in detectors:
        found = detect_or_fail(detector, frame).of(kinds, score)
        for box, sure, kind in zip(found.boxes_px.tolist(), found.scores.tolist(), found.kinds.tolist(), strict=True):
            inside = _inside(box, frame)
            if inside[0] >= inside[2] or inside[1] >= inside[3]:
                continue
            if _covered_share(frame, _protected(box, Kind(kind), frame), mask) < _COVERED:
                name = Kind(kind).name.lower()
                spots.append(PossibleMiss(frame.time_s, frame.time_s, 0, inside, name, round(sure, 4), detector.name))
    return sorted(spots, key=lambda spot: (-spot.score, spot.box_px))


def _protected(box: list[float], kind: Kind, frame: Frame) -> Box:
    """Return the part of a detection by which a person can be recognised, cut at the border."""
    x1, y1, x2, y2 = box
    if kind in {Kind.HEAD, Kind.FACE}:
        across, down = _AROUND * (x2 - x1), _AROUND * (y2 - y1)
        return _inside([x1 - across, y1 - down, x2 + across, y2 + down], frame)
    upper = _inside([x1, y1, x2, y1 + _UPPER * (y2 - y1)], frame)
    return upper if upper[3] > upper[1] else _inside(box, frame)  # a body cut by the upper border


def _inside(box: list[float], frame: Frame) -> Box:
    """Return a box rounded outwards and cut at the border."""
    x1, y1 = (max(0, int(np.floor(edge))) for edge in box[:2])
    return x1, y1, min(frame.width, int(np.ceil(box[2]))), min(frame.height, int(np.ceil(box[3])))


def _covered_share(frame: Frame, part: Box, mask: NDArray[np.uint8] | None) -> float:
    """Return how much of a part is covered, in [0, 1]."""
    x1, y1, x2, y2 = part
    return float(cover_in(frame, part).mean() if mask is None else mask[y1:y2, x1:x2].mean())


@dataclass(slots=True)
class _Row:
    """A row that may continue: its spot, the last box at its place and the number of the last pass that found it."""

    spot: PossibleMiss
    box_px: Box
    look: int


class _Rows:
    """Joins spots at one place in consecutive frames; by place alone, so that no person is tracked."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._open: list[_Row] = []
        self._look = 0

    def add(self, frame: Frame, spots: Sequence[PossibleMiss]) -> None:
        """Add the spots of the next inspected frame, highest score first."""
        self._look += 1
        self._open = [row for row in self._open if self._goes_on(row, frame.time_s)]
        for spot in spots:
            row = next((row for row in self._open if _shared(row.box_px, spot.box_px) >= _SAME_PLACE), None)
            if row is None:
                crop = crop_of(frame, spot.box_px) if len(self._rows) < _CROPS else spot.crop
                row = _Row(replace(spot, crop=crop), spot.box_px, self._look)
                self._rows.append(row)
                self._open.append(row)
            elif row.look < self._look:  # otherwise several detectors, or tiles, found the same thing
                _extend(row, spot, frame)
                row.look = self._look

    def all(self) -> tuple[PossibleMiss, ...]:
        """Return the rows."""
        return tuple(sorted((row.spot for row in self._rows), key=lambda spot: (spot.first_s, spot.box_px)))

    def _goes_on(self, row: _Row, time_s: float) -> bool:
        """Return whether a row can still get longer: it was there at the last pass, or a moment ago."""
        return row.look >= self._look - 1 or time_s - row.spot.last_s <= _PAUSE_S


def _extend(row: _Row, spot: PossibleMiss, frame: Frame) -> None:
    """Add what a later frame shows at the place of a row; the frame with the highest score supplies the crop."""
    before = row.spot
    best = before
    if spot.score > before.score:
        best = replace(spot, crop=crop_of(frame, spot.box_px) if before.crop.size else before.crop)
    row.spot = replace(best, first_s=before.first_s, last_s=spot.last_s, frames=before.frames + 1)
    row.box_px = spot.box_px


def _shared(one: Box, two: Box) -> float:
    """Return the share of the smaller of two boxes that lies in the other."""
    width, height = min(one[2], two[2]) - max(one[0], two[0]), min(one[3], two[3]) - max(one[1], two[1])
    smaller = min((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, two))
    return max(0, width) * max(0, height) / smaller


def crop_of(frame: Frame, box: Box) -> NDArray[np.uint8]:
    """Return the surroundings of a box in a covered copy, roughly square, with the box drawn on top.

    Returns:
        Shape (h, w, 3) uint8, RGB, at most 192 px on a side.
    """
    x1, y1, x2, y2 = box
    side = max(_CROP_PX // 3, 2 * (x2 - x1), 2 * (y2 - y1))
    left = max(0, min((x1 + x2 - side) // 2, frame.width - side)) // 2 * 2
    top = max(0, min((y1 + y2 - side) // 2, frame.height - side)) // 2 * 2
    right, bottom = min(frame.width, left + side), min(frame.height, top + side)
    ratio = _CROP_PX / max(right - left, bottom - top)
    columns, rows = (max(2, round(ratio * side / 2) * 2) for side in (right - left, bottom - top))
    picture = sample(frame, columns, rows, region=(left, top, right, bottom))
    inner = [
        round((edge - start) / scale)
        for edge, start, scale in zip(box, (left, top) * 2, (picture.scale_x, picture.scale_y) * 2, strict=True)
    ]
    cv2.rectangle(picture.rgb, inner[:2], inner[2:], (255, 140, 0), 1)
    return picture.rgb
