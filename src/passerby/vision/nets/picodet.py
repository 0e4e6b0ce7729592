"""PicoDet-S: persons, vehicles and screens; published for 416 x 416, reshaped to the picture when it is loaded."""

from __future__ import annotations

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
"""Column of the network's answer, in the order of COCO's 80 classes, and the kind it stands for."""
SIDE = 416
STRIDES = (8, 16, 32, 64)
BINS = 8
OVERLAP = 0.6
EVENNESS = 1.25
"""Power that makes scores comparable with EfficientDet's: as many boxes from 0.05, 0.15 and 0.3 on (8 clips)."""
MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


class PicoDet(AnyShapeDetector):
    """A `Detector` for pictures of any shape."""

    model = "picodet-s"
    multiple = 64
    finds = frozenset(CLASSES.values())

    def _detect(self, frame: Frame) -> Detections:
        picture, answers = self._net.run(frame)
        columns = picture.rgb.shape[1]
        parts = [self._level(answers[k][0], answers[k + 4][0], STRIDES[k], columns // STRIDES[k]) for k in range(4)]
        boxes, scores, kinds = (np.concatenate(column) for column in zip(*parts, strict=True))
        if not len(boxes):
            return Detections.none()
        boxes = picture.to_frame(boxes)
        apart = boxes + kinds[:, None].astype(np.float32) * 2 * max(frame.width, frame.height)
        kept = keep_best(apart, scores, overlap=OVERLAP)
        return Detections(boxes[kept], scores[kept], kinds[kept])

    def _level(
        self, scores: NDArray[np.float32], bins: NDArray[np.float32], stride: int, columns: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int8]]:
        """Return boxes, scores and kinds of one level of the pyramid."""
        ours = np.power(scores[:, list(CLASSES)].clip(0, 1), EVENNESS, dtype=np.float32)
        hits, which = np.nonzero(ours >= self._score)
        boxes = decode(bins[hits], hits, stride=stride, columns=columns)
        kinds = np.array([int(kind) for kind in CLASSES.values()], np.int8)[which]
        return boxes, ours[hits, which], kinds

    def _build(self, columns: int, rows: int) -> openvino.Net:
        graph = openvino.read(self._path)
        openvino.resize_reshapes(graph, rows, columns, side=SIDE)
        return openvino.Net(openvino.set_rgb_bytes_input(graph, rows, columns, mean=MEAN, deviation=DEVIATION))


def decode(bins: NDArray[np.float32], cells: NDArray[np.intp], *, stride: int, columns: int) -> NDArray[np.float32]:
    """Return boxes x1 y1 x2 y2, shape (N, 4), px of the network's input.

    Args:
        bins: Shape (N, 32), for each side the logits of its distance from the cell's centre: 0 to 7 strides.
        cells: Shape (N,), cell indices in row-major order.
        stride: Pixels of the input per cell.
        columns: Cells in a row.

    Source: Li et al. (2020), Generalized Focal Loss; Yu et al. (2021), PP-PicoDet.
    """
    logits = bins.reshape(-1, 4, BINS)
    weights = np.exp(logits - logits.max(axis=2, keepdims=True))
    far = (weights @ np.arange(BINS, dtype=np.float32)) / weights.sum(axis=2) * stride
    middle = (np.stack((cells % columns, cells // columns), axis=1) + 0.5) * stride
    return np.concatenate((middle - far[:, :2], middle + far[:, 2:]), axis=1).astype(np.float32)
