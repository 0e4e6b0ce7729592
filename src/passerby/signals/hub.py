"""Distributes new signals to listeners in this process: the page, MQTT, metrics."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from passerby.listeners import Listeners
from passerby.signals.signal import PlaceSignal

WAITING = 10_000
"""Signals that may wait for one listener; a slower one misses the oldest."""


class SignalFeed:
    """The signals that one listener has not read yet.

    Args:
        notify: Called, from the thread that publishes, when there is something to take.
        limit: How many signals wait; of more the oldest are dropped.
        wanted: Which signals are taken; None = all.
    """

    def __init__(
        self,
        notify: Callable[[], None],
        limit: int = WAITING,
        *,
        wanted: Callable[[PlaceSignal], bool] | None = None,
    ) -> None:
        self.missed = 0
        self._wanted = wanted
        self._notify = notify
        self._waiting: deque[PlaceSignal] = deque(maxlen=limit)
        self._busy = threading.Lock()

    def take(self) -> list[PlaceSignal]:
        """Return the signals since the last call, oldest first."""
        with self._busy:
            taken = list(self._waiting)
            self._waiting.clear()
        return taken

    def put(self, signals: Sequence[PlaceSignal]) -> None:
        """Let signals wait; when there is no room, the oldest are dropped and counted as missed."""
        if self._wanted is not None:
            signals = [each for each in signals if self._wanted(each)]
        if not signals:
            return
        with self._busy:
            room = (self._waiting.maxlen or 0) - len(self._waiting)
            self.missed += max(0, len(signals) - room)
            self._waiting.extend(signals)
        self._notify()


class SignalHub:
    """Passes signals on from any thread; a slow listener delays no one."""

    def __init__(self) -> None:
        self._listeners = Listeners[Sequence[PlaceSignal]]()

    def publish(self, signals: Iterable[PlaceSignal]) -> None:
        """Pass signals to all who listen."""
        given = list(signals)
        if given:
            self._listeners.publish(given)

    @contextmanager
    def listen(
        self,
        notify: Callable[[], None] = lambda: None,
        limit: int = WAITING,
        *,
        wanted: Callable[[PlaceSignal], bool] | None = None,
    ) -> Iterator[SignalFeed]:
        """Return a feed of all signals from now on, while entered.

        Args:
            notify: Called, from the thread that publishes, when there is something to take.
            limit: How many signals wait; of more the oldest are dropped.
            wanted: Which signals the feed takes; None = all. Others are not counted as missed either.
        """
        feed = SignalFeed(notify, limit, wanted=wanted)
        with self._listeners.listen(feed.put):
            yield feed
