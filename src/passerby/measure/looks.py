"""How often frames are inspected: what can be measured at that rate, and what cannot."""

from __future__ import annotations

from passerby.measure.view import View

NEEDED_PER_S = 3
"""Passes a second that are needed to follow anyone with the tuning of `motion`."""
MOST_UNFOLLOWED = 0.02
"""There is no warning if no one was followed for up to this share of the time: such gaps show in the coverage."""


NOT_MEASURED = "crossings, flow, speed, dwell, turns, headway and stopped or wrong-way vehicles"


class Looks:
    """Adds up for how long passes were close enough together to follow anyone who moves."""

    def __init__(self) -> None:
        self._observed_s = self._followed_s = self._apart_s = 0.0
        self._looks = 0
        self._unsure_s = 0.0
        self._apart_looks = 0
        self._between_s = 0.0
        self._latest_s = 0.0

    def add(self, view: View) -> None:
        """Add one moment."""
        self._looks += 1
        self._unsure_s += view.span_s * bool(view.unsure or view.missed)
        self._observed_s += view.span_s
        if view.followed:
            self._followed_s += view.span_s
        elif view.span_s:
            self._apart_s += view.span_s
            self._apart_looks += 1
            self._between_s += view.time_s - self._latest_s
        self._latest_s = view.time_s

    @property
    def alone(self) -> bool:
        """Whether there was only one pass, as for an image."""
        return self._looks == 1

    def warnings(self) -> list[str]:
        """Return what was not measured and why, one sentence each; empty if everything was measured."""
        return self._seldom() + self._unsure()

    def _unsure(self) -> list[str]:
        if not self._unsure_s:
            return []
        share = self._unsure_s / max(self._observed_s, 1e-9)
        return [
            "vehicles were mistaken for each other or had no confident box for "
            f"{max(share, 0.01):.0%} of the time: they are too fast for this frame rate, too small or seen from above; "
            "counts of vehicles are lower bounds for that time"
        ]

    def _seldom(self) -> list[str]:
        if self.alone:
            return [f"one moment: only people and vehicles in it are counted; {NOT_MEASURED} need a recording"]
        if self._apart_s <= MOST_UNFOLLOWED * self._observed_s:
            return []
        share = self._apart_s / self._observed_s
        when = "" if share > 1 - MOST_UNFOLLOWED else f" for {max(share, 0.01):.0%} of the time"
        return [
            f"{self._apart_looks / self._between_s:.1f} inspected frames a second{when}, too few to follow anyone "
            f"({NEEDED_PER_S} are needed): occupancy and density come from the boxes of single frames; {NOT_MEASURED} "
            "are not measured for that time"
        ]
