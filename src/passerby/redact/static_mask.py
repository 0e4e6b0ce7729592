"""Parts of the picture that a person chose to cover, always or for a period of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from passerby.errors import UsageError
from passerby.redact.mask import Cover


@dataclass(frozen=True, slots=True)
class StaticMask:
    """One box or polygon, fixed in the picture.

    Args:
        name: Its name in messages.
        points: Corners as (x, y): two for a box (top left, bottom right), three or more for a polygon.
        shares: Whether the corners are shares of width and height, in [0, 1], rather than pixels.
        from_s: Presentation time from which it covers, s.
        to_s: Presentation time up to and including which it covers, s.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    shares: bool
    from_s: float = 0.0
    to_s: float = math.inf

    def cover(self, height: int, width: int) -> Cover:
        """Return its cover in a picture of this size, rounded outwards."""
        scale = np.array([width, height] if self.shares else [1, 1])
        points = np.array(self.points) * scale
        if len(points) > 2:  # a box has two corners
            return Cover(np.empty((0, 4), np.int32), np.empty(0, np.bool_), (np.rint(points).astype(np.int32),))
        box = np.concatenate([np.floor(points[0]), np.ceil(points[1])]).astype(np.int32)
        return Cover(box[None], np.zeros(1, np.bool_))


def cover_at(masks: Sequence[StaticMask], time_s: float, size: tuple[int, int]) -> Cover:
    """Return the cover of all masks that apply at a given time.

    Args:
        masks: Any number, in any order.
        time_s: Presentation time of the frame, s.
        size: Rows and columns of the picture, px.
    """
    return Cover.joined([mask.cover(*size) for mask in masks if mask.from_s <= time_s <= mask.to_s])


def require_inside(masks: Sequence[StaticMask], height: int, width: int) -> None:
    """Reject masks that cover nothing in a picture of this size: they are mistakes that would leak.

    Raises:
        UsageError: At least one mask covers nothing; the message names all of them.
    """
    outside = [mask.name for mask in masks if not mask.cover(height, width).share(height, width)]
    if outside:
        msg = f"{', '.join(outside)}: outside the picture of {width}x{height}; correct the corners"
        raise UsageError(msg)
