"""A net for pictures of any shape: each is laid onto a canvas, and one net is compiled per size of canvas met."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.boxes import canvas_size
from passerby.vision.nets import openvino
from passerby.vision.sampling import Sample, sample


class AnyShape:
    """A net that takes pictures of any shape.

    Args:
        build: Makes the net for canvases of a number of columns and rows.
        long_side: Size of the picture's longer side as the net sees it, px.
        multiple: Columns and rows of the canvas are multiples of this, px.
        square: Whether every picture goes onto a square, so that one net serves pictures of any shape.
        mirrored: Columns left and right of it, px, that show the picture mirrored at its border.
    """

    def __init__(
        self,
        build: Callable[[int, int], openvino.Net],
        *,
        long_side: int,
        multiple: int,
        square: bool,
        mirrored: int = 0,
    ) -> None:
        self._build, self._long_side, self._multiple, self._square = build, long_side, multiple, square
        self._mirrored = mirrored
        self._nets: dict[tuple[int, int], openvino.Net] = {}

    def run(self, frame: Frame) -> tuple[Sample, list[NDArray[np.float32]]]:
        """Return the picture that the net saw, and its outputs, valid until the next run.

        Raises:
            DetectorError: The runtime failed.
        """
        size = canvas_size(
            frame.width,
            frame.height,
            long_side=self._long_side,
            multiple=self._multiple,
            square=self._square,
            sides=self._mirrored,
        )
        if size not in self._nets:
            self._nets[size] = self._build(*size)
        picture = sample(frame, *size, mirrored=self._mirrored)
        return picture, self._nets[size].run(picture.rgb)
