"""Plates: writing on and near vehicles, and whole vehicles on which no plate was found. Nothing is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from passerby.vision.boxes import areas, shared_areas
from passerby.vision.detections import Detections, Kind

Boxes = NDArray[np.float32]

MOTOR_VEHICLES = frozenset({Kind.MOTORCYCLE, Kind.CAR, Kind.BUS, Kind.TRUCK})
VEHICLE_SCORE = 0.4
"""A vehicle without a plate is covered whole from this score on. Fainter boxes are mostly parts of vehicles: with 0.15,
more than twice the area of the tuning pictures was covered, and no plate more."""
TEXT_SCORE = 0.15
AROUND = 0.1
"""Writing this far beyond a vehicle's box belongs to it too, as a share of the box's sides."""
TOP = 0.3
"""Above this share of a vehicle's height writing is no plate: it is on the roof, a window or a taxi sign."""
WIDTHS = (0.05, 0.7)
"""Width of a plate as a share of its vehicle's box: less is a sticker, more is a slogan along the side."""
ASPECTS = (1.0, 9.0)
"""Width over height of a plate as it is seen: two lines on a motorcycle to one long line."""
SAME_VEHICLE = 0.5
"""Intersection over union from which two boxes are the same vehicle."""
PART = 0.6
"""Share of the smaller of two boxes that lies in the other, from which one may be part of the other."""
LOWER_PART = 0.25
"""A plate without a vehicle lies below this share of the picture's height, if the camera looks along the road."""


def with_plates(found: Sequence[Detections | None], *, place: int, rows_px: float) -> list[Detections | None]:
    """Return the answers of a pass, with `Kind.PLATE` added to one of them.

    Args:
        found: The answer of each detector; None from one that did not run.
        place: Index of the answer that gets them.
        rows_px: Height of the picture, px; 0 if unknown.
    """
    answers = list(found)
    known = [each for each in found if each is not None]
    boxes = plates(Detections.joined(known), rows_px=rows_px)
    if len(boxes):
        more = Detections(boxes, np.ones(len(boxes), np.float32), np.full(len(boxes), Kind.PLATE, np.int8))
        answers[place] = Detections.joined([answers[place] or Detections.none(), more])
    return answers


def plates(known: Detections, *, rows_px: float) -> Boxes:
    """Return what is covered for the sake of plates, shape (N, 4), px.

    That is all writing on or near a motor vehicle, each vehicle on which no writing looks like its plate, and writing
    that looks like a plate whose vehicle was not found.

    Args:
        known: What all detectors found.
        rows_px: Height of the picture, px; 0 if unknown.
    """
    text = known.of(frozenset({Kind.TEXT}), TEXT_SCORE).boxes_px
    likely = known.of(MOTOR_VEHICLES, VEHICLE_SCORE)
    vehicles = likely.boxes_px
    near = _inside(text, _grown(vehicles))
    fits = near & _plate_like(text, vehicles)
    with_plate = _with_own_plate(fits, likely)
    lone = ~near.any(axis=1) & _shaped(text) & (text[:, 1::2].mean(axis=1) >= LOWER_PART * rows_px)
    return np.concatenate((text[near.any(axis=1) | lone], vehicles[~with_plate])).astype(np.float32)


def _grown(boxes: Boxes) -> Boxes:
    room = AROUND * (boxes[:, 2:] - boxes[:, :2])
    return np.concatenate((boxes[:, :2] - room, boxes[:, 2:] + room), axis=1)


def _inside(text: Boxes, vehicles: Boxes) -> NDArray[np.bool_]:
    """Return which writing has its centre in which box, shape (len(text), len(vehicles))."""
    centres = (text[:, None, :2] + text[:, None, 2:]) / 2
    return np.asarray(((centres >= vehicles[None, :, :2]) & (centres <= vehicles[None, :, 2:])).all(axis=2))


def _shaped(text: Boxes) -> NDArray[np.bool_]:
    width, height = (text[:, 2:] - text[:, :2]).T
    aspect = width / np.maximum(height, 1e-6)
    return np.asarray((aspect >= ASPECTS[0]) & (aspect <= ASPECTS[1]))


def _plate_like(text: Boxes, vehicles: Boxes) -> NDArray[np.bool_]:
    """Return which writing could be the plate of which vehicle, by shape, width and height above the road."""
    share = (text[:, 2] - text[:, 0])[:, None] / np.maximum(vehicles[:, 2] - vehicles[:, 0], 1e-6)[None]
    down = text[:, 1::2].mean(axis=1)[:, None] - vehicles[None, :, 1]
    low = down >= TOP * (vehicles[:, 3] - vehicles[:, 1])[None]
    return np.asarray(_shaped(text)[:, None] & (share >= WIDTHS[0]) & (share <= WIDTHS[1]) & low)


def _with_own_plate(fits: NDArray[np.bool_], vehicles: Detections) -> NDArray[np.bool_]:
    """Return which vehicles have a plate.

    Writing counts for the smallest box around it, for other boxes of the same vehicle, and for less confident boxes
    that lie in it or around it: networks often report parts of a near vehicle.
    """
    boxes, scores = vehicles.boxes_px, vehicles.scores
    area = areas(boxes)
    common = shared_areas(boxes, boxes)
    same = common >= SAME_VEHICLE * np.maximum(area[:, None] + area[None] - common, 1e-6)
    part = (common >= PART * np.minimum(area[:, None], area[None])) & (scores[:, None] >= scores[None])
    have = np.zeros(len(boxes), np.bool_)
    for row in fits[fits.any(axis=1)]:
        smallest = int(np.where(row, area, np.inf).argmin())
        alike = same[smallest]
        have |= alike | part[alike].any(axis=0)
    return have
