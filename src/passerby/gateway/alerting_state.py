"""Notices that alerting itself fails or stands still, and says so without the rules, which may be what fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from passerby.outputs.notify.message import AlertMessage

STANDSTILL_S: Final = 30.0
"""Alerting that has finished no step for so long stands still: it waits for a disk, or hangs."""
QUIET_S: Final = 3600.0
"""Contacts learn of a failure at once, and of further ones after this time."""


class AlertingState:
    """Counts failures of alerting; used from several threads.

    Args:
        steady: A monotonic clock, s.
    """

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._busy = threading.Lock()
        self._worked_s = steady()
        self._informed_s: float | None = None
        self._reason = ""
        self.failures = 0
        """Steps that failed since the start."""

    @property
    def problem(self) -> str:
        """Why alerts may be missing at present, in one line that says what to do; "" = no problem."""
        with self._busy:
            still_s = self._steady() - self._worked_s
            if self._reason:
                return f"alerting fails, and alerts may be missing: {self._reason}; restart the gateway and report this"
            if still_s > STANDSTILL_S:
                return f"alerting has stood still for {still_s:.0f} s, and alerts may be missing; check the disk"
            return ""

    def work(self) -> None:
        """Note that a step was done."""
        with self._busy:
            self._worked_s = self._steady()
            self._reason = ""

    def fail(self, error: Exception) -> bool:
        """Note that a step failed; return whether contacts should learn of it now."""
        with self._busy:
            now_s = self._steady()
            self.failures += 1
            self._worked_s = now_s
            self._reason = type(error).__name__
            if self._informed_s is not None and now_s - self._informed_s < QUIET_S:
                return False
            self._informed_s = now_s
            return True


def failure_message(problem: str, *, site: str, now_s: float) -> AlertMessage:
    """Return the message that alerting fails.

    Args:
        problem: Why, in one line.
        site: Name of the site.
        now_s: The time, UTC since 1970, s.
    """
    text = f"{problem}.\nUntil it works again, watch the cameras without alerts."
    content = {"site": site, "event": "alerting_failed", "severity": "critical", "summary": problem, "drill": False}
    return AlertMessage(f"alerting-{round(now_s * 1000):x}", f"CRITICAL alerting fails ({site})", text, content)
