"""Matches the boxes of a moment to the people and vehicles (bodies) of the moments before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.measure.motion.pairing import Boxes, Indices, fits_crossed, lone_pairs, pair
from passerby.measure.motion.tuning import Tuning
from passerby.measure.view import Points

USUAL_GAP_S = 0.1
RECENT_S = 0.35
"""If a body was out of sight for longer, its expected position is too uncertain to be used."""


def continued(expected: Boxes, unseen_s: Points, boxes: Boxes, *, sure: NDArray[np.bool_], tuning: Tuning) -> Indices:
    """Return to which of the expected bodies each box belongs, shape (M,), -1 = none.

    Args:
        expected: Shape (N, 4), expected boxes of known bodies.
        unseen_s: Shape (N,), how long each was out of sight, s.
        boxes: Shape (M, 4), one per body.
        sure: Shape (M,), which of them are confident.
        tuning: Largest distances.
    """
    reach = tuning.reach + tuning.reach_per_s * np.clip(unseen_s - USUAL_GAP_S, 0, 1)
    who = np.full(len(boxes), -1)
    unmatched = np.ones(len(expected), np.bool_)
    for part in (sure, ~sure):
        free, wanted = np.flatnonzero(unmatched), np.flatnonzero(part)
        old, new = pair(expected[free], boxes[wanted], reach=reach[free])
        who[wanted[new]] = free[old]
        unmatched[free[old]] = False
    # a person who turned or ran is farther away; accept the box if no one else is near it
    lost, fresh = np.flatnonzero(unmatched & (unseen_s <= RECENT_S)), np.flatnonzero(sure & (who < 0))
    if len(lost) and len(fresh):
        old, new = lone_pairs(expected, boxes, lost=lost, fresh=fresh, reach=tuning.alone)
        who[new] = old
    return who


def unhidden(
    expected: Boxes, who: Indices, missed: Indices, *, boxes: Boxes, repeats: Boxes, tuning: Tuning
) -> tuple[Indices, Indices, Indices]:
    """Find bodies behind others: their boxes look like repeats of the boxes in front of them.

    If the body in front fits the repeat, and the one behind fits the other box, the two were mistaken for each other.

    Args:
        expected: As for `continued`.
        who: The result of `continued`.
        missed: Shape (L,), expected bodies that have no box and may be behind another.
        boxes: Shape (M, 4), one per body.
        repeats: Shape (R, 4), boxes that repeat one of them, or belong to a body behind it.
        tuning: Largest distances.

    Returns:
        `who`, corrected; and which of the expected bodies, shape (H,), have which of the repeats, shape (H,).
    """
    if not (len(missed) and len(repeats)):
        return who, np.empty(0, np.intp), np.empty(0, np.intp)
    who, before, again = _changed(expected, who, missed, boxes=boxes, repeats=repeats, tuning=tuning)
    left = missed
    free = np.arange(len(repeats))
    if len(before):
        left, free = np.setdiff1d(missed, who), np.setdiff1d(free, again)
    old, new = pair(expected[left], repeats[free], reach=np.full(len(left), tuning.behind))
    return who, np.concatenate((before, left[old])), np.concatenate((again, free[new]))


def _changed(
    expected: Boxes, who: Indices, missed: Indices, *, boxes: Boxes, repeats: Boxes, tuning: Tuning
) -> tuple[Indices, Indices, Indices]:
    """Return `who` with exchanged bodies corrected, and which bodies are behind now, with which repeats."""
    old, at = pair(expected[missed], boxes, reach=np.full(len(missed), 2 * tuning.behind))
    old, at = old[who[at] >= 0], at[who[at] >= 0]
    if not len(old):
        return who, old, at
    near, again = pair(boxes[at], repeats, reach=np.ones(len(at)))
    behind, at = missed[old[near]], at[near]
    before = who[at]
    wrong = fits_crossed(expected[before], expected[behind], boxes[at], repeats[again], reach=tuning.behind)
    who = who.copy()
    who[at[wrong]] = behind[wrong]
    return who, before[wrong], again[wrong]
