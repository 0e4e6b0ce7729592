"""Which spots of a check show a person who was left visible on request."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from passerby.redact.check import CheckResult, PossibleMiss
from passerby.redact.drawn_region import Edges
from passerby.redact.hand_cover import HandCover

_WITHIN: Final = 0.8
"""Share of a spot that lies in the region of who was left visible; what reaches out of it is somebody else's doubt."""


def without_visible(found: CheckResult, by_hand: HandCover, *, starts_s: float = 0.0) -> tuple[CheckResult, int]:
    """Return a result without the spots of people left visible on request, and the number of those.

    Args:
        found: Of the copy.
        by_hand: What was changed in the recording.
        starts_s: The recording's time of the copy's first frame, s.
    """
    kept = tuple(spot for spot in found.spots if not _expected(spot, by_hand, starts_s))
    return replace(found, spots=kept), len(found.spots) - len(kept)


def _expected(spot: PossibleMiss, by_hand: HandCover, starts_s: float) -> bool:
    times = spot.first_s, (spot.first_s + spot.last_s) / 2, spot.last_s
    regions = [region for time_s in times for region in by_hand.left_visible(starts_s + time_s)]
    return any(_within(spot.box_px, region) for region in regions)


def _within(box: Edges, region: Edges) -> bool:
    across = max(0.0, min(box[2], region[2]) - max(box[0], region[0]))
    down = max(0.0, min(box[3], region[3]) - max(box[1], region[1]))
    return across * down >= _WITHIN * (box[2] - box[0]) * (box[3] - box[1])
