"""Made-up shots: pictures that look like nothing else, one for each number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape

SIZE = (90, 160)
MS = Fraction(1, 1000)


def picture(number: int, *, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Return the brightness of a shot: blobs between 20 and 230 with sharp edges, its own for every number."""
    coarse = np.random.default_rng(number).integers(20, 230, (5, 8)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC) // 24 * 24, np.uint8)


def frame_of(luma: NDArray[np.uint8], time_ms: int, *, tint: int = 128, damaged: str = "") -> Frame:
    """Return a frame of that brightness, in one colour."""
    rows, columns = luma.shape
    chroma = np.full((-(-rows // 2), -(-columns // 2)), tint, np.uint8)
    return Frame((luma.copy(), chroma, chroma.copy()), Layout.YUV420, time_ms, MS, "shots", Colour(), damaged)


def film(lengths: Sequence[int], *, step_ms: float, first: int = 0) -> list[tuple[Frame, int]]:
    """Return frames of one shot after the other, each with the number of its shot.

    Args:
        lengths: Frames of each shot.
        step_ms: From frame to frame.
        first: Number of the first shot.
    """
    numbers = [first + shot for shot, length in enumerate(lengths) for _ in range(length)]
    return [(frame_of(picture(n), round(k * step_ms)), n) for k, n in enumerate(numbers)]


class Film:
    """A source of such frames."""

    name = "shots"

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._frames = frames
        self.length: int | None = len(frames)
        size = (frames[0].width, frames[0].height) if frames else SIZE[::-1]
        self.shape = Shape(*size, Layout.YUV420, Colour(), Fraction(25), MS)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        return iter(self._frames)

    def close(self) -> None:
        """Nothing is open."""
