"""SSDLite pedestrian network: a second, different opinion on persons, applied to tiles of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.vision.boxes import keep_best
from passerby.vision.detections import Detections, Kind
from passerby.vision.nets import openvino
from passerby.vision.sampling import Region, sample

SIDE = 300
OVERLAP = 0.6


class SsdLite:
    """A `Detector` of persons in square tiles that overlap by a quarter, and in the whole picture.

    Args:
        path: The model file.
        tile: Side of a tile, px of the frame; 0 = the whole picture only.
        score: Lowest score to report.
        threads: Processor threads; 0 = half of them.
    """

    finds = frozenset({Kind.PERSON})

    def __init__(self, path: Path, *, tile: int = 0, score: float = 0.5, threads: int = 0) -> None:
        self.name = f"ssdlite-pedestrian/{tile}" if tile else "ssdlite-pedestrian"
        self._tile = tile
        self._score = score
        self._path = path
        self._threads = threads

    @cached_property
    def _net(self) -> openvino.Net:
        """The network, compiled when it first runs: a set that is known already is made only to be compared."""
        graph = openvino.read(self._path)
        graph.reshape([1, SIDE, SIDE, 3])
        return openvino.Net(graph, threads=self._threads)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return the persons of each frame."""
        return [self._detect(frame) for frame in frames]

    def _detect(self, frame: Frame) -> Detections:
        parts = [self._look(frame, region) for region in regions(frame.width, frame.height, tile=self._tile)]
        boxes = np.concatenate([part[0] for part in parts])
        scores = np.concatenate([part[1] for part in parts])
        kept = keep_best(boxes, scores, overlap=OVERLAP)
        return Detections(boxes[kept], scores[kept], np.full(len(kept), Kind.PERSON, np.int8))

    def _look(self, frame: Frame, region: tuple[int, int, int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        picture = sample(frame, SIDE, SIDE, region=region)
        shares, _, scores, _ = self._net.run(picture.rgb)
        found = scores[0] >= self._score
        boxes = shares[0][found][:, [1, 0, 3, 2]] * SIDE
        return picture.to_frame(boxes), scores[0][found].clip(0, 1)


def regions(width: int, height: int, *, tile: int) -> Iterator[Region]:
    """Yield the whole picture, then square tiles that overlap by a quarter and reach every border."""
    yield 0, 0, width, height
    if not tile or (tile >= width and tile >= height):
        return
    for top in _starts(height, tile):
        for left in _starts(width, tile):
            right, bottom = (
                left + tile + 1,
                top + tile + 1,
            )  # positions rounded to even numbers lose up to a pixel at the far border
            yield left, top, min(right, width), min(bottom, height)


def _starts(length: int, tile: int) -> list[int]:
    if tile >= length:
        return [0]
    count = -(-(length - tile) // (tile * 3 // 4)) + 1
    return [round((length - tile) * k / (count - 1) / 2) * 2 for k in range(count)]
