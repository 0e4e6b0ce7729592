"""The icons of the sign beside a camera: drawings of our own, as polygons."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, pi, sin
from typing import Final

Point = tuple[float, float]
IconPart = tuple[list[Point], str]
"""Corners, and the colour within them."""

INK: Final = "#10202e"
PAPER: Final = "#ffffff"
_STEPS: Final = 48


def camera_icon(left: float, bottom: float, side: float) -> list[IconPart]:
    """Return a camera on its arm that looks at a covered person, white on dark.

    Args:
        left: Of the icon, mm.
        bottom: Of the icon, mm.
        side: Its width and height, mm.
    """
    body = [(0.02, 0.98), (0.10, 0.62), (0.66, 0.76), (0.58, 1.0)]
    lens = [(0.64, 0.98), (0.69, 0.78), (0.80, 0.81), (0.75, 1.0)]
    arm = [(0.20, 0.66), (0.28, 0.68), (0.28, 0.42), (0.08, 0.42), (0.08, 0.50), (0.20, 0.50)]
    head = _disc(0.74, 0.44, 0.11)
    trunk = [(0.52, 0.0), (0.52, 0.20), (0.60, 0.30), (0.88, 0.30), (0.96, 0.20), (0.96, 0.0)]
    cover = [(0.56, 0.38), (0.92, 0.38), (0.92, 0.50), (0.56, 0.50)]
    white = [(each, PAPER) for each in (body, lens, arm, head, trunk)]
    return _placed([*white, (cover, INK)], left, bottom, side)


def building_icon(left: float, bottom: float, side: float) -> list[IconPart]:
    """Return a building, for who is responsible; arguments as `camera_icon`."""
    roof = [(0.0, 0.70), (0.5, 1.0), (1.0, 0.70)]
    pillars = [[(x, 0.16), (x + 0.14, 0.16), (x + 0.14, 0.62), (x, 0.62)] for x in (0.08, 0.43, 0.78)]
    floor = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.10), (0.0, 0.10)]
    return _placed([(each, INK) for each in (roof, *pillars, floor)], left, bottom, side)


def target_icon(left: float, bottom: float, side: float) -> list[IconPart]:
    """Return a target, for the purpose; arguments as `camera_icon`."""
    rings = [(_disc(0.5, 0.5, radius), ink) for radius, ink in ((0.5, INK), (0.37, PAPER), (0.24, INK), (0.1, PAPER))]
    return _placed(rings, left, bottom, side)


def clock_icon(left: float, bottom: float, side: float) -> list[IconPart]:
    """Return a clock, for how long; arguments as `camera_icon`."""
    up = [(0.45, 0.45), (0.55, 0.45), (0.55, 0.84), (0.45, 0.84)]
    right = [(0.45, 0.45), (0.78, 0.45), (0.78, 0.55), (0.45, 0.55)]
    shapes = [(_disc(0.5, 0.5, 0.5), INK), (_disc(0.5, 0.5, 0.39), PAPER), (up, INK), (right, INK)]
    return _placed(shapes, left, bottom, side)


def scales_icon(left: float, bottom: float, side: float) -> list[IconPart]:
    """Return scales, for the rights; arguments as `camera_icon`."""
    post = [(0.46, 0.08), (0.54, 0.08), (0.54, 0.96), (0.46, 0.96)]
    foot = [(0.24, 0.0), (0.76, 0.0), (0.76, 0.10), (0.24, 0.10)]
    beam = [(0.08, 0.80), (0.92, 0.80), (0.92, 0.88), (0.08, 0.88)]
    pans = [part for x in (0.2, 0.8) for part in (_triangle(x), _bowl(x))]
    return _placed([(each, INK) for each in (post, foot, beam)] + pans, left, bottom, side)


def _triangle(middle: float) -> tuple[list[Point], str]:
    """Return what a pan hangs on: two thin lines as one shape."""
    outer = [(middle - 0.19, 0.40), (middle, 0.84), (middle + 0.19, 0.40)]
    inner = [(middle + 0.13, 0.40), (middle, 0.70), (middle - 0.13, 0.40)]
    return [*outer, *inner], INK


def _bowl(middle: float) -> tuple[list[Point], str]:
    arc = [(middle + 0.2 * cos(pi + pi * n / 16), 0.40 + 0.16 * sin(pi + pi * n / 16)) for n in range(17)]
    return arc, INK


def _disc(x: float, y: float, radius: float) -> list[Point]:
    return [(x + radius * cos(2 * pi * n / _STEPS), y + radius * sin(2 * pi * n / _STEPS)) for n in range(_STEPS)]


def _placed(shapes: Iterable[IconPart], left: float, bottom: float, side: float) -> list[IconPart]:
    return [([(left + x * side, bottom + y * side) for x, y in corners], ink) for corners, ink in shapes]
