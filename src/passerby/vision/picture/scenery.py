"""Finds what moves in each scene of a video with cuts: every scene has its own background."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.picture.cuts import SCENES, ScenePosition
from passerby.vision.picture.foreground import Foreground
from passerby.vision.picture.similarity import STILL


class Observed(Enum):
    """What is looked for in the frames of a stream beside what the detectors find."""

    NOTHING = auto()
    CAMERA = auto()
    """How the camera moves, so that cover can follow the view."""
    MOTION = auto()
    """Also what moves in front of it."""


class Scenery:
    """Background subtraction for one stream; frames come in order.

    `step` is how the view moved since the frame before in the same scene, px of the frame: set by each call of `mask`.
    """

    def __init__(self, *, motion: bool = True) -> None:
        """Start without a scene.

        Args:
            motion: Whether to look for what moves; otherwise only for how the camera moves.
        """
        self.step = STILL
        self._motion = motion
        self._scenes: dict[int, Foreground] = {}

    def mask(self, frame: Frame, place: ScenePosition) -> NDArray[np.uint8] | None:
        """Return what moves in a frame against the background of its scene, as `Foreground.mask` does."""
        foreground = self._scenes.pop(place.scene, None) or Foreground(motion=self._motion)
        self._scenes[place.scene] = foreground  # the newest comes last
        while len(self._scenes) > SCENES:
            del self._scenes[next(iter(self._scenes))]
        moving = foreground.mask(frame)
        self.step = foreground.step
        return moving
