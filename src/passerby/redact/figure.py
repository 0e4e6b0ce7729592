"""Style `figure`: solid cover, and one generic standing figure in place of each whole person.

Viewers can still see how many people there are, where they are and how close to each other. The figure is
the same for everyone: one silhouette with one proportion, drawn as tall as the box allows, at its bottom edge.
It contains nothing of the person's real outline, pose or gait.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.layout import Colour, Layout, Plane
from passerby.redact.mask import Cover
from passerby.redact.paint import SLATE, Box, Canvas, Rgb, samples_of

_LIGHTER: Final = 112
FIGURE: Final[Rgb] = (SLATE[0] + _LIGHTER, SLATE[1] + _LIGHTER, SLATE[2] + _LIGHTER)
"""Colour of every figure: lighter slate with the same chroma, so that only luma is drawn."""

_HEIGHT: Final = 0.9
"""Height of the figure as a share of its box; boxes are enlarged, so the feet are slightly above the edge."""
_FOOT: Final = 0.05
_ASPECT: Final = 0.42
_SMALLEST: Final = 6
"""Height in rows of sites below which a figure would be a smudge."""
_DRAWN_ROWS: Final = 512


class FigureStyle:
    """Solid cover with a standing figure for each person."""

    name = "figure"

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        """Paint the cover in slate, then the figures, the nearest (lowest foot) last."""
        slate = samples_of(SLATE, canvas.layout, canvas.colour)
        canvas.lay(cover, slate)
        inked = _inked(canvas.layout, canvas.colour)
        bodies = canvas.outward(cover.boxes_px[cover.bodies])
        for box in bodies[np.lexsort(bodies[:, [0, 2, 1, 3]].T)].tolist():
            place = _place(box)
            if _SMALLEST <= place[3] - place[1] <= 4 * canvas.size[0]:
                _draw(canvas, place, inked)


def _place(box: Box) -> Box:
    """Return where the figure stands in a box of sites."""
    x1, y1, x2, y2 = box
    rows = min(round(_HEIGHT * (y2 - y1)), int((x2 - x1) / _ASPECT))
    columns = int(_ASPECT * rows)
    left, foot = (x1 + x2 - columns) // 2, y2 - int(_FOOT * (y2 - y1))
    return left, foot - rows, left + columns, foot


def _draw(canvas: Canvas, place: Box, inked: Plane) -> None:
    """Draw the figure with a thin rim of slate, which separates figures that overlap."""
    x1, y1, x2, y2 = (canvas.step * edge for edge in place)
    shape = cv2.resize(inked, (x2 - x1, y2 - y1), interpolation=cv2.INTER_NEAREST)
    top, left = max(0, -y1), max(0, -x1)
    under = canvas.planes[0][y1 + top : max(0, y2), x1 + left : max(0, x2)]
    if under.size:
        shape = shape[top : top + under.shape[0], left : left + under.shape[1]]
        drawn = (shape[..., 0] if canvas.layout is Layout.RGB else shape) > 0
        cv2.copyTo(shape, drawn.view(np.uint8), under)


@lru_cache(maxsize=4)
def _inked(layout: Layout, colour: Colour) -> Plane:
    """Return the drawing as samples of the first plane; 0 where nothing is drawn (no ink has the value 0)."""
    inks = [samples_of(rgb, layout, colour) for rgb in (SLATE, FIGURE)]
    parts = [ink if layout is Layout.RGB else ink[0] for ink in inks]
    table = np.array([np.zeros_like(parts[0]), *parts], np.uint16 if layout is Layout.YUV420_10 else np.uint8)
    return np.ascontiguousarray(table[silhouette()])


@lru_cache(maxsize=1)
def silhouette() -> NDArray[np.uint8]:
    """Return the one drawing, shape (512, 215): 0 outside, 1 rim, 2 body."""
    rows = _DRAWN_ROWS
    body = np.zeros((rows, int(_ASPECT * rows)), np.uint8)

    def at(across: float, down: float) -> tuple[int, int]:
        return round(body.shape[1] / 2 + across * rows), round(down * rows)

    cv2.circle(body, at(0, 0.095), round(0.07 * rows), (1,), -1)
    for side in (-1, 1):
        cv2.line(body, at(side * 0.128, 0.235), at(side * 0.142, 0.53), (1,), round(0.058 * rows))
        cv2.line(body, at(side * 0.05, 0.5), at(side * 0.056, 0.94), (1,), round(0.078 * rows))
        cv2.line(body, at(0, 0.235), at(side * 0.11, 0.235), (1,), round(0.09 * rows))
    torso = [at(-0.11, 0.2), at(0.11, 0.2), at(0.088, 0.54), at(-0.088, 0.54)]
    cv2.fillPoly(body, [np.array(torso, np.int32)], (1,))
    rim = cv2.dilate(body, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17)))
    return np.asarray(body + rim, np.uint8)
