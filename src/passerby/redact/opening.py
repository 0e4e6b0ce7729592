"""Where a person took cover away by hand: the only code that makes a cover smaller than the detectors say.

An opening acts on the boxes of one kind that lie in its region, and inside that region only; what any other rule,
a mask, a crowd, bad light or a failure covers stays covered. Only an edits file leads to openings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.redact.drawn_region import Edges
from passerby.redact.rule import FACES, VEHICLES, Rule
from passerby.vision.boxes import areas, shared_areas
from passerby.vision.detections import Kind

Boxes = NDArray[np.float32]

_INSIDE: Final = 0.9
"""Share of a box that must lie in the region: what reaches farther out is another piece."""
_ONE_BODY: Final = 0.55
"""Intersection over union from which two boxes are of one person: several networks found them."""
_FITS: Final = 0.2
"""Least intersection over union of a person's box and the region that leaves them visible."""


class CoverPiece(StrEnum):
    """Which kind of cover an opening takes away."""

    PEOPLE = "people"
    FACES = "faces"
    VEHICLES = "vehicles"
    SCREENS = "screens"
    MOTION = "motion"


PERSON: Final = (CoverPiece.PEOPLE, CoverPiece.FACES)
"""What covers one person."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A region of one frame in which cover is taken away.

    Args:
        box_px: x1, y1, x2, y2, px.
        piece: The kind of cover; for one person, their body and face, whatever it says.
        one_person: Whether it leaves one person visible: then the cover of anyone else in the region stays.
        alone: Whether other networks saw nobody else in the region: then weak boxes on parts of the person go too.
    """

    box_px: Edges
    piece: CoverPiece = CoverPiece.PEOPLE
    one_person: bool = False
    alone: bool = False


def piece_of(rule: Rule) -> CoverPiece:
    """Return the kind of cover that a rule makes."""
    if rule.kinds & FACES:
        return CoverPiece.FACES
    if rule.kinds & VEHICLES:
        return CoverPiece.VEHICLES
    return CoverPiece.SCREENS if Kind.SCREEN in rule.kinds else CoverPiece.PEOPLE


def opened(
    boxes: Boxes, bodies: NDArray[np.bool_], pieces: Sequence[CoverPiece], openings: Sequence[Opening]
) -> tuple[Boxes, NDArray[np.bool_]]:
    """Return the boxes without what openings take away, and which of them are bodies.

    Args:
        boxes: Shape (N, 4), px.
        bodies: Shape (N,).
        pieces: Which kind of cover each box is.
        openings: Those of this frame.
    """
    for opening in openings:
        region = np.array([opening.box_px], np.float32)
        inside = shared_areas(boxes, region)[:, 0] >= _INSIDE * areas(boxes)
        kinds = PERSON if opening.one_person else (opening.piece,)
        gone = np.zeros(len(boxes), np.bool_)
        for kind in kinds:
            mine = inside & np.array([piece is kind for piece in pieces], np.bool_)
            strict = opening.one_person and not opening.alone
            gone |= _one(boxes, mine, region, fits=kind is CoverPiece.PEOPLE) if strict else mine
        rests = [_around(box, opening.box_px) for box in boxes[gone].tolist()]
        strips = np.array([strip for rest in rests for strip in rest], np.float32).reshape(-1, 4)
        owners = [piece for piece, rest in zip(_chosen(pieces, gone), rests, strict=True) for _ in rest]
        boxes = np.concatenate((boxes[~gone], strips))
        bodies = np.concatenate((bodies[~gone], np.zeros(len(strips), np.bool_)))
        pieces = [*_chosen(pieces, ~gone), *owners]
    return boxes, bodies


def _chosen(pieces: Sequence[CoverPiece], which: NDArray[np.bool_]) -> list[CoverPiece]:
    return [piece for piece, mine in zip(pieces, which.tolist(), strict=True) if mine]


def _one(boxes: Boxes, mine: NDArray[np.bool_], region: Boxes, *, fits: bool) -> NDArray[np.bool_]:
    """Return which boxes are of the one person that the region is about; in doubt none.

    Args:
        boxes: Shape (N, 4).
        mine: Which of them may be.
        region: Shape (1, 4).
        fits: Whether the region was drawn around such a box: the one that fills it best is the person's.
    """
    if not mine.any():
        return mine
    match = np.where(mine, _overlap(boxes, region)[:, 0], -1.0)
    best = int(match.argmax())
    if fits and match[best] < _FITS:
        return np.zeros_like(mine)
    same = mine & (_overlap(boxes, boxes[best : best + 1])[:, 0] >= _ONE_BODY)
    return same if fits or (same == mine).all() else np.zeros_like(mine)  # two faces: two people


def _overlap(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    shared = shared_areas(boxes, others)
    return np.asarray(shared / np.maximum(1e-6, areas(boxes)[:, None] + areas(others)[None, :] - shared), np.float32)


def _around(box: Sequence[float], region: Edges) -> list[tuple[float, float, float, float]]:
    """Return the parts of a box outside a region: at most four strips."""
    x1, y1, x2, y2 = box
    left, top = max(x1, region[0]), max(y1, region[1])
    right, bottom = min(x2, region[2]), min(y2, region[3])
    parts = [(x1, y1, x2, top), (x1, bottom, x2, y2), (x1, top, left, bottom), (right, top, x2, bottom)]
    return [(a, b, c, d) for a, b, c, d in parts if c > a and d > b]
