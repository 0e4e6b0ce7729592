"""How long a detector may take: measured in processor time, so that on a busy machine it is slow but not failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PATIENCE_S = 60.0
"""A detector that works this long on one frame, or does nothing for this long, has failed."""
LONGEST = 10
"""A detector is waited for no longer than this many times the patience, however busy the machine is."""
PROGRESS_S = 0.05
"""Processor time that shows that a thread is working: waiting itself uses half of it in a minute."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that a wait is measured by.

    Args:
        now: The present, s.
        spent: Processor time of all threads of this process so far, s.
    """

    now: Callable[[], float] = time.monotonic
    spent: Callable[[], float] = time.process_time


def spent_in(thread: threading.Thread) -> Callable[[], float]:
    """Return a function for the processor time of a running thread, s; always 0 if the system does not measure it."""
    if thread.ident is None or not hasattr(time, "pthread_getcpuclockid"):
        return lambda: 0.0
    clock = time.pthread_getcpuclockid(thread.ident)
    return lambda: time.clock_gettime(clock)


class Wait:
    """The wait for one answer.

    Args:
        patience_s: A detector that works this long, or does nothing for this long, has failed.
        clocks: The present and the processor time.
    """

    def __init__(self, patience_s: float, clocks: Clocks) -> None:
        self.stalled = False
        self._patience_s = patience_s
        self._clocks = clocks
        self._began_s = self._ticked_s = self._marked_s = clocks.now()
        self._spent_s = self._marked_spent_s = clocks.spent()
        self._worked_s = 0.0

    @property
    def tick_s(self) -> float:
        """How long to wait before calling `over` again, s."""
        return min(0.25, self._patience_s / 4)

    def over(self) -> str:
        """Return why waiting any longer makes no sense ("" = keep waiting)."""
        now_s = self._clocks.now()
        spent_s = self._clocks.spent()
        self._worked_s += min(now_s - self._ticked_s, spent_s - self._spent_s)
        self._ticked_s = now_s
        self._spent_s = spent_s
        if spent_s - self._marked_spent_s >= PROGRESS_S:
            self._marked_s = now_s
            self._marked_spent_s = spent_s
        self.stalled = now_s - self._marked_s >= self._patience_s
        if self.stalled or self._worked_s >= self._patience_s:
            return f"a detector gave no answer within {self._patience_s:g} s"
        longest_s = LONGEST * self._patience_s
        return f"a detector gave no answer within {longest_s:g} s" if now_s - self._began_s >= longest_s else ""
