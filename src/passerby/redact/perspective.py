"""How large people are at each place: learned from a network's own confident bodies, to reject huge false boxes.

In the view of a camera that looks down on level ground, the height of a standing body grows linearly with the
row of its feet (docs/decisions/0006-perspective-from-sure-bodies.md).
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from passerby.vision.detections import Detections, Kind

Boxes = NDArray[np.float32]

SURE_SCORE = 0.5
"""From this score on, a body is used for learning."""
MEMORY = 400
"""Number of bodies that are remembered, the newest."""
LEAST_BODIES = 60
LEAST_SPREAD = 0.15
"""Share of the picture's height over which their feet must be spread: one row does not determine a line."""
TOLERANCE = 1.3
"""Bodies within this factor of the line fit it."""
LEAST_FIT = 0.85
"""Share of the remembered bodies, and of the newest RECENT of them, that must fit."""
RECENT = 30
STEEPEST = 0.8
"""Most growth of the height per row of the feet; near 1 the camera is at head height, where near people look huge."""
TOO_LARGE = 1.5
"""A box larger than this many times a body's height is too large: a tall man with raised arms has 1.45."""
DOUBTFUL_SCORE = 0.3
"""Boxes from this score on are never rejected; boxes below it are not extended to the head."""
FACE_SHARE = 1 / 12
"""A box with a face of at least this share of its height is a body, whatever its size."""
CUT_SHARE = 0.98
"""A box that ends below this share of the picture's height is cut by the border: its feet are not visible."""
SHORT, FULL = 0.7, 0.95
"""A box between these shares of a body's height starts below the hair or the head; its top is raised to FULL."""


class Perspective:
    """The size of people at each row of a still camera's picture, learned from one network's confident bodies."""

    def __init__(self) -> None:
        """Start without knowledge; until there is some, no box is rejected."""
        self._bodies: deque[tuple[float, float]] = deque(maxlen=MEMORY)
        self._line: tuple[float, float] | None = None
        self._feet = (0.0, 0.0)

    def forget(self) -> None:
        """Forget everything, because the camera moved or may have moved."""
        self._bodies.clear()
        self._line = None

    def learn(self, found: Detections, *, rows_px: int) -> None:
        """Learn from the network's answer in one pass; `rows_px` is the height of the picture."""
        boxes = found.of(frozenset({Kind.PERSON}), SURE_SCORE).boxes_px
        whole = boxes[boxes[:, 3] < CUT_SHARE * rows_px]
        self._bodies.extend(zip(whole[:, 3].tolist(), (whole[:, 3] - whole[:, 1]).tolist(), strict=True))
        self._line = self._fitted(rows_px)

    def corrected(self, found: Detections, *, faces_px: Boxes) -> Detections:
        """Return the answer without weak bodies that are too large, and with boxes that cut off heads extended.

        Never rejected: confident boxes, boxes that a face supports, boxes nearer or farther than any body before or
        cut by the picture's lower border, and any box as long as the size of people is unknown.

        Args:
            found: The network's answer.
            faces_px: Shape (N, 4), faces that any network found, px.
        """
        if self._line is None:
            return found
        base, slope = self._line
        boxes = found.boxes_px
        top = found.boxes_px[:, 1]
        feet = found.boxes_px[:, 3]
        height = np.maximum(base + slope * feet, 1.0)
        known = (found.kinds == Kind.PERSON) & (feet >= self._feet[0]) & (feet <= self._feet[1])
        sure = found.scores >= DOUBTFUL_SCORE
        large = np.maximum(feet - top, boxes[:, 2] - boxes[:, 0]) > TOO_LARGE * height
        kept = ~(known & large & ~sure) | with_face(boxes, faces_px)
        short = known & sure & (feet - top >= SHORT * height)
        raised = boxes.copy()
        raised[short, 1] = np.minimum(top, feet - FULL * height)[short]

        return Detections(raised[kept], found.scores[kept], found.kinds[kept])

    def _fitted(self, rows_px: int) -> tuple[float, float] | None:
        """Return height at row 0 and growth per row of the line that nearly all bodies fit; None if there is none."""
        if len(self._bodies) < LEAST_BODIES:
            return None
        feet, heights = np.array(self._bodies).T
        low, high = np.percentile(feet, (2, 98))
        if high - low < LEAST_SPREAD * rows_px:
            return None
        fits = np.ones(len(feet), np.bool_)
        slope = base = 0.0

        for _ in range(4):  # start from the line of all bodies, then refit to those close to it
            slope, base = np.polyfit(feet[fits], heights[fits], 1)
            ratio = heights / np.maximum(base + slope * feet, 1.0)
            fits = (ratio < TOLERANCE) & (ratio > 1 / TOLERANCE)
            if min(fits.mean(), fits[-RECENT:].mean()) < LEAST_FIT:
                return None

        self._feet = (float(low), float(high))

        return (float(base), float(slope)) if 0 <= slope <= STEEPEST else None


def with_face(boxes: Boxes, faces_px: Boxes, *, widest: float = np.inf) -> NDArray[np.bool_]:
    """Return which boxes contain, in their upper half, a face of a plausible size, shape (N,).

    Args:
        boxes: Shape (N, 4), px.
        faces_px: Shape (M, 4), px.
        widest: Largest width of a box, in heights of the face.
    """
    if not len(faces_px):
        return np.zeros(len(boxes), np.bool_)
    middle = (faces_px[None, :, :2] + faces_px[None, :, 2:]) / 2
    width, height = (boxes[:, 2] - boxes[:, 0])[:, None], (boxes[:, 3] - boxes[:, 1])[:, None]
    tall = (faces_px[:, 3] - faces_px[:, 1])[None]
    inside = (middle >= boxes[:, None, :2]).all(axis=2) & (middle[..., 0] <= boxes[:, None, 2])
    upper = middle[..., 1] <= boxes[:, None, 1] + height / 2
    fitting = (tall >= FACE_SHARE * height) & (width <= widest * tall)
    return np.asarray((inside & upper & fitting).any(axis=1))
