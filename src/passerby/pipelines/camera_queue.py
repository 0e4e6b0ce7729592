"""The queue between a camera's thread and the loop that covers its frames."""

from __future__ import annotations

import threading
from collections import deque

from passerby.errors import PasserbyError
from passerby.media.frame import Frame
from passerby.media.outage import Outage

AHEAD = 6
"""Most frames that may wait for the loop; beyond that, the oldest is dropped before it is inspected."""


class CameraQueue:
    """Items from a camera that were not inspected yet; adding one never blocks."""

    def __init__(self) -> None:
        self._items: deque[Frame | Outage | PasserbyError] = deque()
        self._frames = 0
        self._more = threading.Condition()
        self._woken = False

    def put(self, item: Frame | Outage | PasserbyError) -> None:
        """Add an item; if there are too many frames, the oldest is dropped."""
        with self._more:
            self._items.append(item)
            self._frames += isinstance(item, Frame)
            if self._frames > AHEAD:
                oldest = next(each for each in self._items if isinstance(each, Frame))
                self._items.remove(oldest)
                self._frames -= 1
            self._woken = True
            self._more.notify()

    def wake(self) -> None:
        """Wake the thread that waits in `take`."""
        with self._more:
            self._woken = True
            self._more.notify()

    def take(self, timeout_s: float) -> list[Frame | Outage | PasserbyError]:
        """Return all items; wait a while for one, or to be woken."""
        with self._more:
            if not self._woken:
                self._more.wait(timeout_s)
            self._woken = False
            items = list(self._items)
            self._items.clear()
            self._frames = 0
            return items
