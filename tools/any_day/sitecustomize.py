"""Python's own start-up hook for `make test-any-day`: `time.sleep` works under libfaketime.

Since 3.11 Python sleeps until a moment of the monotonic clock. libfaketime 0.9.10 shifts that moment although it leaves
this clock alone, and the kernel refuses it (https://github.com/wolfcw/libfaketime/issues/426).
"""

from __future__ import annotations

import select
import time


def _sleep(seconds: float, /) -> None:
    select.select((), (), (), float(seconds))


time.sleep = _sleep  # type: ignore[assignment]  # it takes fewer kinds of numbers
