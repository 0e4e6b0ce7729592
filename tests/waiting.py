"""Waiting in tests for what another thread or process does; how long it may take is no statement about speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 120.0
"""A busy machine may take this long; a test that waits in vain fails after it."""


def until(
    condition: Callable[[], T],
    *,
    timeout_s: float = PATIENCE_S,
    every_s: float = 0.02,
    not_yet: tuple[type[Exception], ...] = (),
    shown: Callable[[], object] = lambda: "it did not happen in time",
) -> T:
    """Wait until a condition returns something true, and return that.

    Args:
        condition: Asked again and again.
        timeout_s: How long it may take, s.
        every_s: How long to wait between, s.
        not_yet: Errors of the condition that mean that it is not true yet.
        shown: What a failure shows.

    Raises:
        AssertionError: It did not become true in time.
    """
    end_s = time.monotonic() + timeout_s
    while True:
        try:
            if found := condition():
                return found
        except not_yet:
            pass
        assert time.monotonic() < end_s, shown()
        time.sleep(every_s)


def eventually(read: Callable[[], object], wanted: object, *, timeout_s: float = PATIENCE_S) -> None:
    """Wait until something that another thread, process or page makes reads as it should; a failure shows both values.

    Raises:
        AssertionError: It did not in time.
    """
    end_s = time.monotonic() + timeout_s
    while (found := read()) != wanted:
        assert time.monotonic() < end_s, f"{found!r} did not become {wanted!r}"
        time.sleep(0.02)


def first(items: Iterable[T], condition: Callable[[T], object], *, timeout_s: float = PATIENCE_S) -> T:
    """Return the first item of a stream of which a condition is true.

    Raises:
        AssertionError: It did not come in time, or the stream ended.
    """
    end_s = time.monotonic() + timeout_s
    for item in items:
        if condition(item):
            return item
        assert time.monotonic() < end_s, "it did not come in time"
    msg = "the stream ended"
    raise AssertionError(msg)


def until_refused(attempt: Callable[[], int], *, most: int = 16) -> list[int]:
    """Return the statuses of attempts up to the first that must wait (429): on a busy machine, early waits are over."""
    codes: list[int] = []
    while 429 not in codes and len(codes) < most:
        codes.append(attempt())
    return codes
