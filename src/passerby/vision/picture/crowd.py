"""Crowds too dense or too far away for boxes: covered as a region, found by the networks' weak hits and by texture.

In a dense crowd the networks return hundreds of weak, overlapping hits instead of one box per person. These are
useless as boxes but do indicate density: sparse scenes of every kind have under 110 weak hits, crowds of over
a hundred people 600 and more (docs/decisions/0004-crowd-as-region.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.detections import Detections, Kind
from passerby.vision.sampling import luma

CELLS = 64
"""Cells along the picture's longer side."""
FAINT_SCORE = 0.05
"""Lowest score of a hit that counts as a trace of people."""
DENSE_HITS = 700
"""From this many weak hits on, the networks no longer separate people."""
BUSY_HITS = 250
"""From this many on, people may be hidden by others or by bad light: the hardest plan is used."""
SPREAD_CELLS = 3.0
LEAST_DENSITY = 0.05
"""Smoothed weak hits per cell above which a cell is part of the crowd."""
LEAST_TEXTURE = 8.0
"""Contrast of fine structure, in grey levels, that heads close together always exceed."""
STRONG_TEXTURE = 20.0
"""Contrast of fine structure, in grey levels, that hardly anything but crowds shows over much of a picture."""
TEXTURE_WIDTH = 640
TALLEST_SHARE = 0.25
"""A weak box taller than this share of the picture is a group, not a person: it does not show where anyone is."""


def faint_hits(found: Sequence[Detections], finds: Sequence[frozenset[Kind]]) -> int:
    """Return the number of weak traces of people: bodies and faces, each counted by the first network that finds them.

    Other networks and larger pictures give other numbers; DENSE_HITS and BUSY_HITS were measured with the first
    network of the list, at about 640 px.

    Args:
        found: Each detector's answer about one frame.
        finds: What each of them can find.
    """
    known = list(zip(found, finds, strict=True))
    total = 0
    for kind in (Kind.PERSON, Kind.FACE):
        counts = [len(answer.of(frozenset({kind}), FAINT_SCORE)) for answer, kinds in known if kind in kinds]
        total += counts[0] if counts else 0
    return total


def crowd_cells(frame: Frame, found: Sequence[Detections]) -> NDArray[np.bool_]:
    """Return the cells that a dense crowd fills, shape (rows, columns); valid only from DENSE_HITS on.

    Args:
        frame: The inspected frame.
        found: The networks' answers about it, down to FAINT_SCORE.
    """
    shape = grid_shape(frame.height, frame.width)
    density = cv2.GaussianBlur(_hits(found, frame, shape=shape), (0, 0), SPREAD_CELLS)
    return (density > LEAST_DENSITY) | (_texture(frame, shape) > LEAST_TEXTURE)


def fine_structure(frame: Frame) -> float:
    """Return the share of the picture with strong fine structure, as heads close together have, in [0, 1].

    Crowds of over a hundred people have 0.3 to 1, and 0.5 or more where they fill the picture; streets, rooms and
    faces rarely have over 0.3.
    """
    return float((_texture(frame, grid_shape(frame.height, frame.width)) > STRONG_TEXTURE).mean())


def grid_shape(height: int, width: int) -> tuple[int, int]:
    """Return rows and columns of the grid of nearly square cells over a picture of that size, px."""
    longer = max(height, width)
    return max(1, round(CELLS * height / longer)), max(1, round(CELLS * width / longer))


def cell_boxes(cells: NDArray[np.bool_], *, height: int, width: int) -> NDArray[np.float32]:
    """Return boxes, shape (N, 4), px of a picture of that size, that cover exactly the true cells."""
    return runs(cells) * np.array([width / cells.shape[1], height / cells.shape[0]] * 2, np.float32)


def runs(cells: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return rectangles, shape (N, 4), that cover exactly the true cells: runs along rows, joined downwards.

    >>> runs(np.array([[True, True, False], [True, True, True]])).tolist()
    [[0.0, 0.0, 2.0, 1.0], [0.0, 1.0, 3.0, 2.0]]
    """
    done: list[tuple[int, int, int, int]] = []
    running: dict[tuple[int, int], int] = {}
    for row in range(len(cells) + 1):
        spans = _spans(cells[row]) if row < len(cells) else set()
        done += [(*span, top, row) for span, top in running.items() if span not in spans]
        running = {span: running.get(span, row) for span in spans}
    ordered = sorted((left, top, right, bottom) for left, right, top, bottom in done)
    return np.array(ordered, np.float32).reshape(-1, 4)


def _spans(row: NDArray[np.bool_]) -> set[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
    return {(int(start), int(end)) for start, end in edges.reshape(-1, 2)}


def _hits(found: Sequence[Detections], frame: Frame, *, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Count the weak hits of all networks in the cell where the head is."""
    counts = np.zeros(shape, np.float32)
    for answer in found:
        for kind, share in ((Kind.PERSON, 0.2), (Kind.FACE, 0.5)):
            boxes = answer.of(frozenset({kind}), FAINT_SCORE).boxes_px
            boxes = boxes[boxes[:, 3] - boxes[:, 1] < TALLEST_SHARE * frame.height]
            x = (boxes[:, 0] + boxes[:, 2]) / 2 * (shape[1] / frame.width)
            y = (boxes[:, 1] + share * (boxes[:, 3] - boxes[:, 1])) * (shape[0] / frame.height)
            cell = (np.clip(y.astype(int), 0, shape[0] - 1), np.clip(x.astype(int), 0, shape[1] - 1))
            np.add.at(counts, cell, 1.0)
    return counts


def _texture(frame: Frame, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the local standard deviation of fine structure in each cell, grey levels."""
    height = max(2, round(frame.height * TEXTURE_WIDTH / frame.width))
    grey = luma(frame, TEXTURE_WIDTH, height).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 3.0)
    energy = np.sqrt(np.maximum(cv2.blur(fine * fine, (15, 15)), 0.0))  # a flat area may come out just below 0
    return cv2.resize(energy, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
