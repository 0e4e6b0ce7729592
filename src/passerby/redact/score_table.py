"""Lowest scores of bodies by their size and their region of the picture, for one camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.errors import RedactionError

LEAST_SCORE: Final = 0.05
"""Below it, networks report little but noise."""
MOST_SCORE: Final = 0.3
"""Twice the usual score: above it, too many people are missed, whatever a minute of labels shows."""


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """From which score on a body is covered.

    Args:
        sizes: Upper end of each class of height, as a share of the picture's height, and its score; ascending. Higher
            boxes belong to the last class.
        regions: Factors of the score, rows of equal height from the top, each of equal columns from the left; the
            middle of a box decides.
        picture_px: Width and height of the picture.

    Raises:
        RedactionError: There is no class or no region, the classes do not ascend, or rows differ in length.
    """

    sizes: tuple[tuple[float, float], ...]
    regions: tuple[tuple[float, ...], ...]
    picture_px: tuple[int, int]

    def __post_init__(self) -> None:
        """Reject a table that says nothing about some boxes."""
        ends = [end for end, _ in self.sizes]
        if not ends or ends != sorted(ends) or len({len(row) for row in self.regions}) != 1 or not self.regions[0]:
            msg = "a table of scores needs ascending sizes and rows of equal length"
            raise RedactionError(msg)

    def least(self, boxes_px: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the lowest score that is covered for each box, shape (N,).

        Args:
            boxes_px: Shape (N, 4), px.
        """
        scores = np.array([score for _, score in self.sizes])[self.size_of(boxes_px)]
        rows, columns = self.region_of(boxes_px)
        factors = np.array(self.regions)[rows, columns]
        return np.asarray(np.clip(scores * factors, LEAST_SCORE, MOST_SCORE), np.float64)

    def size_of(self, boxes_px: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the index of the class of height of each box, shape (N,)."""
        heights = (boxes_px[:, 3] - boxes_px[:, 1]) / self.picture_px[1]
        ends = np.array([end for end, _ in self.sizes])
        return np.minimum(np.searchsorted(ends, heights, side="right"), len(ends) - 1).astype(np.int64)

    def region_of(self, boxes_px: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the row and column of the region of each box, each of shape (N,); outside counts for the nearest."""
        count = len(self.regions), len(self.regions[0])
        across = (boxes_px[:, 0] + boxes_px[:, 2]) / 2 / self.picture_px[0]
        down = (boxes_px[:, 1] + boxes_px[:, 3]) / 2 / self.picture_px[1]
        rows = np.clip((down * count[0]).astype(np.int64), 0, count[0] - 1)
        columns = np.clip((across * count[1]).astype(np.int64), 0, count[1] - 1)
        return rows, columns
