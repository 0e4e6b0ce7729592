"""Runs several calls side by side, on threads that are kept."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Lanes:
    """Threads that help the caller's own with its calls; used by one thread at a time.

    The threads are daemons: one that hangs is abandoned when the process ends.

    Args:
        number: How many calls run at the same time, the caller's thread included.
    """

    def __init__(self, number: int) -> None:
        self._rounds: queue.SimpleQueue[_Round[object] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._help, name=f"passerby-lane-{lane}", daemon=True) for lane in range(1, number)
        ]
        for thread in self._threads:
            thread.start()

    def results(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Return what each call returns, in their order, when all have ended.

        Raises:
            BaseException: What the first of the calls that failed raised.
        """
        current = _Round(calls)
        for _ in self._threads[: len(calls) - 1]:
            self._rounds.put(current)  # type: ignore[arg-type]  # its results are read here only
        current.work()
        return current.results()

    def close(self) -> None:
        """Let the threads end."""
        for _ in self._threads:
            self._rounds.put(None)

    def _help(self) -> None:
        while (current := self._rounds.get()) is not None:
            current.work()


class _Round(Generic[Result]):
    """Calls of which every thread takes the next one until none is left."""

    def __init__(self, calls: Sequence[Callable[[], Result]]) -> None:
        self._open = queue.SimpleQueue[tuple[int, Callable[[], Result]]]()
        for numbered in enumerate(calls):
            self._open.put(numbered)
        self._ended = queue.SimpleQueue[tuple[int, Result | None, BaseException | None]]()
        self._number = len(calls)

    def work(self) -> None:
        while True:
            try:
                place, call = self._open.get(block=False)
            except queue.Empty:
                return
            try:
                self._ended.put((place, call(), None))
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
                self._ended.put((place, None, error))

    def results(self) -> list[Result]:
        """Wait for the calls that others took: what they use must not be used again before."""
        ended = sorted((self._ended.get() for _ in range(self._number)), key=lambda each: each[0])
        for _, _, error in ended:
            if error is not None:
                raise error
        return [result for _, result, _ in ended]  # type: ignore[misc]  # a call that did not fail has a result
