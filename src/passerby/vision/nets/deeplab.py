"""DeepLab v3 on MobileNet v2: where bodies are in the whole picture, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.nets import openvino
from passerby.vision.sampling import Region, sample

SIDE = 257
PERSON = 15
"""Column of a person in the answer; the other 20 are used for the total only."""


class DeepLab:
    """A `Segmenter`; the region is squeezed into a square, as in the network's training.

    Args:
        path: The model file.
        threads: Processor threads; 0 = half of them.
    """

    name = "deeplab-v3"

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        graph = openvino.read(path)
        self._net = openvino.Net(openvino.set_rgb_bytes_last(graph, mean=127.5, deviation=127.5), threads=threads)

    def likelihood(self, frame: Frame, region: Region) -> NDArray[np.float32]:
        """Return how likely each part of a region shows a body, shape (257, 257)."""
        columns, rows = fitted(region, SIDE - 1)
        picture = cv2.resize(sample(frame, columns, rows, region=region).rgb, (SIDE, SIDE)).astype(np.uint8, copy=False)
        (answer,) = self._net.run(picture)
        weights = np.exp(answer[0] - answer[0].max(axis=2, keepdims=True))
        return np.asarray(weights[..., PERSON] / weights.sum(axis=2), np.float32)


def fitted(region: Region, side: int) -> tuple[int, int]:
    """Return even columns and rows in the proportions of a region, the longer side as given, px.

    >>> fitted((0, 0, 1920, 1080), 256)
    (256, 144)
    """
    x1, y1, x2, y2 = region
    ratio = side / max(x2 - x1, y2 - y1)
    columns, rows = (max(2, round((end - start) * ratio / 2) * 2) for start, end in ((x1, x2), (y1, y2)))
    return columns, rows
