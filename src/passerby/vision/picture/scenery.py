"""Finds what moves in each scene of a video with cuts: every scene has its own background."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.picture.cuts import SCENES, ScenePosition
from passerby.vision.picture.foreground import Foreground
from passerby.vision.picture.similarity import STILL


class Scenery:
    """Background subtraction for one stream; frames come in order.

    `step` is how the view moved since the frame before in the same scene, px of the frame: set by each call of `mask`.
    """

    def __init__(self) -> None:
        """Start without a scene."""
        self.step = STILL
        self._scenes: dict[int, Foreground] = {}

    def mask(self, frame: Frame, place: ScenePosition) -> NDArray[np.uint8] | None:
        """Return what moves in a frame against the background of its scene, as `Foreground.mask` does."""
        foreground = self._scenes.pop(place.scene, None) or Foreground()
        self._scenes[place.scene] = foreground  # the newest comes last
        while len(self._scenes) > SCENES:
            del self._scenes[next(iter(self._scenes))]
        moving = foreground.mask(frame)
        self.step = foreground.step
        return moving
