"""Passes each detector pass of a camera to its scene, and holds the readings until they are fetched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from passerby.assembly.crowd_judge import CrowdJudge
from passerby.assembly.live_crowd import LiveCrowd
from passerby.errors import MeasureError
from passerby.measure.crowd import CrowdView
from passerby.measure.foot_map import FootMap
from passerby.measure.reading import Reading
from passerby.measure.scene import Scene
from passerby.media.frame import Frame
from passerby.vision.detector import Detector
from passerby.vision.inspect.counting import CountingSelector
from passerby.vision.inspect.ensemble import Look
from passerby.vision.picture.foreground import solid

LONGEST_GAP_S = 1.0
"""If detector passes are further apart than this, the time between them is a gap, not an observation."""


class LiveMeter:
    """Measures the places in view of one live camera.

    Args:
        scene: The places.
        detectors: The detectors, in the order of their results.
        crowd: Counts where the picture is dense; None = only boxes count.
    """

    def __init__(self, scene: Scene, detectors: Sequence[Detector], crowd: LiveCrowd | None = None) -> None:
        self._scene = scene
        self._crowd = crowd
        self._counters = CountingSelector(detectors)
        self._last_s = float("-inf")
        self._crowds = CrowdJudge(detectors)
        self._readings: list[Reading] = []

    @property
    def problem(self) -> str:
        """What cannot be measured at present, and why ("" = everything can)."""
        return "" if self._crowd is None else self._crowd.problem

    def learn(self, look: Look, frame: Frame | None = None) -> None:
        """Use the results of a detector pass; one that is not later than the last is ignored.

        Args:
            look: The detections.
            frame: The frame that was inspected; None = it is no longer available.
        """
        if look.time_s <= self._last_s:
            return
        found = self._counters.of(look)
        if found is None and not look.failure:
            return  # no counting detector ran: no observation, and no gap if the next pass follows soon

        try:
            if look.time_s - self._last_s > LONGEST_GAP_S and self._last_s > 0:
                self._readings += self._scene.skip(look.time_s - LONGEST_GAP_S / 2)
            if found is None:
                self._readings += self._scene.skip(look.time_s)
            else:
                crowd = self._crowds.view(look, frame)
                self._judge(crowd, frame)
                self._readings += self._scene.observe(look.time_s, found, crowd)
        except MeasureError:  # the clock went back: measuring continues from the last time
            return

        self._last_s = look.time_s

    def watch(self, time_s: float, moving: NDArray[np.uint8] | None) -> None:
        """Use what moves in a frame, inspected or not: shape (h, w), nonzero = moving; None = unknown."""
        if self._scene.wants_motion:
            self._scene.observe_motion(time_s, None if moving is None else solid(moving))

    def drain(self) -> list[Reading]:
        """Return the readings since the last call."""
        taken = self._readings
        self._readings = []
        return taken

    def foot_maps(self) -> list[FootMap]:
        """Return the maps of foot points of the hours that ended since the last call."""
        return self._scene.foot_maps()

    def _judge(self, seen: CrowdView | None, frame: Frame | None) -> None:
        """Tell the scene how dense the picture is."""
        if self._crowd is None or seen is None:
            return
        for view in self._crowd.views(seen, frame):
            self._scene.observe_crowd(view)
