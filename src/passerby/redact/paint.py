"""Cover on the planes themselves: no full picture changes its colour space on this path.

Covering counts in *sites*: squares of 2x2 pixels where two chroma planes of half size go with them,
single pixels elsewhere. A box is rounded outwards to whole sites, in luma as in chroma, so that no
chroma sample of a covered person stays beside the cover and no tinted fringe is seen around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.layout import Colour, Layout, Plane

Rgb = tuple[int, int, int]
Box = tuple[int, int, int, int]

SLATE: Final[Rgb] = (38, 44, 58)
"""The colour of cover: dark, bluish, rare in a scene, so that a check can tell cover from scene."""

_RED_BLUE: Final = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
_RED_BLUE_601: Final = (0.299, 0.114)


def samples_of(rgb: Rgb, layout: Layout, colour: Colour) -> tuple[int, int, int]:
    """Return a colour as samples: Y, U, V as `colour` reads them, or R, G, B.

    A matrix that is not named is read as BT.601, as FFmpeg does; for slate the difference is one step.

    Args:
        rgb: Each in [0, 255].
        layout: Of the planes that will hold it.
        colour: Matrix and range of those planes.

    Returns:
        Samples in [0, 255], or [0, 1023] for `YUV420_10`.
    """
    if layout is Layout.RGB:
        return rgb
    of_red, of_blue = _RED_BLUE.get(colour.matrix, _RED_BLUE_601)
    red, green, blue = (part / 255 for part in rgb)
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    chroma_u, chroma_v = (blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red)
    scale_y, scale_uv, foot = (255, 255, 0) if colour.full_range else (219, 224, 16)
    parts = foot + scale_y * luma, 128 + scale_uv * chroma_u, 128 + scale_uv * chroma_v
    y, u, v = (round(4 * part) if layout is Layout.YUV420_10 else round(part) for part in parts)
    return y, u, v


@dataclass(frozen=True, slots=True)
class Canvas:
    """Planes to paint on, addressed by sites.

    Args:
        planes: As `layout` says; painted in place.
        layout: How `planes` lie in memory.
        colour: How the samples are read.
    """

    planes: tuple[Plane, ...]
    layout: Layout
    colour: Colour

    @property
    def step(self) -> int:
        """Edge of a site, px."""
        return 1 if self.layout is Layout.RGB else 2

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of sites."""
        rows, columns = self.planes[-1].shape[:2]
        return rows, columns

    def sites(self, boxes_px: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the boxes, shape (N, 4) px, in sites: rounded outwards, cut at the border, empty ones gone."""
        rows, columns = self.size
        boxes = np.concatenate([boxes_px[:, :2] // self.step, -(-boxes_px[:, 2:] // self.step)], axis=1)
        boxes = np.clip(boxes, 0, np.array([columns, rows, columns, rows], np.int32))
        full = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & (boxes_px[:, 2:] > boxes_px[:, :2]).all(axis=1)
        inside: NDArray[np.int32] = boxes[full]
        return inside

    def fill(self, boxes: NDArray[np.int32], ink: tuple[int, int, int]) -> None:
        """Give every sample of the boxes, shape (N, 4) in sites, the samples `ink`."""
        if self.layout is Layout.RGB:
            for x1, y1, x2, y2 in boxes.tolist():
                self.planes[0][y1:y2, x1:x2] = ink
            return
        luma, chroma_u, chroma_v = self.planes
        y, u, v = ink
        for x1, y1, x2, y2 in boxes.tolist():
            luma[2 * y1 : 2 * y2, 2 * x1 : 2 * x2] = y
            chroma_u[y1:y2, x1:x2] = u
            chroma_v[y1:y2, x1:x2] = v

    def fill_mask(self, mask: NDArray[np.bool_], left_top: tuple[int, int], ink: tuple[int, int, int]) -> None:
        """Give the sites where `mask`, shape (rows, columns), is set the samples `ink`."""
        x, y = left_top
        rows, columns = mask.shape
        if self.layout is Layout.RGB:
            np.copyto(self.planes[0][y : y + rows, x : x + columns], np.array(ink, np.uint8), where=mask[..., None])
            return
        luma = self.planes[0][2 * y : 2 * (y + rows), 2 * x : 2 * (x + columns)]
        wide = mask.repeat(2, axis=0).repeat(2, axis=1)[: luma.shape[0], : luma.shape[1]]
        np.copyto(luma, ink[0], where=wide)
        for plane, sample in zip(self.planes[1:], ink[1:], strict=True):
            np.copyto(plane[y : y + rows, x : x + columns], sample, where=mask)

    def polygon(self, points_px: NDArray[np.int32]) -> tuple[NDArray[np.bool_], tuple[int, int]]:
        """Return a polygon, shape (M, 2) px, as a mask of sites and its left top site; rounded outwards."""
        edge = np.concatenate([points_px.min(axis=0), points_px.max(axis=0) + 1])[None]
        inside = self.sites(edge.astype(np.int32))
        if not len(inside):
            return np.zeros((0, 0), np.bool_), (0, 0)
        x1, y1, x2, y2 = inside[0].tolist()
        fine = np.zeros(((y2 - y1) * self.step, (x2 - x1) * self.step), np.uint8)
        cv2.fillPoly(fine, [points_px - np.array([x1, y1], np.int32) * self.step], (1,))
        across = np.maximum.reduce([fine[:, start :: self.step] for start in range(self.step)])
        both = np.maximum.reduce([across[start :: self.step] for start in range(self.step)])
        return both.astype(np.bool_), (x1, y1)
