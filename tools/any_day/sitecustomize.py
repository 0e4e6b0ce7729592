"""Python's start-up hook for `make test-any-day`: makes `time.sleep` work with libfaketime.

Since 3.11, Python sleeps until a time on the monotonic clock. libfaketime 0.9.10 shifts that time, although it does not
shift this clock, and the kernel rejects it (https://github.com/wolfcw/libfaketime/issues/426).
"""

from __future__ import annotations

import select
import time


def _sleep(seconds: float, /) -> None:
    select.select((), (), (), float(seconds))


time.sleep = _sleep  # type: ignore[assignment]  # it takes fewer kinds of numbers
