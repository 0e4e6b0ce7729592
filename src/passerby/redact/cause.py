"""What covers a picture, and how much of it: each covered part counts for one cause."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.redact.mask import Cover
from passerby.redact.rule import AGREED_SHARE, FACES, VEHICLES, Rule
from passerby.vision.detections import Kind

Boxes = NDArray[np.float32]

CONFIDENT_SCORE: Final = 0.5
_COLUMNS: Final = 480
"""Width of the raster on which shares are measured, px: causes need no exact edges."""


class Cause(StrEnum):
    """Why a part of a picture is covered; what several causes cover counts for the first of them."""

    BODIES = "confident bodies"
    FACES = "faces"
    VEHICLES = "vehicles"
    SCREENS = "screens"
    TEXT = "writing"
    PLATES = "plates"
    WEAK = "weak bodies"
    POOR = "poor light"
    MASKS = "masks"
    HAND = "by hand"
    CROWD = "crowd"
    MOTION = "motion"
    MARGIN = "margin"
    HOLD = "hold"
    WHOLE = "covered whole"


_ORDER: Final = {cause: place for place, cause in enumerate(Cause)}

CoverLayer = tuple[Cause, Boxes]
"""A cause and the boxes that are covered for it, shape (N, 4), px."""


def cause_of(rule: Rule, score: float) -> Cause:
    """Return why a rule covers a box.

    Args:
        rule: The rule.
        score: The network's confidence; a body below the usual threshold is covered because of poor light.
    """
    if rule.kinds & FACES:
        return Cause.FACES
    if rule.kinds & VEHICLES:
        return Cause.VEHICLES
    if Kind.SCREEN in rule.kinds:
        return Cause.SCREENS
    if rule.kinds & {Kind.TEXT, Kind.PLATE}:
        return Cause.TEXT if Kind.TEXT in rule.kinds else Cause.PLATES
    if score >= CONFIDENT_SCORE:
        return Cause.BODIES
    return Cause.WEAK if score >= AGREED_SHARE * rule.score else Cause.POOR


def shares_by_cause(
    layers: Sequence[CoverLayer], cover: Cover, *, size: tuple[int, int], share: float
) -> dict[Cause, float]:
    """Return how much of a picture is covered for each cause; the shares add up to the covered share.

    Args:
        layers: What is covered for each cause, in any order; nothing else is explained.
        cover: What is covered.
        size: Rows and columns of the picture, px.
        share: Covered share of the picture, in [0, 1].
    """
    if cover.whole:
        return {Cause.WHOLE: 1.0}
    if not (share and layers):
        return {}
    scale = min(1.0, _COLUMNS / size[1])
    small = (max(1, round(scale * size[0])), max(1, round(scale * size[1])))
    across, down = small[1] / size[1], small[0] / size[0]
    rest = cover.scaled(across, down).raster(*small).astype(np.bool_)
    cells = max(1, int(rest.sum()))
    found: dict[Cause, float] = {}
    for cause, boxes in sorted(layers, key=lambda layer: _ORDER[layer[0]]):
        mine = rest & _raster(boxes * np.array([across, down, across, down], np.float32), small)
        if mine.any():
            found[cause] = found.get(cause, 0.0) + share * float(mine.sum()) / cells
            rest &= ~mine
    if rest.any():  # edges are rounded outwards
        found[Cause.MARGIN] = found.get(Cause.MARGIN, 0.0) + share * float(rest.sum()) / cells
    return found


def _raster(boxes: Boxes, size: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(size, np.bool_)
    limit = np.array([size[1], size[0]] * 2)
    edges = np.clip(np.concatenate((np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])), axis=1), 0, limit)
    for x1, y1, x2, y2 in edges.astype(int).tolist():
        mask[y1:y2, x1:x2] = True
    return mask
