"""Estimates how many people are in each part of a dense crowd, where individuals cannot be told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.nets import openvino
from passerby.vision.sampling import luma

LONG_SIDE = 640
"""The picture's longer side in the network's input, px: at 1024 it mistakes texture in sparse scenes for people."""
STRIDE = 4


class DensityMap:
    """A network that returns persons per cell; one network is compiled per picture shape.

    Args:
        path: The model file: MCNN, trained on ShanghaiTech part A.

    Raises:
        ModelError: The file is damaged.

    Source: Zhang et al. (2016), Single-image crowd counting via multi-column convolutional neural network.
    """

    name = "mcnn"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nets: dict[tuple[int, int], openvino.Net] = {}

    def persons(self, frame: Frame) -> NDArray[np.float32]:
        """Return the persons in each cell of a grid over the whole picture, shape (rows, columns).

        Raises:
            DetectorError: The network failed.
        """
        ratio = LONG_SIDE / max(frame.width, frame.height)
        width, height = (max(STRIDE, round(side * ratio) // STRIDE * STRIDE) for side in (frame.width, frame.height))
        if (width, height) not in self._nets:
            graph = openvino.set_grey_bytes_input(openvino.read(self._path), height, width)
            self._nets[width, height] = openvino.Net(graph)
        answer = self._nets[width, height].run(luma(frame, width, height)[None])[0]
        return np.asarray(np.maximum(answer[0, 0], 0.0), np.float32)
