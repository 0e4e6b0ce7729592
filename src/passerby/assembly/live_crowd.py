"""When a live camera's density map looks, and what its answers are worth by the time they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from passerby.measure.crowd import CrowdView
from passerby.media.frame import Frame
from passerby.vision.inspect.density_map_inspector import EVERY_S, DensityMapInspector

FRESH_S = 10.0
"""What the map said longer ago says nothing of now."""


class LiveCrowd:
    """Lets the map look where the counting net finds the picture dense, and tells how dense it is as time goes on.

    Args:
        maps: Asks the map; it may still be at work for another stream's pictures.
    """

    def __init__(self, maps: DensityMapInspector) -> None:
        self.problem = ""
        """Why dense zones have no count at present ("" = they have one)."""
        self._maps = maps
        self._asked: CrowdView | None = None  # of the frame that the map looks at
        self._told_s = float("-inf")

    def views(self, seen: CrowdView, frame: Frame | None) -> Iterator[CrowdView]:
        """Yield what became known of the crowd, in order of time.

        Where the picture is dense and the map has said nothing for `FRESH_S`, a view says so: no count is better than
        one of boxes, which would be far too low.

        Args:
            seen: What the counting net found in the frame that was looked at last.
            frame: The frame itself; None = it is gone.
        """
        yield from self._answered(seen.time_s)
        dense = seen.looks_dense
        if dense and frame is not None and self._maps.ask(frame):
            self._asked = seen
        if seen.time_s - self._told_s >= (FRESH_S if dense else EVERY_S):
            if dense and self._told_s > 0:
                self.problem = self.problem or "dense zones are not counted: the density map is late"
            yield self._view(seen)

    def _answered(self, time_s: float) -> Iterator[CrowdView]:
        answer, asked = self._maps.answer(), self._asked
        if answer is None or asked is None or answer.time_s != asked.time_s:
            return
        self.problem = f"dense zones are not counted: {answer.failure}" if answer.failure else ""
        if self._told_s <= asked.time_s and time_s - asked.time_s < FRESH_S:
            yield self._view(replace(asked, persons=answer.persons))

    def _view(self, view: CrowdView) -> CrowdView:
        self._told_s = view.time_s
        return view
