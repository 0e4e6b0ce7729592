"""Networks for pictures of any shape: each is placed on a canvas; one network is compiled per canvas size used."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.boxes import canvas_size
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets import openvino
from passerby.vision.sampling import Sample, sample


class AnyShape:
    """A network that accepts pictures of any shape.

    Args:
        build: Builds the network for a canvas with the given number of columns and rows.
        long_side: Size of the picture's longer side in the network's input, px.
        multiple: Columns and rows of the canvas are multiples of this, px.
        square: Whether every picture is placed on a square, so that one network serves pictures of any shape.
        mirrored: Columns at the left and right, px, that show the picture mirrored at its border.
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
        self._build = build
        self._long_side = long_side
        self._multiple = multiple
        self._square = square
        self._mirrored = mirrored
        self._nets: dict[tuple[int, int], openvino.Net] = {}

    def run(self, frame: Frame) -> tuple[Sample, list[NDArray[np.float32]]]:
        """Return the picture given to the network, and its outputs, valid until the next run.

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


class AnyShapeDetector(ABC):
    """A `Detector` for pictures of any shape; one network is compiled per picture shape.

    Args:
        path: The model file.
        long_side: Size of the picture's longer side in the network's input, px.
        score: Lowest score to report.
        square: Whether every picture is placed on a square, so that one network serves pictures of any shape.
    """

    model: ClassVar[str]
    """Name of the network in the catalogue."""
    multiple: ClassVar[int] = 32
    mirrored: ClassVar[int] = 0
    finds: frozenset[Kind]

    def __init__(self, path: Path, *, long_side: int, score: float, square: bool = False) -> None:
        self.name = f"{self.model}@{long_side}"
        self._path = path
        self._score = score
        self._net = AnyShape(
            self._build, long_side=long_side, multiple=self.multiple, square=square, mirrored=self.mirrored
        )

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return what was found in each frame.

        Raises:
            DetectorError: The runtime failed.
        """
        return [self._detect(frame) for frame in frames]

    @abstractmethod
    def _detect(self, frame: Frame) -> Detections:
        """Return what was found in one frame."""

    @abstractmethod
    def _build(self, columns: int, rows: int) -> openvino.Net:
        """Return the network for a canvas of this size, px."""
