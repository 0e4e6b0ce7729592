"""When the density map of a live camera runs, and how long its results are valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from passerby.measure.crowd import CrowdView
from passerby.media.frame import Frame
from passerby.vision.inspect.density_map_inspector import EVERY_S, DensityMapInspector

FRESH_S = 10.0
"""Older results of the density map are not used."""


class LiveCrowd:
    """Runs the density map where the counting network finds the picture dense, and yields its results over time.

    Args:
        maps: Runs the density map; it may still be busy with another stream's pictures.
    """

    def __init__(self, maps: DensityMapInspector) -> None:
        self.problem = ""
        """Why dense zones have no count at present ("" = they have one)."""
        self._maps = maps
        self._asked: CrowdView | None = None  # of the frame that the density map is working on
        self._latest_s = float("-inf")

    def views(self, seen: CrowdView, frame: Frame | None) -> Iterator[CrowdView]:
        """Yield new results about the crowd, in order of time.

        Where the picture is dense and there was no result for `FRESH_S`, a view says so: no count is better than
        a count of boxes, which would be far too low.

        Args:
            seen: Detections of the counting network in the latest inspected frame.
            frame: The frame itself; None = it is no longer available.
        """
        yield from self._answered(seen.time_s)
        dense = seen.looks_dense
        if dense and frame is not None and self._maps.ask(frame):
            self._asked = seen
        if seen.time_s - self._latest_s >= (FRESH_S if dense else EVERY_S):
            if dense and self._latest_s > 0:
                self.problem = self.problem or "dense zones are not counted: the density map is too slow"
            yield self._view(seen)

    def _answered(self, time_s: float) -> Iterator[CrowdView]:
        answer = self._maps.answer()
        asked = self._asked
        if answer is None or asked is None or answer.time_s != asked.time_s:
            return
        self.problem = f"dense zones are not counted: {answer.failure}" if answer.failure else ""
        if self._latest_s <= asked.time_s and time_s - asked.time_s < FRESH_S:
            yield self._view(replace(asked, persons=answer.persons))

    def _view(self, view: CrowdView) -> CrowdView:
        self._latest_s = view.time_s
        return view
