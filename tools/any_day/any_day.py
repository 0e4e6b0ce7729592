"""Pytest plugin of `make test-any-day`: under libfaketime each test begins at the moment that ANY_DAY names.

ANY_DAY is an ISO 8601 moment with its offset from UTC, or a number of days to add to the present. The clock then runs.
"""

from __future__ import annotations

import os
import time
from datetime import datetime

import pytest

_REAL_S = time.time() - time.monotonic()  # what the shell started has FAKETIME=+0, and the steady clock stays real


def _shift_s(wanted: str, real_s: float) -> float:
    """Return what to add to the real time, s."""
    if wanted.isdecimal():
        return int(wanted) * 86_400.0
    return datetime.fromisoformat(wanted).timestamp() - real_s


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Set the clock of this process and of those that it starts."""
    real_s = _REAL_S + time.monotonic()
    shift_s = _shift_s(os.environ["ANY_DAY"], real_s)
    os.environ["FAKETIME"] = f"{shift_s:+.6f}"  # relative: a child's clock agrees with its parent's
    if abs(time.time() - real_s - shift_s) > 60:
        pytest.exit("the clock is not shifted: libfaketime is not preloaded", returncode=1)
