"""EfficientDet-Lite0: persons, vehicles and screens; its pyramid is resized to the picture's shape.

The published file takes 320 x 320. Squeezing a camera's picture into that, or tiling it, costs recall. The
network is fully convolutional, so its up-sampling sizes are changed when it is loaded, and one run sees the
whole picture in its own proportions (docs/decisions/0002-reshape-not-tiles.md).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.boxes import keep_best
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets import openvino
from passerby.vision.nets.any_shape import AnyShapeDetector

CLASSES = {
    0: Kind.PERSON,
    1: Kind.BICYCLE,
    2: Kind.CAR,
    3: Kind.MOTORCYCLE,
    5: Kind.BUS,
    7: Kind.TRUCK,
    71: Kind.SCREEN,
    72: Kind.SCREEN,
    76: Kind.SCREEN,
}
"""Column of the network's COCO answer and the kind it stands for; the other columns are not computed."""
LEVELS = range(3, 8)
OCTAVES = 3
ASPECTS = (1.0, 2.0, 0.5)
ANCHOR_SCALE = 3.0
OVERLAP = 0.6
LARGEST_PX = 480
"""The network was trained on pictures of 320 px: a weak detection larger than this is a guess."""
FAINT_LARGE_SCORE = 0.4
MIRRORED_PX = 24
"""Mirrored columns at the left and right of the network's picture: a person cut in half by the border becomes whole
(docs/decisions/0018-mirrored-borders.md)."""
WITHIN = 0.3
"""Least share of a box's width within the picture: a person made whole by the mirror has half of it there."""


class EfficientDet(AnyShapeDetector):
    """A `Detector` for pictures of any shape; one network is compiled per picture shape.

    Args:
        path: The model file.
        long_side: Size of the picture's longer side in the network's input, px.
        score: Lowest score to report.
        square: Whether every picture is placed on a square, so that one network serves pictures of any shape.
        largest_px: Weak boxes larger than this in the network's own picture are rejected.
    """

    model = "efficientdet-lite0"
    multiple = 64
    mirrored = MIRRORED_PX
    finds = frozenset(CLASSES.values())

    def __init__(
        self, path: Path, *, long_side: int, score: float, square: bool = False, largest_px: float = np.inf
    ) -> None:
        super().__init__(path, long_side=long_side, score=score, square=square)
        self._largest_px = largest_px

    def _detect(self, frame: Frame) -> Detections:
        picture, (first, second) = self._net.run(frame)
        height, width, _ = picture.rgb.shape
        scores, offsets = (first[0], second[0]) if first.shape[-1] != 4 else (second[0], first[0])
        hits, columns = np.nonzero(scores >= self._score)
        if not len(hits):
            return Detections.none()
        found = scores[hits, columns]
        boxes = decode(offsets[hits], anchor_boxes(width, height)[hits])
        trusted = ((boxes[:, 2:] - boxes[:, :2]).max(axis=1) <= self._largest_px) | (found >= FAINT_LARGE_SCORE)
        boxes, inside = within(picture.to_frame(boxes), frame.width)
        trusted &= inside
        found, boxes, columns = found[trusted], boxes[trusted], columns[trusted]
        kinds = np.array([int(kind) for kind in CLASSES.values()], np.int8)[columns]
        apart = boxes + kinds[:, None].astype(np.float32) * 2 * max(frame.width, frame.height)
        kept = keep_best(apart, found, overlap=OVERLAP)

        return Detections(boxes[kept], found[kept], kinds[kept])

    def _build(self, columns: int, rows: int) -> openvino.Net:
        graph = openvino.read(self._path)
        openvino.keep_classes(graph, list(CLASSES), out_of=90, anchors=OCTAVES * len(ASPECTS))
        openvino.resize_top_down(graph, rows, columns, levels=(6, 5, 4, 3))
        return openvino.Net(graph)


def within(boxes: NDArray[np.float32], width: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return boxes cut at the left and right border, and which of them are not mere mirror images.

    Args:
        boxes: Shape (N, 4), px of the frame.
        width: Columns of the frame, px.
    """
    cut = boxes.copy()
    cut[:, 0::2] = np.clip(boxes[:, 0::2], 0, width)
    return cut, cut[:, 2] - cut[:, 0] > WITHIN * (boxes[:, 2] - boxes[:, 0])


@lru_cache(maxsize=8)
def anchor_boxes(width: int, height: int) -> NDArray[np.float32]:
    """Return the network's anchors for an input size, shape (N, 4): centre y, centre x, height, width, px.

    Source: Tan, Pang and Le (2020), EfficientDet; three octaves, three aspects, scale 3 in the Lite models.
    """
    parts = []
    for level in LEVELS:
        stride = 1 << level
        rows, columns = -(-height // stride), -(-width // stride)
        sides = ANCHOR_SCALE * stride * 2.0 ** (np.repeat(np.arange(OCTAVES), len(ASPECTS)) / OCTAVES)
        stretch = np.sqrt(np.tile(ASPECTS, OCTAVES))
        part = np.empty((rows, columns, OCTAVES * len(ASPECTS), 4))
        part[..., 0] = ((np.arange(rows) + 0.5) * stride)[:, None, None]
        part[..., 1] = ((np.arange(columns) + 0.5) * stride)[None, :, None]
        part[..., 2] = sides / stretch
        part[..., 3] = sides * stretch
        parts.append(part.reshape(-1, 4))
    return np.concatenate(parts).astype(np.float32)


def decode(offsets: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return boxes x1 y1 x2 y2, shape (N, 4), from the network's offsets (dy, dx, log h, log w) to its anchors."""
    centre = offsets[:, :2] * anchors[:, 2:] + anchors[:, :2]
    half = np.exp(offsets[:, 2:]) * anchors[:, 2:] / 2
    return np.concatenate(((centre - half)[:, ::-1], (centre + half)[:, ::-1]), axis=1)
