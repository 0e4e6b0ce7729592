"""What was found in one frame: places and kinds, never identities."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FARTHEST_PX = 1e6
"""A larger coordinate is an overflow, not a place."""


class Kind(IntEnum):
    """What a box contains. There is no field for an identity, and none will be added."""

    PERSON = 0
    HEAD = 1
    FACE = 2
    BICYCLE = 3
    MOTORCYCLE = 4
    CAR = 5
    BUS = 6
    TRUCK = 7
    SCREEN = 8
    TEXT = 9
    """Writing, found and never read."""
    PLATE = 10
    """What must be covered for the sake of a plate: no network finds it, `redact.plates` makes it."""


@dataclass(frozen=True, slots=True)
class Detections:
    """Boxes of one frame.

    Args:
        boxes_px: Shape (N, 4) float32, x1 y1 x2 y2, in pixels of the frame; may extend beyond its border.
        scores: Shape (N,) float32, in [0, 1].
        kinds: Shape (N,) int8, values of `Kind`.

    Raises:
        ValueError: Shapes do not match, a number is not finite or absurdly large, a box has x2 < x1 or y2 < y1,
            or a score is outside [0, 1].
    """

    boxes_px: NDArray[np.float32]
    scores: NDArray[np.float32]
    kinds: NDArray[np.int8]

    def __post_init__(self) -> None:
        """Reject invalid values: a detector that returns them must cost the frame, not anyone's privacy."""
        count = len(self.boxes_px)
        if self.boxes_px.shape != (count, 4) or self.scores.shape != (count,) or self.kinds.shape != (count,):
            msg = f"shapes differ: {self.boxes_px.shape}, {self.scores.shape}, {self.kinds.shape}"
            raise ValueError(msg)

        if not (np.isfinite(self.boxes_px).all() and np.isfinite(self.scores).all()):
            msg = "a box or score is not finite"
            raise ValueError(msg)

        if (np.abs(self.boxes_px) > FARTHEST_PX).any():
            msg = "a box lies far beyond any picture"
            raise ValueError(msg)

        if (self.boxes_px[:, 2:] < self.boxes_px[:, :2]).any():
            msg = "a box is inside out"
            raise ValueError(msg)

        if count and not (self.scores.min() >= 0.0 and self.scores.max() <= 1.0):
            msg = "a score is outside [0, 1]"
            raise ValueError(msg)

    def __len__(self) -> int:
        """Return the number of boxes."""
        return len(self.boxes_px)

    @classmethod
    def none(cls) -> Detections:
        """Return an empty answer."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int8))

    @classmethod
    def joined(cls, parts: list[Detections]) -> Detections:
        """Return all boxes of several answers about one frame."""
        if not parts:
            return cls.none()
        return cls(
            np.concatenate([part.boxes_px for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.kinds for part in parts]),
        )

    def of(self, kinds: frozenset[Kind], score: float = 0.0) -> Detections:
        """Return the boxes of these kinds with at least this score."""
        keep = np.isin(self.kinds, list(kinds)) & (self.scores >= score)
        return Detections(self.boxes_px[keep], self.scores[keep], self.kinds[keep])
