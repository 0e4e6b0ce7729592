"""PP-OCRv4's text finder: where writing is. What is written is never read, and no network for that exists here."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import ModelError
from passerby.media.frame import Frame
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets import openvino
from passerby.vision.nets.any_shape import AnyShapeDetector

LIKELY = 0.15
"""A pixel that is writing with at least this likelihood counts; the usual 0.3 loses the ends of faint plates."""
SPREAD = 3.0
"""The network marks the core of a line of writing: a box of area A and perimeter P grows by SPREAD A / P on each side.
Its authors use 1.6, which is enough for letters, but leaves the ends of a plate bare (decision 39)."""
LEAST_SIDE = 2
"""Smaller marks, px of the network's input, are noise: nothing that small can be read."""


class TextFinder(AnyShapeDetector):
    """A `Detector` for writing of any kind in pictures of any shape."""

    model = "ppocr-v4-text-finder"
    finds = frozenset({Kind.TEXT})

    def _detect(self, frame: Frame) -> Detections:
        picture, answers = self._net.run(frame)
        boxes, scores = lines_of(only_places(answers, picture.rgb.shape[:2]))
        kept = scores >= self._score
        count = int(kept.sum())
        return Detections(picture.to_frame(boxes[kept]), scores[kept], np.full(count, Kind.TEXT, np.int8))

    def _build(self, columns: int, rows: int) -> openvino.Net:
        graph = openvino.read(self._path)
        grey = [127.5] * 3
        return openvino.Net(openvino.set_rgb_bytes_input(graph, rows, columns, bgr=True, mean=grey, deviation=grey))


def only_places(answers: Sequence[NDArray[np.float32]], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the map of likelihoods, shape (rows, columns), of a network that answers with places and nothing else.

    Raises:
        ModelError: The answer has another form: a network that reads answers with a likelihood for each character.
    """
    shapes = [each.shape for each in answers]
    if shapes != [(1, 1, *size)]:
        msg = f"a network that only finds writing answers with one map of {size[::-1]}, this one with {shapes}; refused"
        raise ModelError(msg)
    return np.asarray(answers[0][0, 0])


def lines_of(likely: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the boxes of connected marks, shape (N, 4), px of the map, grown to the whole writing, and their scores.

    Args:
        likely: Shape (rows, columns), how likely each pixel is writing, in [0, 1].

    Source: Liao et al. (2020), Real-time Scene Text Detection with Differentiable Binarization.
    """
    likely = np.nan_to_num(likely, nan=1.0).clip(0.0, 1.0)  # what cannot be told counts as writing
    count, labels, stats, _ = cv2.connectedComponentsWithStats((likely >= LIKELY).astype(np.uint8))
    sums = np.bincount(labels.ravel(), likely.ravel(), minlength=count)
    x, y, width, height, area = stats[1:].astype(np.float32).T
    scores = (sums[1:] / np.maximum(area, 1)).clip(0.0, 1.0).astype(np.float32)
    out = SPREAD * width * height / np.maximum(2 * (width + height), 1)
    boxes = np.stack((x - out, y - out, x + width + out, y + height + out), axis=1).astype(np.float32)
    real = np.minimum(width, height) >= LEAST_SIDE
    return boxes[real], scores[real]
