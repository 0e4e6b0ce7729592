"""A recording shown again and again as if it were a camera."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from passerby.media.files import VideoFile
from passerby.media.frame import Frame

TICK = Fraction(1, 1_000_000)


class LoopedFile:
    """Frames of a recording in real time, for ever.

    Args:
        path: The recording.
        camera: Name for messages.
        max_fps: Pictures a second at most.
        clock: The present, UTC epoch, s.

    Raises:
        SourceError: It cannot be read.
    """

    def __init__(self, path: Path, camera: str, *, max_fps: float, clock: Callable[[], float]) -> None:
        self._file = VideoFile(path, camera=camera, threads=1)
        self._max_fps, self._clock = max_fps, clock

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames when they are due."""
        begin_s = next_s = self._clock()
        while True:
            last_s = 0.0
            for frame in self._file:
                last_s = frame.time_s
                due_s = begin_s + frame.time_s
                if due_s < next_s:
                    continue
                next_s = due_s + 0.9 / self._max_fps
                time.sleep(max(0.0, due_s - self._clock()))
                yield replace(frame, pts=round(due_s * 1_000_000), time_base=TICK)
            begin_s += last_s + 1 / float(self._file.shape.rate)
