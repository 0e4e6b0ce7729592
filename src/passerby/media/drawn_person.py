"""A drawn person: the self-test must find it, and simulations use it. No real person is shown."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]
SKIN: Rgb = (205, 160, 135)
HAIR: Rgb = (50, 38, 30)
_TROUSERS: Rgb = (48, 48, 62)


def draw_figure(picture: NDArray[np.uint8], at: tuple[int, int], *, height: float, coat: Rgb) -> None:
    """Draw one standing figure.

    Args:
        picture: Shape (rows, columns, 3), RGB; drawn on.
        at: Column and row of the centre of its top edge, px.
        height: Height of the figure, px.
        coat: Colour of its coat.
    """
    scale = height / 100  # coordinates are hundredths of its height, from the centre of its top edge
    dark_coat, shadow = _darker(coat, 0.8), _darker(SKIN, 0.85)

    def polygon(points: list[tuple[float, float]], colour: Rgb) -> None:
        corners = np.array(points) * scale + at
        cv2.fillPoly(picture, [corners.round().astype(np.int32)], colour, cv2.LINE_AA)

    def ellipse(centre: tuple[float, float], radii: tuple[float, float], colour: Rgb, *, start: int = 0) -> None:
        middle = (np.array(centre) * scale + at).round().astype(int)
        axes = np.maximum(1, (np.array(radii) * scale).astype(int))
        cv2.ellipse(picture, middle.tolist(), axes.tolist(), 0, start, 360, colour, -1, cv2.LINE_AA)

    polygon([(-9, 50), (-1, 50), (-2, 94), (-8, 94)], _TROUSERS)
    polygon([(1, 50), (9, 50), (8, 94), (2, 94)], _darker(_TROUSERS, 0.85))
    for side in (-1, 1):
        ellipse((side * 6, 96), (5, 2.5), (30, 25, 25))
        polygon([(side * 13, 20), (side * 17, 48), (side * 12, 50), (side * 8, 24)], dark_coat)
        ellipse((side * 14, 51), (2.5, 3), SKIN)
    polygon([(-12, 18), (12, 18), (10, 54), (-10, 54)], coat)
    ellipse((0, 19), (12, 4), coat)
    polygon([(-3, 12), (3, 12), (3, 18), (-3, 18)], shadow)
    ellipse((0, 8), (5.2, 7), SKIN)
    ellipse((0, 4), (5.6, 4.6), HAIR, start=180)
    for side in (-1, 1):
        ellipse((side * 2, 7.5), (0.9, 0.6), (35, 30, 30))
    ellipse((0, 9.6), (0.6, 1.2), shadow)
    ellipse((0, 12), (1.8, 0.5), (150, 80, 80))


def _darker(colour: Rgb, share: float) -> Rgb:
    red, green, blue = (int(value * share) for value in colour)
    return red, green, blue
