"""Passing news from one thread to others: callbacks, and a wake-up for whoever waits in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Listeners(Generic[T]):
    """Callbacks that receive everything that is published; used from any thread.

    A callback runs in the thread that publishes, in the order of registration, and must be quick. Nothing is queued
    here, so there is nothing to bound: a listener that cannot keep up brings a bounded queue of its own
    (`SignalFeed`, `Subscription`). An error raised by a callback reaches the publisher. A callback that leaves while
    another thread publishes may still be called with that item.

    Args:
        on_used: Called with True before the first listener is served and with False after the last one has left.

    >>> received = []
    >>> news = Listeners[str]()
    >>> with news.listen(received.append):
    ...     news.publish("door: ok")
    >>> news.publish("nobody receives this")
    >>> received
    ['door: ok']
    """

    def __init__(self, on_used: Callable[[bool], None] | None = None) -> None:
        self._on_used = on_used
        self._callbacks: tuple[Callable[[T], None], ...] = ()
        self._lock = threading.Lock()
        self._switching = threading.RLock()  # keeps True and False in order; never held while publishing

    def __len__(self) -> int:
        """Return how many callbacks listen."""
        return len(self._callbacks)

    @contextmanager
    def listen(self, callback: Callable[[T], None]) -> Iterator[None]:
        """Call back with everything that is published while entered; the same callback may listen twice."""
        self._change(lambda: (*self._callbacks, callback))
        try:
            yield
        finally:
            self._change(lambda: _without(self._callbacks, callback))

    def publish(self, item: T) -> None:
        """Pass an item to all callbacks; no lock is held meanwhile."""
        for callback in self._callbacks:
            callback(item)

    def _change(self, changed: Callable[[], tuple[Callable[[T], None], ...]]) -> None:
        with self._switching:
            with self._lock:
                before, self._callbacks = self._callbacks, changed()
            if self._on_used is not None and bool(before) != bool(self._callbacks):
                self._on_used(bool(self._callbacks))


def _without(callbacks: tuple[Callable[[T], None], ...], gone: Callable[[T], None]) -> tuple[Callable[[T], None], ...]:
    """Return the callbacks without one occurrence of `gone`."""
    at = callbacks.index(gone)
    return (*callbacks[:at], *callbacks[at + 1 :])


class Wakeup:
    """Lets any thread wake a coroutine of the event loop in which it was made.

    Several notifications before the coroutine looks count as one. Once the loop has ended, they do nothing.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def notify(self, *_: object) -> None:
        """Wake the coroutine; arguments are ignored, so that this can listen to anything."""
        with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, timeout_s: float | None = None) -> None:
        """Return at the next notification or after the timeout; then wait anew."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), timeout_s)
        self._event.clear()
