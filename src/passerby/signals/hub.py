"""Hands fresh signals to whoever listens in this process: the page, MQTT, metrics."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from passerby.signals.signal import PlaceSignal

WAITING = 10_000
"""Signals that wait for one listener; who is further behind misses the oldest."""


class SignalFeed:
    """What one listener has not yet taken.

    Args:
        notify: Called, from the thread that publishes, when there is something to take.
        limit: How many signals wait; of more the oldest are dropped.
    """

    def __init__(self, notify: Callable[[], None], limit: int = WAITING) -> None:
        self.missed = 0
        self._notify = notify
        self._waiting: deque[PlaceSignal] = deque(maxlen=limit)
        self._busy = threading.Lock()

    def take(self) -> list[PlaceSignal]:
        """Return what has come since the last time, oldest first."""
        with self._busy:
            taken = list(self._waiting)
            self._waiting.clear()
        return taken

    def _put(self, signals: list[PlaceSignal]) -> None:
        with self._busy:
            room = (self._waiting.maxlen or 0) - len(self._waiting)
            self.missed += max(0, len(signals) - room)
            self._waiting.extend(signals)
        self._notify()


class SignalHub:
    """Passes signals on from any thread; a slow listener holds up nobody."""

    def __init__(self) -> None:
        self._feeds: tuple[SignalFeed, ...] = ()
        self._busy = threading.Lock()

    def publish(self, signals: Iterable[PlaceSignal]) -> None:
        """Hand signals to all who listen."""
        given = list(signals)
        for feed in self._feeds if given else ():
            feed._put(given)  # noqa: SLF001 - the two halves of one mechanism

    @contextmanager
    def listen(self, notify: Callable[[], None] = lambda: None, limit: int = WAITING) -> Iterator[SignalFeed]:
        """Give a feed of all signals from now on, while entered."""
        feed = SignalFeed(notify, limit)
        with self._busy:
            self._feeds = (*self._feeds, feed)
        try:
            yield feed
        finally:
            with self._busy:
                self._feeds = tuple(each for each in self._feeds if each is not feed)
