"""Style `mosaic`: a few large flat cells per region, too coarse to recognise anyone.

How much one picture can reveal: overlapping cover forms one region, a region has at most 9 cells (3 across,
4 down) whatever its size, and a cell has one of 54 colours. One region of one picture therefore distinguishes
at most 54^9 cases, under 52 bits, and reveals nothing else of what is beneath.

Over many pictures: the cells lie on a lattice that is fixed in the picture, their means are taken over whole
cells, never over the part that a box cuts out, and where the lattices of two regions meet they share one
lattice. A box that trembles or grows over something at rest therefore reads the same cells again: nothing can
be accumulated from shifted grids or thin slivers. A person who moves across the lattice is sampled anew in
each picture, with the same bound each time; where that is too much, use `solid`, which reveals nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passerby.media.layout import Colour, Layout
from passerby.redact.mask import Cover
from passerby.redact.paint import SLATE, Box, Canvas, Ink, rgb_of, samples_of

ACROSS: Final = 3
DOWN: Final = 4
CELLS: Final = 9
LEVELS: Final = 6
"""Number of brightness levels of a cell."""
TINTS: Final = 3
"""Number of steps along each of the two chroma axes."""
_TINT_STEP: Final = 0.06
_FINEST_PX: Final = 16
_TILES: Final = 2
"""Tiles along a cell, all of one colour: they look like a mosaic and reveal nothing."""


@dataclass(frozen=True, slots=True)
class MosaicRegion:
    """One box or polygon of the cover.

    Args:
        box: Its bounds in sites; inside the picture.
        pitch: Edge length of the cells that it is painted in, sites.
        mask: Shape (rows, columns) of `box`, True where it covers; None for all of it.
    """

    box: Box
    pitch: int
    mask: NDArray[np.bool_] | None


class MosaicStyle:
    """Large flat cells in few colours, at most 9 per region."""

    name = "mosaic"

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        """Paint the cells that the cover touches, only where the cover is."""
        boxes = canvas.sites(cover.boxes_px)
        polygons = [canvas.polygon(points_px) for points_px in cover.polygons_px]
        polygons = [(mask, corner) for mask, corner in polygons if mask.any()]
        edges = [(x, y, x + mask.shape[1], y + mask.shape[0]) for mask, (x, y) in polygons]
        spans = np.concatenate([boxes, np.array(edges, np.int32).reshape(-1, 4)])
        masks: list[NDArray[np.bool_] | None] = [None] * len(boxes) + [mask for mask, _ in polygons]
        pitches = cell_edges(spans, _FINEST_PX // canvas.step).tolist()
        parts = [MosaicRegion(*part) for part in zip(map(tuple, spans.tolist()), pitches, masks, strict=True)]
        inks = {cell: _ink(canvas, cell) for cell in {cell for part in parts for cell in _cells(part)}}
        for part in parts:
            _paint_part(canvas, part, inks)
        slate = samples_of(SLATE, canvas.layout, canvas.colour)
        for part in parts:
            _paint_joints(canvas, part, slate)


def cell_edges(spans: NDArray[np.int32], finest: int) -> NDArray[np.int32]:
    """Return the edge length of the cells of each part's region, shape (N,); the order of parts is irrelevant.

    Args:
        spans: Shape (N, 4), boxes in sites, none of them empty.
        finest: Smallest edge length of a cell, sites.
    """
    if not len(spans):
        return np.empty(0, np.int32)
    owner = np.arange(len(spans))
    bounds = spans
    while True:
        groups = _groups(bounds)
        count = int(groups.max()) + 1
        if count == len(bounds):
            return _pitches(bounds, finest)[owner]
        owner = groups[owner]
        starts = np.full((count, 2), np.iinfo(np.int32).max, np.int32)
        ends = np.zeros((count, 2), np.int32)
        np.minimum.at(starts, groups, bounds[:, :2])
        np.maximum.at(ends, groups, bounds[:, 2:])
        bounds = np.concatenate([starts, ends], axis=1)


def _groups(boxes: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return for each box the number of the group of overlapping boxes that it is in, from 0 on."""
    meets = _meets(boxes)
    labels = np.arange(len(boxes), dtype=np.int32)
    while True:
        lowest = np.where(meets, labels, np.int32(len(boxes))).min(axis=1)
        if (lowest == labels).all():
            return np.unique(labels, return_inverse=True)[1]
        labels = lowest[lowest]  # the label of each label: long chains of boxes need few rounds


