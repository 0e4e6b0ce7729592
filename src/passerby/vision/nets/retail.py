"""person-detection-retail-0013: finds persons seen from ceiling or street cameras."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.boxes import keep_best
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets import ir3, openvino
from passerby.vision.nets.any_shape import AnyShapeDetector

OUTPUTS = ("mbox_loc1/out/conv", "mbox_conf1/out/conv")
"""The network is cut here, before its own list of boxes, which assumes a single picture size."""
STRIDE = 16
WIDTHS = (11.33, 17.0, 20.68, 23.52, 28.05, 37.4, 30.03, 35.7, 44.2, 55.25, 78.12, 135.15)
HEIGHTS = (34.07, 47.11, 54.22, 65.78, 75.56, 80.89, 89.78, 99.26, 115.56, 163.26, 194.07, 197.33)
"""Prior boxes of each cell, px of the network's input, as in the published file."""
LARGEST_SIDE = 1024
"""Beyond this, people who stand near are far taller than the tallest prior box and are no longer found."""
VARIANCES = np.array([0.1, 0.1, 0.2, 0.2], np.float32)
OVERLAP = 0.6


class Retail(AnyShapeDetector):
    """A `Detector` of persons for pictures of any shape; one network is compiled per picture shape.

    Args:
        path: The `.xml` file; the file with its weights is in the same folder.
        long_side: Size of the picture's longer side in the network's input, px; it was trained at 544.
        score: Lowest score to report.
        square: Whether every picture is placed on a square, so that one network serves pictures of any shape.
    """

    model = "person-detection-retail-0013"
    finds = frozenset({Kind.PERSON})

    def _detect(self, frame: Frame) -> Detections:
        picture, (offsets, logits) = self._net.run(frame)
        boxes, scores = decode(offsets[0], logits[0], score=self._score)
        boxes = picture.to_frame(boxes)
        kept = keep_best(boxes, scores, overlap=OVERLAP)
        return Detections(boxes[kept], scores[kept], np.full(len(kept), Kind.PERSON, np.int8))

    def _build(self, columns: int, rows: int) -> openvino.Net:
        graph = openvino.assemble(ir3.read(self._path, OUTPUTS), OUTPUTS)
        return openvino.Net(openvino.set_rgb_bytes_input(graph, rows, columns, bgr=True))


def decode(
    offsets: NDArray[np.float32], logits: NDArray[np.float32], *, score: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return boxes x1 y1 x2 y2, shape (N, 4), px of the network's input, and scores, shape (N,).

    Args:
        offsets: Shape (48, h, w), of 12 prior boxes per cell: centre and logarithm of size, in their units.
        logits: Shape (24, h, w), two per prior box: no person, a person.
        score: Lowest score to report.

    Source: Liu et al. (2016), SSD.
    """
    _, rows, columns = logits.shape
    nobody, somebody = logits.reshape(len(WIDTHS), 2, rows, columns).swapaxes(0, 1)
    scores = 1 / (1 + np.exp(nobody - somebody))
    prior, row, column = np.nonzero(scores >= score)
    delta = offsets.reshape(len(WIDTHS), 4, rows, columns)[prior, :, row, column] * VARIANCES
    side = np.stack((np.array(WIDTHS)[prior], np.array(HEIGHTS)[prior]), axis=1)
    centre = (np.stack((column, row), axis=1) + 0.5) * STRIDE + delta[:, :2] * side
    half = np.exp(delta[:, 2:]) * side / 2
    boxes = np.concatenate((centre - half, centre + half), axis=1).astype(np.float32)
    return boxes, scores[prior, row, column].astype(np.float32)
