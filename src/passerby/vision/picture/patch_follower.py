"""Finds what a drawn region holds in the next picture, by correlation: a filter learned from this one region alone.

The filter lives in memory for one stretch of one recording. It describes brightness and edges within one
region, it is compared with nothing but the surroundings of that region in the next picture, and it is
dropped when the stretch ends.

Source: Bolme et al. (2010), Visual object tracking using adaptive correlation filters; several channels and
scales as in Danelljan et al. (2014), Accurate scale estimation for robust visual tracking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Shape (H, W) uint8, brightness."""
Box = tuple[float, float, float, float]
Maps = NDArray[np.float32]
Spectra = NDArray[np.complex64]

_CELLS: Final = 32
"""Rows and columns of the filter."""
_AREA: Final = 2.4
"""Width and height of the area that is searched, relative to the region."""
_CELL_PX: Final = 4
_DIRECTIONS: Final = 6
_SPREAD: Final = 0.09
"""Width of the wanted peak, as a share of the region."""
_DAMPING: Final = 1e-2
_LEARNING: Final = 0.04
"""Weight of the newest picture in the filter; higher follows turning bodies, and whatever hides them."""
_SCALES: Final = (1.0, 0.98, 1.02)
_SCALE_PENALTY: Final = 0.99
_SURE: Final = 8.0
"""Least peak-to-sidelobe ratio of an answer that counts; the filter learns from no other."""
_PEAK: Final = 3
"""Cells around the peak that are not sidelobes."""
_LEAST_PX: Final = 4.0
_SPEED_SHARE: Final = 0.15
"""Weight of the newest step in the speed at which a lost region moves on."""
_LOST_MOVES: Final = 25
"""So many pictures a lost region moves on at its speed."""


@dataclass(frozen=True, slots=True)
class FollowedBox:
    """Where a region is in one picture.

    Args:
        box_px: x1, y1, x2, y2, px.
        sure: Whether it was found; otherwise it moved on as before.
    """

    box_px: Box
    sure: bool