def _meets(boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which boxes overlap which, shape (N, N)."""
    starts_before_end = (boxes[:, None, :2] < boxes[None, :, 2:]).all(axis=2)
    return np.logical_and(starts_before_end, starts_before_end.T)


def _pitches(regions: NDArray[np.int32], finest: int) -> NDArray[np.int32]:
    """Return the finest pitch at which each region has few enough cells; lattices that meet share one pitch."""
    pitches = np.full(len(regions), finest, np.int32)
    while True:
        each = pitches[:, None]
        lattices = np.concatenate([regions[:, :2] // each, -(-regions[:, 2:] // each)], axis=1)
        cells = lattices[:, 2:] - lattices[:, :2]
        many = (cells > (ACROSS, DOWN)).any(axis=1) | (cells.prod(axis=1) > CELLS)
        if many.any():
            next_up = np.where(pitches & (pitches - 1), pitches // 3 * 4, pitches // 2 * 3)  # 8, 12, 16, 24, 32 ...
            pitches = np.where(many, next_up, pitches)
            continue
        shared = np.where(_meets(lattices * each), pitches, 0).max(axis=1)
        if (shared == pitches).all():
            return pitches
        pitches = shared


def _cells(part: MosaicRegion) -> list[tuple[int, int, int]]:
    """Return the cells that a part touches: row, column and pitch."""
    (x1, y1, x2, y2), pitch = part.box, part.pitch
    rows, columns = range(y1 // pitch, -(-y2 // pitch)), range(x1 // pitch, -(-x2 // pitch))
    return [(row, column, pitch) for row in rows for column in columns]


@lru_cache(maxsize=16)
def palette(layout: Layout, colour: Colour) -> tuple[Ink, ...]:
    """Return the few colours of cells as samples: all tints of the lowest brightness, then of the next."""
    tints = [_TINT_STEP * step for step in range(-(TINTS // 2), TINTS // 2 + 1)]
    shades = [rgb_of(((level + 0.5) / LEVELS, u, v), colour) for level in range(LEVELS) for u in tints for v in tints]
    return tuple(samples_of(shade, layout, colour) for shade in shades)


def _ink(canvas: Canvas, cell: tuple[int, int, int]) -> Ink:
    """Return the palette colour nearest to the mean of a whole cell."""
    row, column, pitch = cell
    rows, columns = canvas.size
    x, y = column * pitch, row * pitch
    luma, *chroma = canvas.mean((x, y, min(x + pitch, columns), min(y + pitch, rows)))
    level = min(LEVELS - 1, max(0, int(luma * LEVELS)))
    most = TINTS // 2
    u, v = (most + min(most, max(-most, round(part / _TINT_STEP))) for part in chroma)
    return palette(canvas.layout, canvas.colour)[(level * TINTS + u) * TINTS + v]


def _paint_part(canvas: Canvas, part: MosaicRegion, inks: dict[tuple[int, int, int], Ink]) -> None:
    """Paint the cells that a part touches, only inside the part."""
    x1, y1, x2, y2 = part.box
    for cell in _cells(part):
        row, column, pitch = cell
        left = max(x1, column * pitch)
        right = min(x2, (column + 1) * pitch)
        top = max(y1, row * pitch)
        bottom = min(y2, (row + 1) * pitch)
        if part.mask is None:
            canvas.fill((left, top, right, bottom), inks[cell])
        else:
            inside = part.mask[top - y1 : bottom - y1, left - x1 : right - x1]
            canvas.fill_mask(inside, (left, top), inks[cell])


def _paint_joints(canvas: Canvas, part: MosaicRegion, ink: Ink) -> None:
    """Draw the thin joints between tiles: without them, cover in the colours of the scene looks like the scene."""
    x1, y1, x2, y2 = part.box
    tile = part.pitch // _TILES
    upright = [(x, y1, x + 1, y2) for x in range(-(-x1 // tile) * tile, x2, tile)]
    level = [(x1, y, x2, y + 1) for y in range(-(-y1 // tile) * tile, y2, tile)]
    for left, top, right, bottom in upright + level:
        if part.mask is None:
            canvas.fill((left, top, right, bottom), ink)
        else:
            inside = part.mask[top - y1 : bottom - y1, left - x1 : right - x1]
            canvas.fill_mask(inside, (left, top), ink)
