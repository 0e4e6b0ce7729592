"""A made-up source, made-up detectors and a made-up target, for tests of time, order and failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from passerby.errors import OutputError, SourceError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.redact.redactor import RedactedFrame
from passerby.vision.detections import Detections, Kind

MS = Fraction(1, 1000)
Box = tuple[float, float, float, float]
BARE = 200
"""Brightness of every pixel of a made-up frame: whatever differs is covered."""


def found(*boxes: Box, kind: Kind = Kind.PERSON, score: float = 0.9) -> Detections:
    """Return an answer of boxes of one kind and score."""
    count = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4), np.full(count, score, np.float32), np.full(count, kind, np.int8)
    )


def plain(time_ms: int, *, size: tuple[int, int] = (48, 64), damaged: str = "") -> Frame:
    """Return a frame of one brightness: rows and columns in `size`."""
    height, width = size
    chroma = np.full((-(-height // 2), -(-width // 2)), 128, np.uint8)
    planes = (np.full((height, width), BARE, np.uint8), chroma, chroma)
    return Frame(planes, Layout.YUV420, time_ms, MS, "stage", Colour(), damaged)


class Clip:
    """A source of plain frames at given times, ms; some damaged, by index; it may break off."""

    name = "stage"
    length: int | None = None

    def __init__(
        self,
        times_ms: Sequence[int],
        *,
        size: tuple[int, int] = (48, 64),
        damaged: Mapping[int, str] | None = None,
        breaks_at: int | None = None,
    ) -> None:
        self._times_ms, self._size, self._damaged, self._breaks_at = times_ms, size, damaged or {}, breaks_at
        self.shape = Shape(size[1], size[0], Layout.YUV420, Colour(), Fraction(25), MS)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        for index, time_ms in enumerate(self._times_ms):
            if index == self._breaks_at:
                msg = "stage: cannot be read any further"
                raise SourceError(msg)
            yield plain(time_ms, size=self._size, damaged=self._damaged.get(index, ""))

    def close(self) -> None:
        """Nothing is open."""


class Sees:
    """A detector that answers what a function of the frame returns; it counts its passes."""

    name = "made-up"
    finds = frozenset({Kind.PERSON})

    def __init__(self, answer: Callable[[Frame], object]) -> None:
        self._answer = answer
        self.seen: list[float] = []

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return what the function says."""
        self.seen += [frame.time_s for frame in frames]
        return [self._answer(frame) for frame in frames]  # type: ignore[misc]  # a broken one may answer anything


class Kept:
    """A target that keeps what it was given; it may fail at a frame, or at the end."""

    def __init__(self, *, fails_at: int | None = None, fails_to_finish: bool = False) -> None:
        self.frames: list[RedactedFrame] = []
        self.finished = False
        self._fails_at, self._fails_to_finish = fails_at, fails_to_finish

    def write(self, frame: RedactedFrame) -> None:
        """Keep a picture."""
        if len(self.frames) == self._fails_at:
            msg = "stage: no space left"
            raise OutputError(msg)
        self.frames.append(frame)

    def finish(self) -> None:
        """Remember that it is whole."""
        if self._fails_to_finish:
            msg = "stage: cannot be renamed"
            raise OutputError(msg)
        self.finished = True

    def abandon(self) -> None:
        """Nothing is to be removed."""


def bare(frame: RedactedFrame) -> int:
    """Return how many pixels of a plain frame are still to be seen."""
    return int(np.count_nonzero(frame.planes[0] == BARE))