class PatchFollower:
    """Follows one region from picture to picture, in either direction of time.

    Args:
        picture: The picture on which the region was drawn.
        box_px: The region, x1, y1, x2, y2, px.
    """

    def __init__(self, picture: Picture, box_px: Box) -> None:
        x1, y1, x2, y2 = box_px
        self._middle = (x1 + x2) / 2, (y1 + y2) / 2
        self._size = max(_LEAST_PX, x2 - x1), max(_LEAST_PX, y2 - y1)
        self._first = self._size
        self._speed = 0.0, 0.0
        self._lost = 0
        self._window = np.outer(np.hanning(_CELLS), np.hanning(_CELLS)).astype(np.float32)
        self._wanted = np.fft.rfft2(_peak()).astype(np.complex64)
        maps = self._spectra(picture, self._middle, 1.0)
        self._above = self._wanted * np.conj(maps)
        self._below = self._energy(maps)

    def next(self, picture: Picture) -> FollowedBox:
        """Return where the region is in the next picture."""
        best, middle, scale = -np.inf, self._middle, 1.0
        start = self._middle[0] + self._speed[0], self._middle[1] + self._speed[1]
        for tried in _SCALES:
            ratio, at = self._found(picture, start, tried)
            ratio *= 1.0 if tried == 1.0 else _SCALE_PENALTY
            if ratio > best:
                best, middle, scale = ratio, at, tried
        if best < _SURE:
            return self._move_on(picture)

        step = middle[0] - self._middle[0], middle[1] - self._middle[1]
        share = _SPEED_SHARE
        self._speed = tuple(old + share * (new - old) for old, new in zip(self._speed, step, strict=True))  # type: ignore[assignment]
        self._lost = 0
        self._middle = _inside(middle, picture)
        self._size = self._scaled(scale)
        maps = self._spectra(picture, self._middle, 1.0)
        self._above += _LEARNING * (self._wanted * np.conj(maps) - self._above)
        self._below += _LEARNING * (self._energy(maps) - self._below)

        return FollowedBox(self._box(), sure=True)

    def _move_on(self, picture: Picture) -> FollowedBox:
        self._lost += 1
        if self._lost <= _LOST_MOVES:
            self._middle = _inside((self._middle[0] + self._speed[0], self._middle[1] + self._speed[1]), picture)
        else:
            self._speed = 0.0, 0.0
        return FollowedBox(self._box(), sure=False)

    def _scaled(self, scale: float) -> tuple[float, float]:
        """Return the size after a step, which stays within a third and three times what was drawn."""
        factor = min(3.0, max(1 / 3, self._size[0] * scale / self._first[0]))
        return self._first[0] * factor, self._first[1] * factor

    def _box(self) -> Box:
        (x, y), (width, height) = self._middle, self._size
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2

    def _found(self, picture: Picture, start: tuple[float, float], scale: float) -> tuple[float, tuple[float, float]]:
        """Return how clear the best answer is, and where it is."""
        spectra = self._spectra(picture, start, scale)
        answer = np.fft.irfft2((self._above * spectra).sum(axis=0) / (self._below + _DAMPING), (_CELLS, _CELLS))
        row, column = divmod(int(answer.argmax()), _CELLS)
        ratio = _clearness(answer, row, column)
        down, across = _finer(answer[:, column], row), _finer(answer[row], column)
        cell = (_AREA * scale * self._size[0] / _CELLS, _AREA * scale * self._size[1] / _CELLS)
        return ratio, (start[0] + across * cell[0], start[1] + down * cell[1])

    def _spectra(self, picture: Picture, middle: tuple[float, float], scale: float) -> Spectra:
        """Return the spectra of the channels of the area around a place, shape (C, rows, columns)."""
        side = _CELLS * _CELL_PX
        across, down = (_AREA * scale * length / side for length in self._size)
        where = np.array(
            [[across, 0, middle[0] - across * side / 2], [0, down, middle[1] - down * side / 2]], np.float64
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        area = cv2.warpAffine(picture, where, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        maps = channels(cast("Picture", area)) * self._window
        return np.fft.rfft2(maps).astype(np.complex64)

    @staticmethod
    def _energy(maps: Spectra) -> NDArray[np.float32]:
        return np.asarray((np.abs(maps) ** 2).sum(axis=0), np.float32)


def channels(area: Picture) -> Maps:
    """Return brightness and edges by direction, pooled in cells, shape (1 + directions, rows, columns)."""
    bright = area.astype(np.float32) / 255
    across, down = cv2.Sobel(bright, cv2.CV_32F, 1, 0), cv2.Sobel(bright, cv2.CV_32F, 0, 1)
    strength = np.sqrt(across**2 + down**2)
    place = (np.arctan2(down, across) % np.pi) * (_DIRECTIONS / np.pi)
    low = np.floor(place)
    share = place - low
    index = low.astype(np.int32) % _DIRECTIONS
    edges = [
        strength * (np.where(index == each, 1 - share, 0) + np.where((index + 1) % _DIRECTIONS == each, share, 0))
        for each in range(_DIRECTIONS)
    ]
    parts = np.stack([_pooled(part) for part in (bright, *edges)])
    norm = np.sqrt((parts[1:] ** 2).sum(axis=0)) + 0.1
    parts[1:] /= norm
    parts[0] -= parts[0].mean()
    return np.asarray(parts, np.float32)


def _pooled(part: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(part.reshape(_CELLS, _CELL_PX, _CELLS, _CELL_PX).mean(axis=(1, 3)), np.float32)


def _peak() -> NDArray[np.float32]:
    """Return the wanted answer: a peak at the origin, which wraps around."""
    away = np.minimum(np.arange(_CELLS), _CELLS - np.arange(_CELLS))
    width = _SPREAD * _CELLS / _AREA
    line = np.exp(-0.5 * (away / width) ** 2)
    return np.asarray(np.outer(line, line), np.float32)


def _clearness(answer: NDArray[np.float64], row: int, column: int) -> float:
    """Return the peak-to-sidelobe ratio."""
    rolled = np.roll(answer, (_CELLS // 2 - row, _CELLS // 2 - column), (0, 1))
    rest = np.ones_like(rolled, np.bool_)
    near = slice(_CELLS // 2 - _PEAK, _CELLS // 2 + _PEAK + 1)
    rest[near, near] = False
    lobes = rolled[rest]
    return float((answer[row, column] - lobes.mean()) / (lobes.std() + 1e-9))


def _finer(line: NDArray[np.float64], index: int) -> float:
    """Return the place of a peak between cells, as an offset from the origin of a line that wraps around."""
    before, here, after = line[index - 1], line[index], line[(index + 1) % _CELLS]
    bend = before - 2 * here + after
    offset = 0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
    return (index if index <= _CELLS // 2 else index - _CELLS) + offset


def _inside(middle: tuple[float, float], picture: Picture) -> tuple[float, float]:
    height, width = picture.shape
    return min(max(middle[0], 0.0), float(width)), min(max(middle[1], 0.0), float(height))
