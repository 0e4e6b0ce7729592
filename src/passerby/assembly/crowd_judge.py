"""What a detector pass and its picture show of how well boxes can count there."""

from __future__ import annotations

from collections.abc import Sequence

from passerby.measure.crowd import CrowdView
from passerby.media.frame import Frame
from passerby.vision.detector import Detector
from passerby.vision.inspect.counting import CountingSelector
from passerby.vision.inspect.ensemble import Look
from passerby.vision.picture.blur import is_blurred
from passerby.vision.picture.crowd import fine_structure

EVERY_S = 1.0
"""Structure and blur of the picture are measured once in this time."""


class CrowdJudge:
    """Judges the passes of one stream, in order.

    Args:
        detectors: The detectors, in the order of their answers.
    """

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._counters = CountingSelector(detectors)
        self._measured_s = float("-inf")
        self._structure = 0.0
        self._blurred = False

    def view(self, look: Look, frame: Frame | None) -> CrowdView | None:
        """Return how well boxes can count in a pass; None = no network that shows it ran.

        Args:
            look: The pass.
            frame: Its frame; None = it is no longer available, and the last one's structure and blur still count.
        """
        if frame is not None and look.time_s - self._measured_s >= EVERY_S:
            self._measured_s = look.time_s
            self._structure = fine_structure(frame)
            self._blurred = is_blurred(frame)
        found = self._counters.gauge(look)
        if found is None:
            return None
        return CrowdView.of(look.time_s, found, structure=self._structure, unclear=self._blurred or bool(look.blind))
