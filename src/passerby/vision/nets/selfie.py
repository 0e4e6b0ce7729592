"""The selfie segmenter: where the body in a box is, pixel by pixel; made for people close to the camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.nets import openvino
from passerby.vision.sampling import Region, sample

SIDE = 256


class SelfieSegmenter:
    """A `Segmenter`; the region keeps its proportions and is placed on a square.

    Args:
        path: The model file.
        threads: Processor threads; 0 = half of them.
    """

    name = "selfie-segmenter"

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        graph = openvino.read(path)
        self._net = openvino.Net(openvino.set_rgb_bytes_last(graph, mean=0.0, deviation=255.0), threads=threads)

    def likelihood(self, frame: Frame, region: Region) -> NDArray[np.float32]:
        """Return how likely each part of a region shows a body, at most 256 rows and columns."""
        x1, y1, x2, y2 = region
        picture = sample(frame, SIDE, SIDE, region=region)
        (answer,) = self._net.run(picture.rgb)
        columns, rows = round((x2 - x1) / picture.scale_x), round((y2 - y1) / picture.scale_y)
        return answer[0, :rows, :columns, 0].copy()
