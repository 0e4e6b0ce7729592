"""Finds the moves of bodies that exceed their trembling: the steps that measures see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passerby.measure.hysteresis import HysteresisBand
from passerby.measure.motion.pairing import Boxes, Indices
from passerby.measure.motion.tracks import Tracks
from passerby.measure.motion.tuning import Tuning
from passerby.measure.view import Points, Steps

SWINGS = 4.0
"""A backward step shorter than this, in smallest steps, may come from a swinging box."""
MOST_RESTLESS = 8.0
DOUBT_S = 2.0
"""A body that was in doubt counts again after this time without doubt, s."""
LINGERS = 0.5
"""A body closer than this, in smallest steps, is still where its last step ended."""


class Border:
    """The picture's border: a box that it cuts has no foot point.

    Args:
        size_px: Width and height of the picture.
        tuning: How boxes become motion.
    """

    def __init__(self, size_px: tuple[int, int], tuning: Tuning) -> None:
        self._size = size_px
        self._tuning = tuning

    def clears(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Return which boxes are not cut by the picture's border at their sides or feet, shape (N,)."""
        width, height = self._size
        margin = self._tuning.border * max(self._size)
        return np.asarray((boxes[:, 0] > margin) & (boxes[:, 2] < width - margin) & (boxes[:, 3] < height - margin))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where bodies stand at one moment.

    Args:
        slots: Shape (N,).
        feet: Shape (N, 2), foot points, px.
        boxes: Shape (N, 4).
        kinds: Shape (N,).
        error_px: Shape (N, 2), standard error of the foot points.
    """

    slots: Indices
    feet: Points
    boxes: Boxes
    kinds: NDArray[np.int8]
    error_px: Points


class StepFinder:
    """Finds steps: from where a body was when its last step ended to where it is now.

    Args:
        band: The band along lines in which no step ends.
        border: The picture's border.
        tuning: How boxes become motion.
    """

    def __init__(self, band: HysteresisBand, border: Border, tuning: Tuning) -> None:
        self._band = band
        self._border = border
        self._tuning = tuning

    def find(self, tracks: Tracks, seen: Standing, time_s: float) -> tuple[Indices, Steps]:
        """Return which bodies moved, and moves that exceed trembling; a cut box has no foot point and makes none."""
        slots, feet, boxes, kinds = seen.slots, seen.feet, seen.boxes, seen.kinds
        whole = self._border.clears(boxes)
        starting = whole & np.isnan(tracks.anchor_s[slots])
        tracks.anchor[slots[starting]], tracks.anchor_s[slots[starting]] = feet[starting], time_s
        tracks.foot[slots[whole]], tracks.foot_s[slots[whole]] = feet[whole], time_s
        least = (boxes[:, 3] - boxes[:, 1])[:, None] * np.array(self._tuning.step)
        with np.errstate(invalid="ignore"):
            moved = np.hypot(*((tracks.foot[slots] - tracks.anchor[slots]) / least).T)
            tracks.anchor_s[slots[whole & (moved < LINGERS)]] = time_s  # a step begins when the body starts to move
            far = np.flatnonzero(moved >= 1)

        leaving = ~whole[far]  # for a box that is cut now, the last known foot point is where it was last seen whole
        margin = np.maximum(least * self._tuning.hysteresis, self._tuning.sure_of_side * seen.error_px)
        margin *= tracks.restless[slots][:, None]
        far = far[leaving | ~self._band.holds(feet[far], margin[far])]
        moving = slots[far]
        certain = tracks.doubt_s[moving] < time_s - DOUBT_S
        self._grow_restless(tracks, moving, least[far])
        ends = np.stack((tracks.anchor[moving], tracks.foot[moving]), axis=1)
        times = np.stack((tracks.anchor_s[moving], tracks.foot_s[moving]), axis=1)
        tracks.anchor[moving], tracks.anchor_s[moving] = tracks.foot[moving], tracks.foot_s[moving]

        return moving[certain], Steps(ends[certain], times[certain], kinds[far][certain])

    def _grow_restless(self, tracks: Tracks, moving: Indices, least: Points) -> None:
        """Widen the margin of a body that moves to and fro on the spot: `scatter` does not show a swinging box."""
        tuning = self._tuning
        way = tracks.foot[moving] - tracks.anchor[moving]
        back = (way * tracks.way[moving]).sum(axis=1) < 0
        near = np.hypot(*(way / least).T) < SWINGS
        grown = np.where(back & near, tracks.restless[moving] * tuning.restless, 1.0)
        tracks.restless[moving] = np.minimum(grown, MOST_RESTLESS)
        tracks.way[moving] = way
