"""Pytest plugin for `make test-any-day`: with libfaketime, each test starts at the time in ANY_DAY.

ANY_DAY is an ISO 8601 time with its offset from UTC, or a number of days to add to the current time. The clock then
runs normally.
"""

from __future__ import annotations

import os
import time
from datetime import datetime

import pytest

_REAL_S = time.time() - time.monotonic()  # what the shell started has FAKETIME=+0, and the steady clock stays real


def _shift_s(wanted: str, real_s: float) -> float:
    """Return the shift of the clock, s."""
    if wanted.isdecimal():
        return int(wanted) * 86_400.0
    return datetime.fromisoformat(wanted).timestamp() - real_s


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Set the clock of this process and of the processes that it starts."""
    real_s = _REAL_S + time.monotonic()
    shift_s = _shift_s(os.environ["ANY_DAY"], real_s)
    os.environ["FAKETIME"] = f"{shift_s:+.6f}"  # relative: a child's clock agrees with its parent's
    if abs(time.time() - real_s - shift_s) > 60:
        pytest.exit(
            "the clock is not shifted because libfaketime is not preloaded; run make test-any-day", returncode=1
        )
