"""Runs a density map from time to time beside the detectors: nothing waits for it, and it uses little of their time.

It runs in a separate thread, without a lower priority: a thread that the system suspends while it holds the
interpreter lock would delay the detectors, too.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from passerby.media.frame import Frame

EVERY_S = 1.0
SHARE = 0.1
"""Largest share of one processor: a map that takes more than a tenth of a second is run less often."""


class Counter(Protocol):
    """Estimates how many people are in each part of a picture: a `density_map.DensityMap`."""

    def persons(self, frame: Frame, /) -> NDArray[np.float32]:
        """Return the persons in each cell of a grid over the whole picture, shape (rows, columns)."""
        ...


@dataclass(frozen=True, slots=True)
class MapAnswer:
    """A density map's answer for a frame.

    Args:
        time_s: Presentation time of the frame.
        persons: As returned by `Counter.persons`; None after a failure.
        failure: Why there is no answer ("" = there is one).
    """

    time_s: float
    persons: NDArray[np.float32] | None
    failure: str = ""


class DensityMapInspector:
    """Runs a density map in a separate thread; its own methods never wait.

    Args:
        counter: The map; only that thread uses it.
        clock: The present, s.
        spent: Returns the processor time that the calling thread has used, s.
    """

    def __init__(
        self,
        counter: Counter,
        *,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        self._counter = counter
        self._clock = clock
        self._spent = spent
        self._asked: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[MapAnswer, float]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None  # a camera that sees no crowd needs none
        self._busy = False
        self._asked_s = float("-inf")
        self._rest_s = EVERY_S

    def ask(self, frame: Frame) -> bool:
        """Start the map on a frame, unless it is busy or ran too recently; return whether it was started."""
        now_s = self._clock()
        if self._busy or now_s - self._asked_s < self._rest_s:
            return False
        if self._thread is None:
            self._thread = threading.Thread(target=self._answer, name="passerby-crowd", daemon=True)
            self._thread.start()
        self._busy = True
        self._asked_s = now_s
        self._asked.put(frame)
        return True

    def answer(self) -> MapAnswer | None:
        """Return the map's answer since the last call, if there is one."""
        try:
            answer, cost_s = self._answers.get(block=False)
        except queue.Empty:
            return None
        self._rest_s = max(EVERY_S, cost_s / SHARE)  # before: whoever sees that it is free must see how long it rests
        self._busy = False
        return answer

    def _answer(self) -> None:
        while True:
            frame = self._asked.get()
            before_s = self._spent()
            try:
                answer = MapAnswer(frame.time_s, self._counter.persons(frame))
            except Exception as error:  # noqa: BLE001 - a failure may cost a count, but never the thread or a picture
                answer = MapAnswer(frame.time_s, None, str(error) or type(error).__name__)
            self._answers.put((answer, self._spent() - before_s))
