"""Tuning of motion: every constant that was chosen on footage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """How boxes are turned into motion. The defaults were chosen on PETS S2.L1 (docs/accuracy.md).

    Args:
        sure: Score from which a box may be a new body.
        faint: Score from which a box may continue a known body.
        mean_score: Lowest mean score of a body that counts.
        still_score: The same for a body that never moved: signs and bins look like people.
        hits: Number of boxes from which a body counts.
        same_share: Two boxes are the same body if more than this share of the smaller lies in the larger.
        behind: Largest distance, in box sizes, between the expected box of a known body and a box that repeats another.
        reach: Largest jump between two moments, in box sizes.
        alone: The same if no other body or box is that close.
        reach_per_s: Added to the reach for each second out of sight.
        lag_s: How long a moment waits for later frames.
        bridge_s: Longest time out of sight that is bridged.
        follow_s: Longest time between two passes over which bodies are followed; beyond it, single boxes are counted.
        stands_s: Longest time that one pass counts for.
        smooth_s: Foot points are smoothed over this long before and after.
        speed_s: Speeds are measured over this long before and after: trembling only makes a speed too high.
        step: Smallest move sideways and in depth that makes a step, in body heights; less is trembling.
        hysteresis: No step ends closer to a line than this share of such a move.
        tremble: Assumed trembling of a box until it is known, in body heights.
        sure_of_side: A step ends beyond a line by this many standard errors of the foot point.
        restless: Factor by which the margin grows for a body that turns back over a line at once.
        hold_s: How long a person who stood still and is missed stays where they stood.
        border: A box this close to the picture's border counts as cut, as a share of the longer side.
    """

    sure: float = 0.5
    faint: float = 0.25
    mean_score: float = 0.45
    still_score: float = 0.55
    hits: int = 3
    same_share: float = 0.7
    behind: float = 0.2
    reach: float = 0.7
    alone: float = 1.5
    reach_per_s: float = 1.2
    lag_s: float = 1.5
    bridge_s: float = 1.5
    follow_s: float = 0.36
    stands_s: float = 1.0
    smooth_s: float = 0.5
    speed_s: float = 1.0
    step: tuple[float, float] = (0.15, 0.08)
    hysteresis: float = 0.5
    tremble: float = 0.02
    sure_of_side: float = 4.0
    restless: float = 1.6
    hold_s: float = 3.0
    border: float = 0.01
