"""YOLOX-nano: persons, vehicles and screens; published for 416 x 416, reshaped to the picture when it is loaded.

It makes other mistakes than EfficientDet-Lite0, which is why both are used (docs/decisions/0020-two-body-nets.md).
"""

from __future__ import annotations

from functools import lru_cache

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
    62: Kind.SCREEN,
    63: Kind.SCREEN,
    67: Kind.SCREEN,
}
"""Class of the network's answer, in the order of COCO's 80 classes, and the kind it stands for."""
STRIDES = (8, 16, 32)
OBJECTNESS = 4
"""Column of the answer that scores whether there is any object; the classes follow it."""
OVERLAP = 0.6
EVENNESS = 0.75
"""Power that makes scores comparable with EfficientDet's: 0.08 becomes 0.15."""
LARGEST_EXPONENT = 10.0
"""A side of e^10 strides is far larger than any picture: more would overflow."""


class YoloX(AnyShapeDetector):
    """A `Detector` for pictures of any shape."""

    model = "yolox-nano"
    finds = frozenset(CLASSES.values())

    def _detect(self, frame: Frame) -> Detections:
        picture, (answer,) = self._net.run(frame)
        height, width, _ = picture.rgb.shape
        columns = [OBJECTNESS + 1 + number for number in CLASSES]
        raw = answer[0, :, OBJECTNESS, None] * answer[0][:, columns]
        scores = np.power(raw.clip(0, 1), EVENNESS, dtype=np.float32)
        hits, which = np.nonzero(scores >= self._score)
        if not len(hits):
            return Detections.none()
        found = scores[hits, which]
        boxes = picture.to_frame(decode(answer[0, hits, :4], cells(width, height)[hits]))
        kinds = np.array([int(kind) for kind in CLASSES.values()], np.int8)[which]
        apart = boxes + kinds[:, None].astype(np.float32) * 2 * max(frame.width, frame.height)
        kept = keep_best(apart, found, overlap=OVERLAP)
        return Detections(boxes[kept], found[kept], kinds[kept])

    def _build(self, columns: int, rows: int) -> openvino.Net:
        graph = openvino.read(self._path)
        return openvino.Net(openvino.set_rgb_bytes_input(graph, rows, columns, bgr=True))


@lru_cache(maxsize=8)
def cells(width: int, height: int) -> NDArray[np.float32]:
    """Return column, row and stride (px) of each cell of an input of that size, shape (N, 3), in the net's order."""
    parts = []
    for stride in STRIDES:
        rows, columns = np.mgrid[: height // stride, : width // stride]
        parts.append(np.stack((columns.ravel(), rows.ravel(), np.full(rows.size, stride)), axis=1))
    return np.concatenate(parts).astype(np.float32)


def decode(offsets: NDArray[np.float32], where: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return boxes x1 y1 x2 y2, shape (N, 4), px of the network's input.

    Args:
        offsets: Shape (N, 4), in strides: centre x and y from the cell's corner, logarithm of width and height.
        where: Shape (N, 3), as `cells` returns it.

    Source: Ge et al. (2021), YOLOX.
    """
    stride = where[:, 2:]
    centre = (offsets[:, :2] + where[:, :2]) * stride
    half = np.exp(np.minimum(offsets[:, 2:], LARGEST_EXPONENT)) * stride / 2
    return np.concatenate((centre - half, centre + half), axis=1).astype(np.float32)
