"""How boxes become motion: every constant that was chosen on footage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """How boxes become motion. The defaults were chosen on PETS S2.L1 (docs/accuracy.md).

    Args:
        sure: Score from which a box may be somebody new.
        faint: Score from which a box may continue somebody known.
        mean_score: Least mean score of somebody who counts.
        still_score: The same for what never moved: signs and bins look like people.
        hits: Boxes that make somebody count.
        same_share: Of two boxes of one body the smaller lies in the larger by more than this share.
        behind: Largest distance, in body sizes, between where a known body is expected and a box that repeats another.
        reach: Largest jump between two moments, in body sizes.
        alone: The same where only one body and one box are that near to each other.
        reach_per_s: What is added for each second out of sight.
        lag_s: How long a moment waits for what comes after it.
        bridge_s: Longest time out of sight that is bridged.
        follow_s: Longest time between two looks over which anybody is followed; beyond, boxes of single looks count.
        stands_s: Longest time that one look stands for.
        smooth_s: Foot points are smoothed over this long before and after.
        speed_s: Speeds are taken over this long before and after: trembling adds to a speed, never takes away.
        step: Least move sideways and in depth that makes a step, in body heights; less is trembling.
        verge: No step begins or ends nearer to a line than this share of such a move.
        tremble: How far a box trembles until that is known, in body heights.
        sure_of_side: A step ends beyond a line by this many standard errors of the foot point.
        restless: By how much the margin of somebody grows who turned back over a line at once.
        hold_s: How long somebody who stood still and is missed stays where they stood.
        border: A box this near to the picture's border is cut, as a share of the longer side.
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
    verge: float = 0.5
    tremble: float = 0.02
    sure_of_side: float = 4.0
    restless: float = 1.6
    hold_s: float = 3.0
    border: float = 0.01
