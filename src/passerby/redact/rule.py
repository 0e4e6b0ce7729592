"""What is covered for each kind: from which score on, which part of its box, and how far beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.redact.choice import CoverKind
from passerby.redact.plates import MOTOR_VEHICLES
from passerby.redact.score_table import ScoreTable
from passerby.vision.detections import Detections, Kind

Boxes = NDArray[np.float32]

VEHICLES = frozenset({Kind.BICYCLE, Kind.MOTORCYCLE, Kind.CAR, Kind.BUS, Kind.TRUCK})
FACES = frozenset({Kind.FACE, Kind.HEAD})
HEAD_SHARE = 0.35
"""Upper part of a person's box that holds the head, whatever the pose (baseline: leaks 2-7 points more)."""
COVER_SCORE = 0.15
"""Covering uses a low score threshold (baseline.md: the threshold matters more than the network)."""
LEAST_ASPECT = 0.5
"""Least width over height of the cover of a confident body."""
POOR_SHARE = 0.5
"""Score threshold in bad light, as a share of the usual one (docs/decisions/0009-bad-light.md)."""
CLOSE_FACE = 0.2
"""A face of at least this share of a body box's height shows where the head is: the picture's edge cuts the body."""
HEAD_ROOM = (0.4, 0.7, 0.25)
"""How far a head extends beyond its face: to each side, above and below, as shares of the face's width and height."""
AGREED_SHARE = 0.75
"""Score threshold for what two networks find in the same place, as a share of the usual one."""
CLEAR_SCORE = 0.6
"""From this score on, a box is certainly a body and gets room for swinging arms."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one sort of box is covered.

    Args:
        kinds: Kinds of detections it applies to.
        score: Lowest score; low, since a missed person is worse than a covered pillar.
        margin: Growth of the box as a share of its width and height (0.2 = 10 % on each side).
        part: Upper share of the box that is covered, in (0, 1].
        least_aspect: Least width over height of what is covered: arms swing wider than a narrow box.
        body: Whether the box is a whole person, where style `figure` draws one.
        scores: Lowest scores by size and region, in place of `score` (None = `score` for all).
    """

    kinds: frozenset[Kind]
    score: float
    margin: float
    part: float = 1.0
    least_aspect: float = 0.0
    body: bool = False
    scores: ScoreTable | None = None

    def boxes(
        self,
        found: Detections,
        *,
        poor: bool = False,
        agreed: NDArray[np.bool_] | None = None,
        faces_px: Boxes | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Return what this rule covers, before growth.

        Args:
            found: One detector's answer.
            poor: Whether bad light or weather may hide people, so that a lower score counts.
            agreed: Shape (len(found),), which boxes another network also found: for these a lower score counts.
            faces_px: Shape (M, 4), confident faces: where only part of a body is covered, a large face shows which.

        Returns:
            Boxes, shape (N, 4), px, their scores, shape (N,), and which boxes of `found` they are, (len(found),).
        """
        share = POOR_SHARE if poor else 1.0
        least = np.full(len(found), self.score) if self.scores is None else self.scores.least(found.boxes_px)
        least *= share
        if agreed is not None:
            least[agreed] = np.minimum(least[agreed], self.score * AGREED_SHARE)
        which = np.isin(found.kinds, list(self.kinds)) & (found.scores >= least)
        mine = Detections(found.boxes_px[which], found.scores[which], found.kinds[which])
        boxes = mine.boxes_px.copy()
        heads = _heads(boxes, faces_px) if self.part < 1 and faces_px is not None else {}
        boxes[:, 3] = boxes[:, 1] + self.part * (boxes[:, 3] - boxes[:, 1])
        width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        wider = np.maximum(0, self.least_aspect * height - width) / 2 * (mine.scores >= CLEAR_SCORE)
        boxes[:, 0] -= wider
        boxes[:, 2] += wider
        for place, head in heads.items():
            boxes[place] = head

        return boxes, mine.scores, which


def _heads(boxes: Boxes, faces_px: Boxes) -> dict[int, Boxes]:
    """Return the heads of body boxes that contain exactly one face, if it is large; keys are body indices."""
    found = {}
    middles = (faces_px[:, :2] + faces_px[:, 2:]) / 2
    for place, box in enumerate(boxes):
        inside = ((middles >= box[:2]) & (middles <= box[2:])).all(axis=1)
        if inside.sum() != 1:
            continue
        x1, y1, x2, y2 = faces_px[inside][0]
        if y2 - y1 >= CLOSE_FACE * (box[3] - box[1]):
            side, above, below = HEAD_ROOM
            across, down = x2 - x1, y2 - y1
            found[place] = np.array([x1 - side * across, y1 - above * down, x2 + side * across, y2 + below * down])
    return found


def kinds_of(covering: frozenset[CoverKind]) -> frozenset[Kind]:
    """Return the kinds of detections that are covered, fully or in part; of plates, those that show where they are.

    >>> sorted(kind.name for kind in kinds_of(frozenset({CoverKind.FACES})))
    ['FACE', 'HEAD']
    """
    kinds = frozenset(kind for rule in rules_for(covering, score=COVER_SCORE, margin=0) for kind in rule.kinds)
    return (kinds - {Kind.PLATE}) | MOTOR_VEHICLES | {Kind.TEXT} if Kind.PLATE in kinds else kinds


def rules_for(
    covering: frozenset[CoverKind], *, score: float, margin: float, scores: ScoreTable | None = None
) -> list[Rule]:
    """Return the rules for the chosen cover.

    Args:
        covering: What to cover.
        score: Lowest score of persons and vehicles; faces and screens need a third more.
        margin: Growth of person boxes; faces get twice that, since a face box ends at the hairline.
        scores: Lowest scores of persons by size and region, in place of `score` (None = `score` for all).
    """
    people = frozenset({Kind.PERSON})
    rules = []
    if CoverKind.PEOPLE in covering:
        rules.append(Rule(people, score, margin, least_aspect=LEAST_ASPECT, body=True, scores=scores))
    elif CoverKind.HEADS in covering:
        rules.append(Rule(people, score, margin, part=HEAD_SHARE, scores=scores))
    if covering & {CoverKind.PEOPLE, CoverKind.HEADS, CoverKind.FACES}:
        rules.append(Rule(FACES, score * 4 / 3, 2 * margin))
    if CoverKind.VEHICLES in covering:
        rules.append(Rule(VEHICLES, score, margin))
    if CoverKind.SCREENS in covering:
        rules.append(Rule(frozenset({Kind.SCREEN}), score * 4 / 3, margin))
    if CoverKind.TEXT in covering:
        rules.append(Rule(frozenset({Kind.TEXT}), score, margin))
    if CoverKind.PLATES in covering:
        rules.append(Rule(frozenset({Kind.PLATE}), score, margin))
    return rules
