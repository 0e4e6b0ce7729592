"""Signals that ask a command to stop or to read its settings again, in the order in which they came."""

from __future__ import annotations

import signal
from queue import Empty, SimpleQueue
from typing import Final

_LOOK_S: Final = 0.5


class AwaitedSignals:
    """Signals that have arrived, in their order; nothing that a handler calls takes a lock that others may hold."""

    def __init__(self) -> None:
        self._arrived: SimpleQueue[int] = SimpleQueue()

    def note(self, number: int) -> None:
        """Note that a signal has arrived; called by its handler."""
        self._arrived.put(number)

    def get(self) -> int:
        """Return the number of the next signal, when there is one.

        It looks up twice a second: Python runs a handler only between two steps of its own, so of a signal that comes
        just before the main thread begins to wait it would learn only with the next one.
        """
        while True:
            try:
                return self._arrived.get(timeout=_LOOK_S)
            except Empty:
                continue

    def empty(self) -> bool:
        """Return whether all that have arrived were returned."""
        return self._arrived.empty()


def awaited_signals(*numbers: signal.Signals) -> AwaitedSignals:
    """Return what gets the number of each of these signals as it arrives; call it in the main thread.

    A handler interrupts the main thread wherever it is. It must not take a lock that the main thread may hold, as
    `Event.set` does: two signals at once, or one while the main thread waits, would block the command for ever.
    `SimpleQueue.put` may be interrupted by itself.
    """
    asked = AwaitedSignals()
    for each in numbers:
        signal.signal(each, lambda number, _: asked.note(number))
    return asked
