"""Paints cover directly onto the planes: no full picture is converted to another colour space on this path.

Cover is measured in *sites*: squares of 2x2 pixels where the two chroma planes have half size, single pixels
elsewhere. A box is rounded outwards to whole sites, in luma as in chroma, so that no chroma sample of a
covered person remains beside the cover and no tinted fringe is visible around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.layout import Colour, Layout, Plane
from passerby.redact.mask import Cover, polygon_raster

Rgb = tuple[int, int, int]
Ink = tuple[int, int, int]
Box = tuple[int, int, int, int]

SLATE: Final[Rgb] = (38, 44, 58)
"""The colour of cover: dark, bluish and rare in scenes, so that a check can distinguish cover from scene."""

_RED_BLUE: Final = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593), 10: (0.2627, 0.0593)}
_RED_BLUE_601: Final = (0.299, 0.114)


_FULL: Final = (255, 255, 0)
_LIMITED: Final = (219, 224, 16)


def yuv_of(rgb: tuple[float, float, float], colour: Colour) -> tuple[float, float, float]:
    """Return R, G, B in [0, 255] as Y in [0, 1] and U, V in [-0.5, 0.5]."""
    of_red, of_blue = _RED_BLUE.get(colour.matrix, _RED_BLUE_601)
    red, green, blue = (part / 255 for part in rgb)
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    return luma, (blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red)


def rgb_of(yuv: tuple[float, float, float], colour: Colour) -> Rgb:
    """Return Y in [0, 1] and U, V in [-0.5, 0.5] as the nearest R, G, B in [0, 255]."""
    of_red, of_blue = _RED_BLUE.get(colour.matrix, _RED_BLUE_601)
    luma, chroma_u, chroma_v = yuv
    red, blue = luma + chroma_v * (2 - 2 * of_red), luma + chroma_u * (2 - 2 * of_blue)
    green = (luma - of_red * red - of_blue * blue) / (1 - of_red - of_blue)
    red, green, blue = (min(255, max(0, round(255 * part))) for part in (red, green, blue))
    return red, green, blue


def samples_of(rgb: Rgb, layout: Layout, colour: Colour) -> Ink:
    """Return a colour as samples: Y, U, V in the encoding of `colour`, or R, G, B.

    An unspecified matrix is read as BT.601, as FFmpeg does; for slate the difference is one step.

    Args:
        rgb: Each in [0, 255].
        layout: Layout of the planes to paint.
        colour: Matrix and range of those planes.

    Returns:
        Samples in [0, 255], or [0, 1023] for `YUV420_10`.
    """
    if layout is Layout.RGB:
        return rgb
    luma, chroma_u, chroma_v = yuv_of(rgb, colour)
    scale_y, scale_uv, foot = _FULL if colour.full_range else _LIMITED
    parts = foot + scale_y * luma, 128 + scale_uv * chroma_u, 128 + scale_uv * chroma_v
    y, u, v = (round(4 * part) if layout is Layout.YUV420_10 else round(part) for part in parts)
    return y, u, v


@dataclass(frozen=True, slots=True)
class Canvas:
    """Planes to paint on, addressed by sites.

    Args:
        planes: As `layout` describes; painted in place.
        layout: How `planes` lie in memory.
        colour: How the samples encode colour.
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

    def outward(self, boxes_px: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the boxes, shape (N, 4) px, in sites, rounded outwards."""
        return np.concatenate([boxes_px[:, :2] // self.step, -(-boxes_px[:, 2:] // self.step)], axis=1)

    def sites(self, boxes_px: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the boxes, shape (N, 4) px, in sites: rounded outwards, cut at the border, empty ones removed."""
        height, width = self.planes[0].shape[:2]
        inside = np.clip(boxes_px, 0, np.array([width, height, width, height], np.int32))
        return self.outward(inside[(inside[:, 2:] > inside[:, :2]).all(axis=1)])

    def fill(self, box: Box, ink: Ink) -> None:
        """Fill a box of sites with the samples `ink`."""
        x1, y1, x2, y2 = box
        if self.layout is Layout.RGB:
            self.planes[0][y1:y2, x1:x2] = ink
            return
        luma, chroma_u, chroma_v = self.planes
        luma[2 * y1 : 2 * y2, 2 * x1 : 2 * x2] = ink[0]
        chroma_u[y1:y2, x1:x2] = ink[1]
        chroma_v[y1:y2, x1:x2] = ink[2]

    def lay(self, cover: Cover, ink: Ink) -> None:
        """Fill every site that the cover touches with the samples `ink`."""
        for box in self.sites(cover.boxes_px).tolist():
            self.fill(box, ink)
        for points_px in cover.polygons_px:
            self.fill_mask(*self.polygon(points_px), ink)

    def mean(self, box: Box) -> tuple[float, float, float]:
        """Return the mean of a box of sites as Y in [0, 1] and U, V in [-0.5, 0.5]."""
        x1, y1, x2, y2 = box
        if self.layout is Layout.RGB:
            red, green, blue, _ = cv2.mean(self.planes[0][y1:y2, x1:x2])
            return yuv_of((red, green, blue), self.colour)
        luma, *chroma = self.planes
        parts = luma[2 * y1 : 2 * y2, 2 * x1 : 2 * x2], *(plane[y1:y2, x1:x2] for plane in chroma)
        deep = 4 if self.layout is Layout.YUV420_10 else 1
        y, u, v = (cv2.mean(part)[0] / deep for part in parts)
        scale_y, scale_uv, foot = _FULL if self.colour.full_range else _LIMITED
        return (y - foot) / scale_y, (u - 128) / scale_uv, (v - 128) / scale_uv

    def fill_mask(self, mask: NDArray[np.bool_], left_top: tuple[int, int], ink: Ink) -> None:
        """Fill the sites where `mask`, shape (rows, columns), is set with the samples `ink`."""
        if not mask.size:
            return
        x, y = left_top
        rows, columns = mask.shape
        if self.layout is Layout.RGB:
            np.copyto(self.planes[0][y : y + rows, x : x + columns], np.array(ink, np.uint8), where=mask[..., None])
            return
        luma = self.planes[0][2 * y : 2 * (y + rows), 2 * x : 2 * (x + columns)]
        wide = cv2.resize(mask.view(np.uint8), (2 * columns, 2 * rows), interpolation=cv2.INTER_NEAREST)
        np.copyto(luma, ink[0], where=wide[: luma.shape[0], : luma.shape[1]].view(np.bool_))
        for plane, sample in zip(self.planes[1:], ink[1:], strict=True):
            np.copyto(plane[y : y + rows, x : x + columns], sample, where=mask)

    def polygon(self, points_px: NDArray[np.int32]) -> tuple[NDArray[np.bool_], tuple[int, int]]:
        """Return a polygon, shape (M, 2) px, as a mask of sites and the top left site of the mask; rounded outwards."""
        shape, (x, y) = polygon_raster(points_px)
        around = np.array([[x, y, x + shape.shape[1], y + shape.shape[0]]], np.int32)
        inside = self.sites(around)
        if not len(inside):
            return np.zeros((0, 0), np.bool_), (0, 0)
        x1, y1, x2, y2 = (inside[0] * self.step).tolist()
        fine = np.zeros((y2 - y1, x2 - x1), np.uint8)
        height, width = self.planes[0].shape[:2]
        part = shape[max(0, y1 - y) : min(y2, height) - y, max(0, x1 - x) : min(x2, width) - x]
        top, left = max(0, y - y1), max(0, x - x1)
        fine[top : top + part.shape[0], left : left + part.shape[1]] = part
        rows = np.maximum.reduce([fine[start :: self.step] for start in range(self.step)])
        both = np.maximum.reduce([rows[:, start :: self.step] for start in range(self.step)])
        return both.astype(np.bool_), (int(inside[0, 0]), int(inside[0, 1]))
