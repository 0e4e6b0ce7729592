"""A number drawn into a picture as blocks, to be read back from a covered copy of any size.

A band at the top, a fifteenth of the picture high: 32 cells side by side. The first two (white, black)
mark it, then 24 bits of the number, most significant first, then 6 bits of its checksum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CELLS, _BITS, _CHECK = 32, 24, 6
_WHITE, _BLACK = 235, 16


def draw(luma: NDArray[np.uint8], number: int) -> None:
    """Draw a number below 2**24 into a Y plane of at least 128x60."""
    bits = [1, 0, *_bits(number, _BITS), *_bits(_checksum(number), _CHECK)]
    edges = np.linspace(0, luma.shape[1], _CELLS + 1).round().astype(int)
    for bit, left, right in zip(bits, edges, edges[1:], strict=False):
        luma[: luma.shape[0] // 15, left:right] = _WHITE if bit else _BLACK


def read(luma: NDArray[np.uint8]) -> int | None:
    """Return the number drawn into a picture, given as its Y plane or in grey; None when there is none."""
    height, width = luma.shape
    row = luma[height // 60 : max(height // 60 + 1, height // 20)].mean(axis=0)
    centres = ((np.arange(_CELLS) + 0.5) * width / _CELLS).astype(int)
    levels = row[centres]
    if levels[0] - levels[1] < 60:
        return None
    bits = levels > (levels[0] + levels[1]) / 2
    number, check = _number(bits[2 : 2 + _BITS]), _number(bits[2 + _BITS :])
    return number if check == _checksum(number) else None


def _bits(number: int, count: int) -> list[int]:
    return [number >> shift & 1 for shift in range(count - 1, -1, -1)]


def _number(bits: NDArray[np.bool_]) -> int:
    return int("".join("01"[int(bit)] for bit in bits), 2)


def _checksum(number: int) -> int:
    return (number % 61) ^ 0b101010
