"""CenterFace: finds faces. Its landmark output is dropped when the model is loaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.boxes import keep_best
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets import openvino
from passerby.vision.nets.any_shape import AnyShapeDetector

STRIDE = 4
OVERLAP = 0.4
SURE_SCORE = 0.5
LARGE_SHARE = 0.2
"""Below SURE_SCORE, a face taller than this share of the picture is a false alarm."""


class CenterFace(AnyShapeDetector):
    """A `Detector` of faces for pictures of any shape."""

    model = "centerface"
    finds = frozenset({Kind.FACE})

    def _detect(self, frame: Frame) -> Detections:
        picture, (heat, size, offset, *_) = self._net.run(frame)
        boxes, scores = decode(heat[0, 0], size[0], offset[0], score=self._score)
        return plausible_faces(picture.to_frame(boxes), scores, frame)

    def _build(self, columns: int, rows: int) -> openvino.Net:
        return openvino.Net(openvino.set_rgb_bytes_input(openvino.read(self._path), rows, columns))


def plausible_faces(boxes: NDArray[np.float32], scores: NDArray[np.float32], frame: Frame) -> Detections:
    """Return the faces of a frame, each once, without large ones with a low score.

    Args:
        boxes: Shape (N, 4), px of the frame.
        scores: Shape (N,).
        frame: The frame in which they were found.
    """
    plausible = (scores >= SURE_SCORE) | (boxes[:, 3] - boxes[:, 1] <= LARGE_SHARE * frame.height)
    boxes, scores = boxes[plausible], scores[plausible]
    kept = keep_best(boxes, scores, overlap=OVERLAP)
    return Detections(boxes[kept], scores[kept], np.full(len(kept), Kind.FACE, np.int8))


def decode(
    heat: NDArray[np.float32], size: NDArray[np.float32], offset: NDArray[np.float32], *, score: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return boxes x1 y1 x2 y2, shape (N, 4), px of the network's input, and scores, shape (N,).

    Args:
        heat: Shape (h, w), score of a face's centre in each cell of STRIDE px.
        size: Shape (2, h, w), logarithm of height and width in cells.
        offset: Shape (2, h, w), of the centre within its cell, y and x.
        score: Lowest score to report.

    Source: Xu et al. (2019), CenterFace.
    """
    rows, columns = np.nonzero(heat >= score)
    half_h, half_w = (np.exp(part[rows, columns]) * STRIDE / 2 for part in size)
    y = (rows + offset[0, rows, columns] + 0.5) * STRIDE
    x = (columns + offset[1, rows, columns] + 0.5) * STRIDE
    boxes = np.stack((x - half_w, y - half_h, x + half_w, y + half_h), axis=1)
    return boxes.astype(np.float32), heat[rows, columns].clip(0, 1)
