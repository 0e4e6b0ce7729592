"""A region of the picture that stays covered for a while: a dense crowd, or what is unclear."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from passerby.redact.cover_boxes import outwards
from passerby.redact.mask import Cover
from passerby.vision.picture.crowd import cell_boxes

REGION_HOLD_S = 0.5
"""The region is covered this long before and after the pass that found it."""


class HeldRegion:
    """The cells of a region in the latest passes; frames and passes come in order of time."""

    def __init__(self) -> None:
        self._cells: deque[tuple[float, NDArray[np.bool_]]] = deque()

    def observe(self, time_s: float, cells: NDArray[np.bool_]) -> None:
        """Add what a pass found, as `cell_boxes` takes it."""
        self._cells.append((time_s, cells))

    def forget(self, before_s: float) -> None:
        """Drop the passes that frames from a time on do not need."""
        while self._cells and self._cells[0][0] < before_s - REGION_HOLD_S:
            self._cells.popleft()

    def cover(self, start_s: float, end_s: float, *, size: tuple[int, int]) -> Cover:
        """Return the cover around a period of time.

        Args:
            start_s: Time of the pass at or before the frame.
            end_s: Time of the pass at or after it.
            size: Rows and columns of the picture, px.
        """
        self.forget(start_s)
        near = [mine for time_s, mine in self._cells if time_s <= end_s + REGION_HOLD_S]
        if not near:
            return Cover.nothing()
        boxes = outwards(cell_boxes(np.logical_or.reduce(near), height=size[0], width=size[1]))
        return Cover(boxes, np.zeros(len(boxes), np.bool_))
