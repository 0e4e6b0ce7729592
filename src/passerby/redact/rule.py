"""What of each kind is covered: how much of its box, from which score on, and how much more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.redact.choice import CoverKind
from passerby.vision.detections import Detections, Kind

VEHICLES = frozenset({Kind.BICYCLE, Kind.MOTORCYCLE, Kind.CAR, Kind.BUS, Kind.TRUCK})
FACES = frozenset({Kind.FACE, Kind.HEAD})
HEAD_SHARE = 0.35
"""Upper part of a person's box that holds the head, whatever the pose (baseline: leaks 2-7 points more)."""
COVER_SCORE = 0.15
"""Covering reads a net low (baseline.md: the threshold matters more than the net)."""
BUSY_SHARE = 0.85
"""Score in a busy or dark scene, over the usual one: 0.13 left nobody bare on MOT17-04, 0.15 one in a hundred."""
POOR_SHARE = 0.5
"""Score in bad light, over the usual one (docs/decisions/0009-bad-light.md)."""
CLEAR_SCORE = 0.3
"""From this score on a box is surely a body, and gets room for swinging arms."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One sort of box and its cover.

    Args:
        kinds: Kinds of detections it applies to.
        score: Least score; low, since a missed person is worse than a covered pillar.
        margin: Growth of the box as a share of its width and height (0.2 = 10 % on each side).
        part: Upper share of the box that is covered, in (0, 1].
        least_aspect: Least width over height of what is covered: arms swing wider than a narrow box.
        body: Whether the box is a whole person, where style `figure` draws one.
    """

    kinds: frozenset[Kind]
    score: float
    margin: float
    part: float = 1.0
    least_aspect: float = 0.0
    body: bool = False

    def boxes(
        self, found: Detections, *, busy: bool = False, poor: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what this rule covers, before growth.

        Args:
            found: One detector's answer.
            busy: Whether people hide among others, so that a lower score counts.
            poor: Whether light or weather hide them, so that a still lower one does.

        Returns:
            Boxes, shape (N, 4), px, and their scores, shape (N,).
        """
        share = POOR_SHARE if poor else BUSY_SHARE if busy else 1.0
        mine = found.of(self.kinds, self.score * share)
        boxes = mine.boxes_px.copy()
        boxes[:, 3] = boxes[:, 1] + self.part * (boxes[:, 3] - boxes[:, 1])
        width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        wider = np.maximum(0, self.least_aspect * height - width) / 2 * (mine.scores >= CLEAR_SCORE)
        boxes[:, 0] -= wider
        boxes[:, 2] += wider
        return boxes, mine.scores


def kinds_of(covering: frozenset[CoverKind]) -> frozenset[Kind]:
    """Return the kinds of which something is covered.

    >>> sorted(kind.name for kind in kinds_of(frozenset({CoverKind.FACES})))
    ['FACE', 'HEAD']
    """
    return frozenset(kind for rule in rules_for(covering, score=COVER_SCORE, margin=0) for kind in rule.kinds)


def rules_for(covering: frozenset[CoverKind], *, score: float, margin: float) -> list[Rule]:
    """Return the rules that cover what was asked for.

    Args:
        covering: What to cover.
        score: Least score of persons and vehicles; faces and screens need a third more.
        margin: Growth of person boxes; faces get twice that, since a face box ends at the hairline.
    """
    people = frozenset({Kind.PERSON})
    rules = []
    if CoverKind.PEOPLE in covering:
        rules.append(Rule(people, score, margin, least_aspect=0.5, body=True))
    elif CoverKind.HEADS in covering:
        rules.append(Rule(people, score, margin, part=HEAD_SHARE))
    if covering & {CoverKind.PEOPLE, CoverKind.HEADS, CoverKind.FACES}:
        rules.append(Rule(FACES, score * 4 / 3, 2 * margin))
    if CoverKind.VEHICLES in covering:
        rules.append(Rule(VEHICLES, score, margin))
    if CoverKind.SCREENS in covering:
        rules.append(Rule(frozenset({Kind.SCREEN}), score * 4 / 3, margin))
    return rules
