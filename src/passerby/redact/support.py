"""Which boxes of one network count on their own, and which of the others a second opinion supports.

At a score threshold low enough to miss no one, a network also returns large weak boxes where there is no one.
A large weak box counts only when another network, a face or, at another time, the network itself supports it
(docs/decisions/0020-two-body-nets.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from passerby.redact.evidence import evidence_of
from passerby.redact.perspective import with_face
from passerby.vision.boxes import areas, shared_areas
from passerby.vision.detections import Detections, Kind

Boxes = NDArray[np.float32]

ALONE_SCORE = 0.4
"""From this score on, a box of a single network counts."""
SMALL_SHARE = 0.01
"""Any box below this share of the picture counts: it costs little, and often only one network finds distant people."""
GIANT_SHARE = 0.15
"""From this share of the picture on, boxes of any network below GIANT_ALONE_SCORE need a second opinion."""
GIANT_ALONE_SCORE = 0.6
PARTNER_SCORE = 0.15
GIANT_PARTNER_SCORE = 0.2
"""Lowest scores at which a partner's box in the same place counts as agreement."""
FAINT_PARTNER_SCORE = 0.06
"""From this score on, two weak boxes that agree count: half a head in a crowd often scores no higher."""
FIRM_SCORE = 0.3
"""A larger box below this score is no detection across a long gap: such boxes come and go at random."""
LASTING_SCORE = 0.2
"""Boxes from this score on support themselves if they are found again and again; giant ones never."""
SAME_OVERLAP = 0.4
"""Intersection over union from which boxes of two networks count as the same object."""
FACE_SCORE = 0.5
"""A face of this score supports the body box that it lies in."""
WIDEST = 8.0
"""Largest width of a body, in heights of its face: a wider box is a group, whose members have their own boxes."""


def supported(
    found: Detections, partners: Sequence[Detections], faces_px: Boxes, *, area_px: float, doubted: bool
) -> NDArray[np.bool_]:
    """Return which boxes count by themselves or because other networks support them in this pass, shape (N,).

    Args:
        found: One network's answer.
        partners: The answers of other networks that find bodies, of the same moment.
        faces_px: Shape (M, 4), faces that any network found, px.
        area_px: Area of the picture, px².
        doubted: Whether this network's weak boxes need support already from SMALL_SHARE on, not from GIANT_SHARE.
    """
    area = areas(found.boxes_px)
    giant = area >= GIANT_SHARE * area_px
    alone = np.where(giant, GIANT_ALONE_SCORE, ALONE_SCORE if doubted else 0.0)
    believed = (found.scores >= alone) | (area < SMALL_SHARE * area_px)
    for partner in partners:
        agreeing = _agreed(found, partner, np.full(len(found), PARTNER_SCORE))
        free = _unmatched(partner, found)
        believed |= np.where(giant, _agreed(found, free, np.full(len(found), GIANT_PARTNER_SCORE)), agreeing)
    body = (found.kinds == Kind.PERSON) & with_face(found.boxes_px, faces_px, widest=WIDEST)
    return np.asarray(believed | body)


def faces_without_body(known: Detections, faces_px: Boxes) -> Boxes:
    """Return the faces that lie in no confident body box, shape (K, 4): the others cannot support a further box.

    Args:
        known: The detections of all networks.
        faces_px: Shape (M, 4), px.
    """
    bodies = known.of(frozenset({Kind.PERSON}), GIANT_ALONE_SCORE).boxes_px
    alone = [not with_face(bodies, face[None], widest=WIDEST).any() for face in faces_px]
    return faces_px[np.array(alone, np.bool_)]


def agreed(found: Detections, partners: Sequence[Detections], *, area_px: float) -> NDArray[np.bool_]:
    """Return which boxes another network also found, however weakly, shape (N,); giant boxes never count."""
    least = np.full(len(found), FAINT_PARTNER_SCORE)
    both = np.zeros(len(found), np.bool_)
    for partner in partners:
        both |= _agreed(found, partner, least)
    return both & (areas(found.boxes_px) < GIANT_SHARE * area_px)


def _unmatched(partner: Detections, found: Detections) -> Detections:
    """Return a partner's boxes without those that a confident box of this network shows better than any weak one."""
    confident = found.scores >= GIANT_ALONE_SCORE
    shown = _agreed(
        partner,
        Detections(found.boxes_px[confident], found.scores[confident], found.kinds[confident]),
        np.zeros(len(partner)),
    )
    return Detections(partner.boxes_px[~shown], partner.scores[~shown], partner.kinds[~shown])


def weighed(found: Detections, supported: NDArray[np.bool_], *, area_px: float) -> NDArray[np.uint8]:
    """Return the `Evidence` of each box, shape (N,).

    Args:
        found: One network's answer.
        supported: Shape (N,), which boxes count by themselves or are supported.
        area_px: Area of the picture, px²; 0 if unknown, and then all evidence is assumed.
    """
    area = areas(found.boxes_px)
    firm = (found.scores >= FIRM_SCORE) | (area < SMALL_SHARE * area_px) | (not area_px)
    lasting = (found.scores >= LASTING_SCORE) & (area < GIANT_SHARE * area_px)
    return evidence_of(supported, firm=np.asarray(firm), lasting=np.asarray(lasting))


def _agreed(found: Detections, partner: Detections, least: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which boxes a partner also found, of the same sort and with at least these scores, shape (N,)."""
    common = shared_areas(found.boxes_px, partner.boxes_px)
    united = areas(found.boxes_px)[:, None] + areas(partner.boxes_px)[None] - common
    same = (found.kinds == Kind.PERSON)[:, None] == (partner.kinds == Kind.PERSON)[None]
    same &= (common >= SAME_OVERLAP * np.maximum(united, 1e-6)) & (partner.scores[None] >= least[:, None])
    return np.asarray(same.any(axis=1))
