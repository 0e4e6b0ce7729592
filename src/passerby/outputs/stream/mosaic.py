"""Combines many small covered pictures into one: cheaper to send and to watch than a stream for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.layout import Colour, Layout
from passerby.outputs.stream.wall import WallPicture
from passerby.redact.paint import SLATE, samples_of

WIDEST = 1280
"""Greatest width of the mosaic, px."""
_TILE_WIDTH = 320
_INK = samples_of(SLATE, Layout.YUV420, Colour())


@dataclass(frozen=True, slots=True)
class Grid:
    """Layout of a mosaic: row by row, from the left.

    Args:
        columns: Pictures per row.
        rows: Number of rows.
        tile_width: Width of each picture, px, a multiple of 4.
        tile_height: Height of each picture, px, even.
    """

    columns: int
    rows: int
    tile_width: int
    tile_height: int

    @property
    def width(self) -> int:
        """Width of the mosaic, px."""
        return self.columns * self.tile_width

    @property
    def height(self) -> int:
        """Height of the mosaic, px."""
        return self.rows * self.tile_height


def grid_for(count: int) -> Grid:
    """Return the grid for a number of cameras, about as many columns as rows, with tiles of 16:9."""
    columns = max(1, math.ceil(math.sqrt(count)))
    width = max(16, min(_TILE_WIDTH, WIDEST // columns) // 4 * 4)
    return Grid(columns, max(1, math.ceil(count / columns)), width, max(8, width * 9 // 32 * 2))


class MosaicComposer:
    """Arranges small covered pictures side by side.

    Args:
        cameras: Names of the cameras, in the order shown.
    """

    def __init__(self, cameras: Sequence[str]) -> None:
        self.cameras = tuple(cameras)
        self.grid = grid_for(len(self.cameras))

    def packed(self, pictures: Mapping[str, WallPicture]) -> NDArray[np.uint8]:
        """Return the mosaic as planes Y, U and V one after the other, shape (width * height * 3 / 2,).

        Args:
            pictures: The last one of each camera; a camera without one is shown in slate.
        """
        width, height = self.grid.width, self.grid.height
        whole = np.empty(width * height * 3 // 2, np.uint8)
        planes = _planes(whole, width, height)
        for plane, ink in zip(planes, _INK, strict=True):
            plane.fill(ink)
        for index, camera in enumerate(self.cameras):
            picture = pictures.get(camera)
            if picture is not None:
                self._put(planes, index, picture)
        return whole

    def _put(self, planes: tuple[NDArray[np.uint8], ...], index: int, picture: WallPicture) -> None:
        """Scale a picture to fit its tile, centred."""
        grid = self.grid
        scale = min(grid.tile_width / picture.width, grid.tile_height / picture.height)
        width, height = (max(2, round(side * scale / 2) * 2) for side in (picture.width, picture.height))
        left = index % grid.columns * grid.tile_width + (grid.tile_width - width) // 4 * 2
        top = index // grid.columns * grid.tile_height + (grid.tile_height - height) // 4 * 2
        for step, plane, own in zip(
            (1, 2, 2), planes, _planes(picture.packed, picture.width, picture.height), strict=True
        ):
            size = width // step, height // step
            small = cv2.resize(own, size, interpolation=cv2.INTER_AREA)
            plane[top // step : top // step + size[1], left // step : left // step + size[0]] = small


def _planes(packed: NDArray[np.uint8], width: int, height: int) -> tuple[NDArray[np.uint8], ...]:
    luma, chroma = width * height, width * height // 4
    return (
        packed[:luma].reshape(height, width),
        packed[luma : luma + chroma].reshape(height // 2, width // 2),
        packed[luma + chroma :].reshape(height // 2, width // 2),
    )
