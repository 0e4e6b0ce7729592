"""Which boxes are believed on one network's word, and which of the others a second opinion supports.

A network that is read low enough to miss nobody answers with large faint boxes where nobody is. What it says
faintly of something large counts only when another network, a face or, in time, the network itself bears it out
(docs/decisions/0020-two-body-nets.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from passerby.redact.perspective import with_face
from passerby.vision.boxes import areas, shared_areas
from passerby.vision.detections import Detections, Kind

Boxes = NDArray[np.float32]

ALONE_SCORE = 0.4
"""From this score on a box is believed on one network's word."""
SMALL_SHARE = 0.01
"""Share of the picture below which any box is: it costs little, and often only one network finds who is far away."""
GIANT_SHARE = 0.15
"""From this share on, boxes of every network need a second opinion below GIANT_ALONE_SCORE."""
GIANT_ALONE_SCORE = 0.6
PARTNER_SCORE = 0.15
GIANT_PARTNER_SCORE = 0.2
"""So much a partner must say of the same place to agree."""
FAINT_PARTNER_SCORE = 0.06
"""From this on two faint answers are an answer: half a head in a crowd has often no more."""
SAME_OVERLAP = 0.4
"""Intersection over union from which two networks mean the same."""
FACE_SCORE = 0.5
"""A face of this score bears out the body box that it lies in."""
WIDEST = 8.0
"""Times the height of its face that a body is wide at most: what is wider is a group, and each of it has a box."""


def supported(
    found: Detections, partners: Sequence[Detections], faces_px: Boxes, *, area_px: float, doubted: bool
) -> NDArray[np.bool_]:
    """Return which boxes of an answer count by themselves or by what others say of the same pass, shape (N,).

    Args:
        found: One network's answer.
        partners: The answers of other networks that find bodies, of the same moment.
        faces_px: Shape (M, 4), faces that any network found, px.
        area_px: Of the picture, px².
        doubted: Whether this network's faint boxes need support already from SMALL_SHARE on, not from GIANT_SHARE.
    """
    area = areas(found.boxes_px)
    giant = area >= GIANT_SHARE * area_px
    alone = np.where(giant, GIANT_ALONE_SCORE, ALONE_SCORE if doubted else 0.0)
    believed = (found.scores >= alone) | (area < SMALL_SHARE * area_px)
    for partner in partners:
        believed |= _agreed(found, partner, np.where(giant, GIANT_PARTNER_SCORE, PARTNER_SCORE))
    body = (found.kinds == Kind.PERSON) & with_face(found.boxes_px, faces_px, widest=WIDEST)
    return np.asarray(believed | body)


def faces_without_body(known: Detections, faces_px: Boxes) -> Boxes:
    """Return the faces that no sure body box holds, shape (K, 4): whose body is known bears out no other box.

    Args:
        known: What all networks found.
        faces_px: Shape (M, 4), px.
    """
    bodies = known.of(frozenset({Kind.PERSON}), GIANT_ALONE_SCORE).boxes_px
    alone = [not with_face(bodies, face[None], widest=WIDEST).any() for face in faces_px]
    return faces_px[np.array(alone, np.bool_)]


def agreed(found: Detections, partners: Sequence[Detections], *, area_px: float) -> NDArray[np.bool_]:
    """Return which boxes, none of them giant, another network has too, however faintly, shape (N,)."""
    least = np.full(len(found), FAINT_PARTNER_SCORE)
    both = np.zeros(len(found), np.bool_)
    for partner in partners:
        both |= _agreed(found, partner, least)
    return both & (areas(found.boxes_px) < GIANT_SHARE * area_px)


def _agreed(found: Detections, partner: Detections, least: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which boxes a partner has too, of the same sort and with at least these scores, shape (N,)."""
    common = shared_areas(found.boxes_px, partner.boxes_px)
    united = areas(found.boxes_px)[:, None] + areas(partner.boxes_px)[None] - common
    same = (found.kinds == Kind.PERSON)[:, None] == (partner.kinds == Kind.PERSON)[None]
    same &= (common >= SAME_OVERLAP * np.maximum(united, 1e-6)) & (partner.scores[None] >= least[:, None])
    return np.asarray(same.any(axis=1))
