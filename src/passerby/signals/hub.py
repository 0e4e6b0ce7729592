"""Distributes new signals to listeners in this process: the page, MQTT, metrics."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from passerby.signals.signal import PlaceSignal

WAITING = 10_000
"""Signals that may wait for one listener; a slower one misses the oldest."""


class SignalFeed:
    """The signals that one listener has not read yet.

    Args:
        notify: Called, from the thread that publishes, when there is something to read.
        limit: How many signals may wait; beyond that, the oldest are dropped.
    """

    def __init__(self, notify: Callable[[], None], limit: int = WAITING) -> None:
        self.missed = 0
        self._notify = notify
        self._waiting: deque[PlaceSignal] = deque(maxlen=limit)
        self._busy = threading.Lock()

    def take(self) -> list[PlaceSignal]:
        """Return the signals since the last call, oldest first."""
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
    """Distributes signals from any thread; a slow listener delays no other."""

    def __init__(self) -> None:
        self._feeds: tuple[SignalFeed, ...] = ()
        self._busy = threading.Lock()

    def publish(self, signals: Iterable[PlaceSignal]) -> None:
        """Send signals to all listeners."""
        given = list(signals)
        for feed in self._feeds if given else ():
            feed._put(given)  # noqa: SLF001 - the two classes form one mechanism

    @contextmanager
    def listen(self, notify: Callable[[], None] = lambda: None, limit: int = WAITING) -> Iterator[SignalFeed]:
        """Give a feed of all signals, while the context is open."""
        feed = SignalFeed(notify, limit)
        with self._busy:
            self._feeds = (*self._feeds, feed)
        try:
            yield feed
        finally:
            with self._busy:
                self._feeds = tuple(each for each in self._feeds if each is not feed)
