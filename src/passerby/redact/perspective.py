"""How large people are where they stand: learned from a net's own sure bodies, used against giant false boxes.

Seen by a camera that looks down on level ground, the height of a standing body grows linearly with the
row of its feet (docs/decisions/0006-perspective-from-sure-bodies.md).
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from passerby.vision.detections import Detections, Kind

Boxes = NDArray[np.float32]

SURE_SCORE = 0.5
"""From this score on a body teaches."""
MEMORY = 400
"""The newest bodies are remembered."""
LEAST_BODIES = 60
LEAST_SPREAD = 0.15
"""Share of the picture's height over which their feet must be spread: from one row no line can be told."""
TOLERANCE = 1.3
"""Bodies within this factor of the line fit it."""
LEAST_FIT = 0.85
"""Share of the remembered bodies, and of the newest RECENT of them, that must fit."""
RECENT = 30
STEEPEST = 0.8
"""Growth of the height per row of the feet; near 1 the camera is at head height, and who is near towers over all."""
TOO_LARGE = 1.5
"""Times a body's height: a tall man with raised arms is 1.45 times the mean."""
DOUBTFUL_SCORE = 0.3
"""Boxes from this score on are never refused; below it, their heads are not sought."""
FACE_SHARE = 1 / 12
"""A box with a face of at least this share of its height is a body, whatever its size."""
CUT_SHARE = 0.98
"""Below this share of the picture's height the border cuts a box: its feet are not seen."""
SHORT, FULL = 0.7, 0.95
"""A box between these shares of a body's height begins below the hair, or below the head, and is raised to FULL."""


class Perspective:
    """What one net's sure bodies before a still camera say of the size of people at each row of the picture."""

    def __init__(self) -> None:
        """Start without knowing anything: then nothing is refused."""
        self._bodies: deque[tuple[float, float]] = deque(maxlen=MEMORY)
        self._line: tuple[float, float] | None = None
        self._feet = (0.0, 0.0)

    def forget(self) -> None:
        """Start again: the camera moved, or may have."""
        self._bodies.clear()
        self._line = None

    def learn(self, found: Detections, *, rows_px: int) -> None:
        """Take the net's answer of one pass; `rows_px` is the height of the picture."""
        boxes = found.of(frozenset({Kind.PERSON}), SURE_SCORE).boxes_px
        whole = boxes[boxes[:, 3] < CUT_SHARE * rows_px]
        self._bodies.extend(zip(whole[:, 3].tolist(), (whole[:, 3] - whole[:, 1]).tolist(), strict=True))
        self._line = self._fitted(rows_px)

    def corrected(self, found: Detections, *, faces_px: Boxes) -> Detections:
        """Return the answer without faint bodies that are too large to be one, and with heads that boxes cut off.

        Never refused: what is sure, what a face bears out, what stands nearer or farther than anybody did
        before or is cut by the picture's lower border, and anything as long as the size of people is not known.

        Args:
            found: The net's answer.
            faces_px: Shape (N, 4), faces that any net found, px.
        """
        if self._line is None:
            return found
        base, slope = self._line
        boxes, top, feet = found.boxes_px, found.boxes_px[:, 1], found.boxes_px[:, 3]
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
        """Return height at row 0 and growth per row of the line that nearly all bodies fit, None if there is none."""
        if len(self._bodies) < LEAST_BODIES:
            return None
        feet, heights = np.array(self._bodies).T
        low, high = np.percentile(feet, (2, 98))
        if high - low < LEAST_SPREAD * rows_px:
            return None
        fits = np.ones(len(feet), np.bool_)
        slope = base = 0.0
        for _ in range(4):  # from the line of all to that of those which fit
            slope, base = np.polyfit(feet[fits], heights[fits], 1)
            ratio = heights / np.maximum(base + slope * feet, 1.0)
            fits = (ratio < TOLERANCE) & (ratio > 1 / TOLERANCE)
            if min(fits.mean(), fits[-RECENT:].mean()) < LEAST_FIT:
                return None
        self._feet = (float(low), float(high))
        return (float(base), float(slope)) if 0 <= slope <= STEEPEST else None


def with_face(boxes: Boxes, faces_px: Boxes, *, widest: float = np.inf) -> NDArray[np.bool_]:
    """Return which boxes hold, in their upper half, a face of a size that could be theirs, shape (N,).

    Args:
        boxes: Shape (N, 4), px.
        faces_px: Shape (M, 4), px.
        widest: Times the face's height that a box may be wide.
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
