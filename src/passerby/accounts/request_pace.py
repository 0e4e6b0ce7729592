"""How often somebody who is signed in may ask: often enough for anybody, and not so often that others wait."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Final

from passerby.errors import TooManyRequestsError

REQUESTS_S: Final = 250.0
"""Requests a second that an account or a token may make all the time."""
BURST: Final = 1000.0
"""Requests that it may make at once after a pause."""
_MOST: Final = 10_000


class RequestPace:
    """Counts the requests of each account and each token; several threads may use it at once.

    Streams count once, when they begin.

    Args:
        clock: Monotonic time, s.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._busy = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def spend(self, name: str) -> None:
        """Count a request.

        Args:
            name: Name of the account or token that makes it.

        Raises:
            TooManyRequestsError: It has made too many.
        """
        now_s = self._clock()
        with self._busy:
            left, at_s = self._left.pop(name, (BURST, now_s))
            left = min(BURST, left + REQUESTS_S * max(0.0, now_s - at_s))
            refused = left < 1
            self._left[name] = (left if refused else left - 1, now_s)
            while len(self._left) > _MOST:
                del self._left[next(iter(self._left))]  # who has not asked for longest
        if refused:
            raise TooManyRequestsError(name, math.ceil((1 - left) / REQUESTS_S))
