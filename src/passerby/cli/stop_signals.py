"""Signals that ask a command to stop or to read its settings again, in the order in which they came."""

from __future__ import annotations

import signal
from queue import SimpleQueue


def awaited_signals(*numbers: signal.Signals) -> SimpleQueue[int]:
    """Return a queue that gets the number of each of these signals as it arrives; call it in the main thread.

    A handler interrupts the main thread wherever it is. It must not take a lock that the main thread may hold, as
    `Event.set` does: two signals at once, or one while the main thread waits, would block the command for ever.
    `SimpleQueue.put` may be interrupted by itself.
    """
    asked: SimpleQueue[int] = SimpleQueue()
    for each in numbers:
        signal.signal(each, lambda number, _: asked.put(number))
    return asked
