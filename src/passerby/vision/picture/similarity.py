"""A similarity: a shift, a rotation and a zoom, which maps a camera's picture onto a later one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Similarity:
    """Maps a point z = x + iy to `turn` * z + `shift`.

    Args:
        turn: Rotation and zoom; 1 = none.
        shift: px.
    """

    turn: complex = 1.0 + 0.0j
    shift: complex = 0.0 + 0.0j

    @classmethod
    def of_matrix(cls, matrix: NDArray[np.float64]) -> Similarity:
        """Return the similarity of a matrix [[a, -b, x], [b, a, y]]."""
        return cls(complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2]))

    def then(self, other: Similarity) -> Similarity:
        """Return the similarity that applies this one first, and then the other one.

        >>> Similarity(2, 1).then(Similarity(1, 3)) == Similarity(2, 4)
        True
        """
        return Similarity(other.turn * self.turn, other.turn * self.shift + other.shift)

    def inverse(self) -> Similarity:
        """Return the similarity that undoes this one."""
        return Similarity(1 / self.turn, -self.shift / self.turn)

    def scaled(self, factor: float) -> Similarity:
        """Return the same similarity for pictures that are larger by a factor."""
        return Similarity(self.turn, factor * self.shift)

    def shifts(self, points: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return how far each point, shape (N,), is moved."""
        return np.asarray((self.turn - 1) * points + self.shift)

    def boxes(self, boxes_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where boxes, shape (N, 4), are afterwards: the centres are mapped, and the sides are zoomed.

        Boxes are not enlarged to contain a rotated body, so that the inverse returns the same boxes.
        """
        centres = (boxes_px[:, :2].astype(np.float64) + boxes_px[:, 2:]) / 2
        moved = self.turn * (centres[:, 0] + 1j * centres[:, 1]) + self.shift
        half = (boxes_px[:, 2:].astype(np.float64) - boxes_px[:, :2]) * (abs(self.turn) / 2)
        middle = np.stack((moved.real, moved.imag), axis=1)
        return np.concatenate((middle - half, middle + half), axis=1).astype(np.float32)


STILL = Similarity()
