"""YuNet: finds faces, smaller ones than CenterFace finds and at a tenth of its cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets import openvino
from passerby.vision.nets.any_shape import AnyShapeDetector
from passerby.vision.nets.centerface import plausible_faces

STRIDES = (8, 16, 32)


class YuNet(AnyShapeDetector):
    """A `Detector` of faces for pictures of any shape."""

    model = "yunet-n"
    finds = frozenset({Kind.FACE})

    def _detect(self, frame: Frame) -> Detections:
        picture, answers = self._net.run(frame)
        columns = picture.rgb.shape[1]
        levels = zip(STRIDES, answers[0:3], answers[3:6], answers[6:9], strict=True)
        parts = [
            decode(np.sqrt(cls[0, :, 0] * obj[0, :, 0]), box[0], stride=stride, columns=columns // stride)
            for stride, cls, obj, box in levels
        ]
        boxes, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
        found = scores >= self._score
        return plausible_faces(picture.to_frame(boxes[found]), scores[found].clip(0, 1), frame)

    def _build(self, columns: int, rows: int) -> openvino.Net:
        return openvino.Net(openvino.set_rgb_bytes_input(openvino.read(self._path), rows, columns, bgr=True))


def decode(
    scores: NDArray[np.float32], offsets: NDArray[np.float32], *, stride: int, columns: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return boxes x1 y1 x2 y2, shape (N, 4), px of the network's input, and the scores.

    Args:
        scores: Shape (N,), one per cell in row-major order.
        offsets: Shape (N, 4), centre x and y from the cell's corner in cells, logarithm of width and height in cells.
        stride: Pixels of the input per cell.
        columns: Cells in a row.

    Source: Wu, Peng and Yu (2023), YuNet.
    """
    cells = np.arange(len(scores))
    centre = (np.stack((cells % columns, cells // columns), axis=1) + offsets[:, :2]) * stride
    half = np.exp(offsets[:, 2:]) * (stride / 2)
    return np.concatenate((centre - half, centre + half), axis=1).astype(np.float32), scores
