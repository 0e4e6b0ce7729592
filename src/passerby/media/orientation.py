"""Turns pictures upright: planes and shapes, by whole quarter turns and reflections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from passerby.media.layout import Plane


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture becomes upright: first mirrored left to right, then rotated.

    Args:
        quarters: Quarter turns clockwise, 0 to 3.
        mirrored: Whether left and right are swapped before the rotation.
    """

    quarters: int = 0
    mirrored: bool = False

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height are swapped."""
        return self.quarters % 2 == 1

    @property
    def is_upright(self) -> bool:
        """Whether the picture is already upright."""
        return self == Orientation()

    def apply(self, plane: Plane) -> Plane:
        """Return one plane upright; a read-only copy, or the plane itself if it is upright already."""
        if self.is_upright:
            return plane
        flipped = plane[:, ::-1] if self.mirrored else plane
        turned = np.ascontiguousarray(np.rot90(flipped, -self.quarters), flipped.dtype)
        turned.flags.writeable = False
        return cast("Plane", turned)


def of_matrix(matrix: bytes) -> Orientation:
    """Return the orientation of a display matrix (FFmpeg's layout: nine native int32).

    The matrix maps stored to shown coordinates: x' = a x + c y, y' = b x + d y, y downwards. A matrix
    that is not a quarter turn (a shear, another angle, all zero) counts as the nearest one.
    """
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].astype(float).tolist()
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    # When rotated by q quarters clockwise, (a, b) and (-d, c) are both the image of the x axis.
    along, across = a + d, b - c
    quarters = round(np.arctan2(across, along) / (np.pi / 2)) % 4
    return Orientation(quarters, mirrored)


_EXIF = {
    2: Orientation(0, mirrored=True),
    3: Orientation(2),
    4: Orientation(2, mirrored=True),
    5: Orientation(3, mirrored=True),
    6: Orientation(1),
    7: Orientation(1, mirrored=True),
    8: Orientation(3),
}


def of_exif(tag: int) -> Orientation:
    """Return the orientation of an EXIF tag 274; unknown values count as upright."""
    return _EXIF.get(tag, Orientation())
