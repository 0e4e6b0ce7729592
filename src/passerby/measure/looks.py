"""How often somebody looked: what can be measured at that rate, and what cannot."""

from __future__ import annotations

from passerby.measure.view import View

NEEDED_PER_S = 3
"""Looks a second that it takes to follow anybody, as `motion` is tuned."""
MOST_UNFOLLOWED = 0.02
"""Up to this share of the time without anybody followed nothing is said: a gap now and then shows in the coverage."""


NOT_MEASURED = "crossings, flow, speed, dwell, turns, headway and stopped or wrong-way vehicles"


class Looks:
    """Adds up for how long looks were near enough to one another to follow who moves."""

    def __init__(self) -> None:
        self._observed_s = self._followed_s = self._apart_s = 0.0
        self._looks, self._unsure_s = 0, 0.0
        self._apart_looks, self._between_s, self._latest_s = 0, 0.0, 0.0

    def add(self, view: View) -> None:
        """Take one moment."""
        self._looks += 1
        self._unsure_s += view.span_s * (view.unsure or bool(view.missed))
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
        """Whether there was one look and no other, as at an image."""
        return self._looks == 1

    def warnings(self) -> list[str]:
        """Return what was not measured, and why, in sentences; none where all was."""
        return self._seldom() + self._unsure()

    def _unsure(self) -> list[str]:
        if not self._unsure_s:
            return []
        share = self._unsure_s / max(self._observed_s, 1e-9)
        return [
            f"vehicles were taken for each other or left no certain box in {max(share, 0.01):.0%} of the time: they "
            "are too fast for the looks, too small or seen from above; counts of vehicles are lower bounds then"
        ]

    def _seldom(self) -> list[str]:
        if self.alone:
            return [f"one moment: who is seen is counted, with nobody followed; {NOT_MEASURED} take a recording"]
        if self._apart_s <= MOST_UNFOLLOWED * self._observed_s:
            return []
        share = self._apart_s / self._observed_s
        when = "" if share > 1 - MOST_UNFOLLOWED else f" for {max(share, 0.01):.0%} of the time"
        return [
            f"{self._apart_looks / self._between_s:.1f} looks a second{when}, too few to follow anybody (it takes "
            f"{NEEDED_PER_S}): occupancy and density come from the boxes of single looks; {NOT_MEASURED} are not "
            "measured then"
        ]
